"""The arrays of try-it panels: computed once, committed small, and checked by a key.

    python tools/panels.py check           which arrays are stale or missing
    python tools/panels.py renew [NAME]    compute anew what is stale, or NAME
    python tools/panels.py verify [NAME]   compute anew, compare or ask `check_NAME`;
                                           without NAME one, another with every commit

`lectures/NN_topic/panels.py` declares a panel by `panel_NAME(data, run)`, which takes
what it needs of the two: `data` are the arrays of `data_NAME()`, stored in
`arrays/NAME.npz` beside it, and `run` what the notebook kept under that name
(`nnds.results.keep`). NAME is written `07_conv.shift`.
"""

import argparse
import ast
import importlib.util
import inspect
import subprocess
import sys
import time
import zlib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import closure
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
# of the package, what changes no array; how data are loaded is left to `verify`
APART = (*closure.APART, "data")
LARGEST = 150_000  # bytes of one committed file


def source(lecture: str) -> Path:
    return ROOT / "lectures" / lecture / "panels.py"


def stored(name: str) -> Path:
    lecture, panel = name.split(".")
    return ROOT / "lectures" / lecture / "arrays" / f"{panel}.npz"


@cache
def module(lecture: str) -> ModuleType:
    """Import a lecture's panels.py; KeyError when there is none."""
    path = source(lecture)
    if not path.is_file():
        raise KeyError(f"lectures/{lecture} has no panels.py")
    name = f"panels_of_{lecture}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


def names(kind: str = "panel") -> list[str]:
    """Return "07_conv.shift" for each function `panel_shift`, or `data_shift`."""
    found = []
    for path in sorted(ROOT.glob("lectures/[0-9][0-9]_*/panels.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            name = getattr(node, "name", "")
            if name.startswith(f"{kind}_"):
                found.append(f"{path.parent.name}.{name.removeprefix(f'{kind}_')}")
    return found


def key(name: str) -> str:
    """Return the key of `data_NAME`: its program, without the panels and other data."""
    lecture, panel = name.split(".")
    tree = ast.parse(source(lecture).read_text(encoding="utf-8"))
    tree.body = [
        node
        for node in tree.body
        if not getattr(node, "name", "").startswith(("panel_", "data_", "check_"))
        or getattr(node, "name", "") == f"data_{panel}"
    ]
    sums = (ROOT / "nnds/data/files/SHA256SUMS").read_text(encoding="utf-8")
    return closure.key(ast.unparse(tree), name, sums, apart=APART)


def stale(name: str) -> str:
    """Return what is wrong with the stored arrays of a panel, and what to do, or ""."""
    path, remedy = stored(name), f"run: python tools/panels.py renew {name}"
    if not path.is_file():
        return f"{name}: {path.relative_to(ROOT)} is missing; {remedy}"
    with np.load(path, allow_pickle=False) as file:
        if str(file["_key"]) != key(name):
            return f"{name}: its program changed after its arrays were made; {remedy}"
    return ""


def data(name: str) -> dict[str, np.ndarray]:
    """Return the stored arrays; ValueError with the command when they are stale."""
    if problem := stale(name):
        raise ValueError(problem)
    with np.load(stored(name), allow_pickle=False) as file:
        return {k: file[k] for k in file.files if k != "_key"}


def panel(name: str) -> Any:
    """Return the declared panel, filled with its arrays; KeyError for none."""
    lecture, _, short = name.partition(".")
    declare = getattr(module(lecture), f"panel_{short}", None)
    if declare is None:
        have = [n for n in names() if n.startswith(lecture)]
        raise KeyError(f"there is no panel {name}; there are {', '.join(have)}")
    given: dict[str, Any] = {}
    for wanted in inspect.signature(declare).parameters:
        given[wanted] = data(name) if wanted == "data" else kept(name)
    return declare(**given)


def kept(name: str) -> dict[str, np.ndarray]:
    """Return what the lecture's run kept under the name of the panel."""
    import runs

    lecture, _, short = name.partition(".")
    return runs.arrays(lecture, short)


def compute(name: str) -> dict[str, np.ndarray]:
    lecture, _, short = name.partition(".")
    return {
        k: np.asarray(a) for k, a in getattr(module(lecture), f"data_{short}")().items()
    }


def renew(name: str) -> None:
    path = stored(name)
    path.parent.mkdir(exist_ok=True)
    made: dict[str, Any] = compute(name)
    np.savez_compressed(path, _key=np.array(key(name)), **made)
    if (size := path.stat().st_size) > LARGEST:
        raise SystemExit(f"{name} takes {size:,} bytes, more than {LARGEST:,}")


def differences(name: str) -> list[str]:
    """Return how a new computation differs from what is stored.

    Training magnifies the order of sums, which is another on another processor: where
    `check_NAME(data)` is defined, it says what is wrong with the new arrays instead.
    """
    old, new, wrong = data(name), compute(name), []
    lecture, _, short = name.partition(".")
    if check := getattr(module(lecture), f"check_{short}", None):
        return [f"{name}: {problem}" for problem in check(new)]
    if old.keys() != new.keys():
        return [f"{name}: has {sorted(new)}, stored are {sorted(old)}"]
    for k, x in old.items():
        if x.shape != new[k].shape or x.dtype.kind in "US":
            if x.shape != new[k].shape or (x != new[k]).any():
                wrong.append(f"{name}.{k} is another")
            continue
        a, b = x.astype(float), new[k].astype(float)
        scale = np.nanmax(np.abs(a), initial=1e-9, where=np.isfinite(a))
        far = ~np.isclose(a, b, rtol=0, atol=2e-3 * scale, equal_nan=True)
        if far.mean() > 0.02:
            wrong.append(f"{name}.{k}: {far.mean():.1%} of the numbers differ")
    return wrong


def today() -> str:
    """Return the panel whose turn it is: another with each commit."""
    command = ["git", "rev-parse", "HEAD"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    every = names("data")
    return every[zlib.crc32(run.stdout.encode()) % len(every)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", choices=["check", "renew", "verify"])
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()
    if unknown := set(args.names) - set(names("data")):
        raise SystemExit(f"no data for {unknown}; there are {', '.join(names('data'))}")
    every = args.names or names("data")
    problems: list[str] = []
    if args.command == "check":
        problems = [problem for name in every if (problem := stale(name))]
    elif args.command == "verify":
        for name in args.names or [today()]:
            problems += differences(name)
            print(f"{name}: computed and compared")
    else:
        for name in every:
            if args.names or stale(name):
                began = time.perf_counter()
                renew(name)
                print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
