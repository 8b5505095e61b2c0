"""From one source per lecture to student notebooks, and to executed ones.

    python tools/nb.py release            notebooks/src/NN_topic.py -> notebooks/*.ipynb
    python tools/nb.py check              stale, leaking or inaccessible notebooks
    python tools/nb.py execute [NN ...]   run them (--student: as released), and
                                          compare their figures (--record: store them)

In a source (jupytext percent): `### BEGIN SOLUTION` ... `### END SOLUTION` inside a
function becomes a stub; `### BEGIN HIDDEN TESTS` ... `### END HIDDEN TESTS` and cells
tagged `solution` are dropped. A figure cell ends in `plot.show(ax, alt)`, or its cell
metadata hold `mystnb={"image": {"alt": "..."}}`.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nb_figures
from nb_check import check
from nb_release import ROOT, release, solution, sources, student
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from nnds.commands import execution as notebooks


def for_pages(nb: NotebookNode) -> None:
    """Move the alt text of a cell's only figure to the cell, where myst-nb reads it."""
    for cell in nb.cells:
        shown = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        alt = shown[0].metadata.get("image/png", {}).get("alt") if shown else None
        if len(shown) == 1 and alt:
            cell.metadata.setdefault("mystnb", {})["image"] = {"alt": alt}
            shown[0].data.pop("text/html", None)  # the same picture once more


def run(source: Path, args: argparse.Namespace) -> tuple[str, float, str]:
    """Execute one notebook and save it; return its name, seconds, and what failed."""
    began, problem = time.perf_counter(), ""
    nb = (student if args.student else solution)(source, args.root)
    args.out.mkdir(parents=True, exist_ok=True)
    now = [0]
    try:
        notebooks.execute(
            nb,
            args.out,
            before_cell=lambda index: now.__setitem__(0, index),
            network=not args.no_network,
            timeout=args.timeout,
        )
    except (
        CellExecutionError,
        DeadKernelError,
        TimeoutError,
    ) as error:
        problem = f"cell {now[0]} failed\n{nb.cells[now[0]].source}\n{error}"
    seconds = time.perf_counter() - began
    if not problem and seconds > args.budget:
        problem = f"over its budget of {args.budget:.0f} s"
    stored = args.root / "notebooks" / "bands" / f"{source.stem}.json"
    if args.record and not problem:
        nb_figures.record(nb, stored)
    elif (
        not problem and os.environ.get("NNDS_FULL") != "1"
    ):  # other data, other figures
        problem = nb_figures.moved(nb, stored)
    for_pages(nb)
    notebooks.write(nb, args.out / f"{source.stem}.ipynb")
    return source.stem, seconds, problem


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", choices=["release", "check", "execute"])
    parser.add_argument("numbers", nargs="*", type=int, help="lectures; default all")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--student", action="store_true", help="run them as released")
    parser.add_argument("--record", action="store_true", help="store the figures")
    parser.add_argument("--no-network", action="store_true", help="block connections")
    parser.add_argument("--budget", type=float, default=90, help="seconds a notebook")
    parser.add_argument("--timeout", type=float, default=600, help="seconds a cell")
    parser.add_argument("--out", type=Path, help="default _build/executed")
    parser.add_argument("--root", type=Path, default=ROOT)
    args = parser.parse_args()
    kind = "student" if args.student else "executed"
    args.out = (args.out or args.root / "_build" / kind).resolve()
    if args.command == "release":
        for path in release(args.root):
            print(path)
        return 0
    if args.command == "check":
        wrong = check(args.root)
        print("\n".join(wrong) or f"{len(sources(args.root))} notebooks are in order")
        return 1 if wrong else 0
    chosen = [
        s
        for s in sources(args.root)
        if int(s.name[:2]) in args.numbers or not args.numbers
    ]
    if missing := set(args.numbers) - {int(s.name[:2]) for s in chosen}:
        parser.error(f"no source for lecture {', '.join(map(str, sorted(missing)))}")
    failed = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        for stem, seconds, problem in pool.map(lambda s: run(s, args), chosen):
            failed += bool(problem)
            print(f"{stem}: {seconds:.1f} s {problem or 'ok'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
