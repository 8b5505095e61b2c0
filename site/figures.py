"""The figures of decks and pages: arrays from real runs, kept in `_build/figures`.

`lectures/figures/TOPIC.py` holds for the figure NAME two functions: `data_NAME()`
returns the arrays that are drawn, and `draw_NAME(arrays)` a matplotlib figure or Axes
with its alt text. Here they are called, and their results kept under a hash of all that
they come from, so that a rebuild draws only what changed.
"""

import ast
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import numpy as np

import nnds

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "lectures" / "figures"
BUILD = ROOT / "_build" / "figures"
PACKAGE = Path(nnds.__file__).parent
# of the package, what no array depends on
APART = {"grading", "exercises", "plot", "cli.py", "doctor.py", "run.py"}


def topics() -> list[str]:
    return sorted(path.stem for path in SOURCES.glob("[a-z]*.py"))


@cache
def module(topic: str) -> ModuleType:
    """Import `lectures/figures/TOPIC.py`; KeyError when there is none."""
    path = SOURCES / f"{topic}.py"
    if not path.exists():
        raise KeyError(f"no figures of {topic!r}; there are those of {topics()}")
    spec = importlib.util.spec_from_file_location(f"figures_of_{topic}", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made  # jaxtyping and dataclasses look themselves up there
    spec.loader.exec_module(made)
    return made


def names(topic: str) -> list[str]:
    """Return the figures of a topic, "dense.bins", in the order of its file."""
    found = [n for n in vars(module(topic)) if n.startswith("data_")]
    return [f"{topic}.{name.removeprefix('data_')}" for name in found]


def _function(kind: str, name: str) -> Callable[..., Any]:
    topic, _, figure = name.partition(".")
    function = getattr(module(topic), f"{kind}_{figure}", None)
    if function is None:
        raise KeyError(f"no figure {name!r}; {topic} has {', '.join(names(topic))}")
    return function


@cache
def _package(plot: bool) -> str:
    """Return the hash of the package: its drawing, or the rest and the data."""
    digest = hashlib.sha256(jax.__version__.encode())
    for path in sorted(PACKAGE.rglob("*")):
        first = path.relative_to(PACKAGE).parts[0]
        if not (first == "plot" if plot else first not in APART):
            continue
        if path.suffix == ".py":
            digest.update(_program(path).encode())
        elif path.suffix == ".npz":
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _program(path: Path, skip: str | None = None) -> str:
    """Return what a file does, without comments, docstrings and functions `skip...`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [n for n in tree.body if not _called(n, skip)]
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _called(node: ast.AST, start: str | None) -> bool:
    return start is not None and getattr(node, "name", "").startswith(start)


@cache
def _source(topic: str, drawing: bool) -> str:
    """Return the hash of a topic's file, with or without the functions that draw."""
    module(topic)  # for its error
    program = _program(SOURCES / f"{topic}.py", None if drawing else "draw_")
    return hashlib.sha256(program.encode()).hexdigest()


def _key(name: str, drawing: bool) -> str:
    topic = name.partition(".")[0]
    parts = [name, _package(plot=False), _source(topic, drawing)]
    if drawing:
        import matplotlib

        parts += [_package(plot=True), matplotlib.__version__]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _replace(path: Path, save: Callable[[Path], object]) -> None:
    """Write a file in one step: the site and the decks may be built at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    save(draft)
    draft.replace(path)


def arrays(name: str) -> dict[str, np.ndarray]:
    """Return what the figure NAME, such as "dense.bins", draws; computed at most once.

    KeyError when there is no such figure.
    """
    data, key = _function("data", name), _key(name, drawing=False)
    path = BUILD / f"{name}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            if stored["_key"] == key:
                return {k: stored[k] for k in stored.files if k != "_key"}
    made: dict[str, Any] = {k: np.asarray(a) for k, a in data().items()}
    _replace(path, lambda draft: np.savez_compressed(draft, _key=key, **made))
    return made


def drawn(name: str, format: str = "svg") -> tuple[Path, str]:
    """Return the picture of a figure, "svg" or "png", and its alt text."""
    draw, key = _function("draw", name), _key(name, drawing=True)
    path, note = BUILD / f"{name}.{format}", BUILD / f"{name}.{format}.json"
    if path.exists() and note.exists():
        stored = json.loads(note.read_text(encoding="utf-8"))
        if stored["key"] == key:
            return path, stored["alt"]
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("agg")
    figure, alt = draw(arrays(name))
    root = getattr(figure, "figure", figure).figure
    # the same bytes every time, and letters as shapes: no font is asked of the reader
    style: Any = {"svg.hashsalt": name, "svg.fonttype": "path"}
    stamp = {"Date": None} if format == "svg" else {"Software": None}
    with mpl.rc_context(style):
        _replace(
            path,
            lambda d: root.savefig(d, format=format, dpi=160, metadata=stamp),
        )
    plt.close(root)
    text = json.dumps({"key": key, "alt": alt}, ensure_ascii=False)
    _replace(note, lambda d: d.write_text(text, encoding="utf-8"))
    return path, alt
