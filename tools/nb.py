"""From one source per lecture to student notebooks, and to executed ones.

    python tools/nb.py release           lectures/NN_topic/notebook.py -> notebooks/
    python tools/nb.py check             stale, leaking or inaccessible notebooks
    python tools/nb.py execute [N ...]   run them into _build/runs, those that changed
    python tools/nb.py execute --student the imports and exercises, as released

In a source (jupytext percent): `### BEGIN SOLUTION` ... `### END SOLUTION` inside a
function becomes a stub; `### BEGIN HIDDEN TESTS` ... `### END HIDDEN TESTS` and cells
tagged `solution` are dropped. A figure cell ends in `plot.show(ax, alt, name="...")`.
"""

import argparse
import sys
from pathlib import Path

import nb_student
import runs
from nb_check import check
from nb_release import ROOT, release, sources


def number(source: Path) -> int:
    """Return the number of a lecture, which is that of its folder."""
    return int(source.parent.name[:2])


def students(chosen: list[Path], args: argparse.Namespace) -> bool:
    """Run student editions, those of `--whole` from first to last cell."""
    good = True
    for source in chosen:
        done = nb_student.run(
            source,
            args.root,
            whole=number(source) in args.whole,
            network=not args.no_network,
            timeout=args.timeout,
        )
        good &= not done.problem
        print(done, flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", choices=["release", "check", "execute"])
    parser.add_argument("numbers", nargs="*", type=int, help="lectures; default all")
    parser.add_argument("--anew", action="store_true", help="run what has not changed")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="one core each")
    parser.add_argument(
        "--student", action="store_true", help="as released, not solved"
    )
    parser.add_argument(
        "--whole",
        type=int,
        action="append",
        default=[],
        help="with --student: all of N",
    )
    parser.add_argument("--no-network", action="store_true", help="block connections")
    parser.add_argument(
        "--budget", type=float, default=120, help="seconds of processor a notebook"
    )
    parser.add_argument("--timeout", type=float, default=600, help="seconds a cell")
    parser.add_argument("--root", type=Path, default=ROOT)
    args = parser.parse_intermixed_args()
    args.root = args.root.resolve()
    if args.command == "release":
        for path in release(args.root):
            print(path)
        return 0
    if args.command == "check":
        wrong = check(args.root)
        print("\n".join(wrong) or f"{len(sources(args.root))} notebooks are in order")
        return 1 if wrong else 0
    wanted = {*args.numbers, *args.whole}
    every = {number(source) for source in sources(args.root)}
    if missing := wanted - every:
        parser.error(f"no source for lecture {', '.join(map(str, sorted(missing)))}")
    chosen = [s for s in sources(args.root) if not args.numbers or number(s) in wanted]
    if args.student:
        return 0 if students(chosen, args) else 1
    good = runs.run_all(
        chosen,
        args.root,
        args.jobs,
        anew=args.anew,
        network=not args.no_network,
        budget=args.budget,
        timeout=args.timeout,
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
