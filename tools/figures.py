"""The figures of the decks as data: compare what they draw with what is stored.

    python tools/figures.py check  [NAME ...]   which figures moved out of their band
    python tools/figures.py record [NAME ...]   store what they draw now
    python tools/figures.py draw   [NAME ...]   _build/figures/NAME.png, to look at

NAME is a figure, `dense.bins`, or a topic, `dense`; without one, all of them. The bands
are in lectures/figures/bands; tolerances, and why, are edited there by hand.
"""

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import bands

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site"))
figures: Any = import_module("figures")  # the one of the site, not this file

from nnds.plot import summary  # noqa: E402

STORED = ROOT / "lectures" / "figures" / "bands"


def chosen(names: list[str]) -> list[str]:
    """Return the figures that `names` asks for; KeyError for one that is not there."""
    every = [name for topic in figures.topics() for name in figures.names(topic)]
    for name in names:
        if not any(name in (full, full.partition(".")[0]) for full in every):
            raise KeyError(f"no figure {name!r}; there are {', '.join(every)}")
    return [f for f in every if not names or {f, f.partition(".")[0]} & set(names)]


def path_of(name: str) -> Path:
    return STORED / f"{name.partition('.')[0]}.json"


def check(name: str) -> list[str]:
    """Return how a figure differs from what is stored."""
    return bands.moved(bands.read(path_of(name)), name, summary(figures.arrays(name)))


def orphans(topic: str) -> list[str]:
    """Return what is stored for figures that are gone."""
    stored = bands.read(path_of(topic))
    return [name for name in stored if name not in figures.names(topic)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", choices=["check", "record", "draw"])
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    wrong: list[str] = []
    for name in chosen(args.names):
        began = time.perf_counter()
        if args.command == "check":
            wrong += check(name)
        elif args.command == "draw":
            path, alt = figures.drawn(name, "png")
            print(f"{path}\n    {alt}", flush=True)
        else:
            stored = bands.read(path_of(name))
            bands.record(stored, name, summary(figures.arrays(name)))
            bands.write(path_of(name), stored)
        print(f"{name}: {time.perf_counter() - began:.1f} s", flush=True)
    if args.command == "record" and not args.names:
        for topic in figures.topics():
            stored = bands.read(path_of(topic))
            kept = {n: b for n, b in stored.items() if n not in orphans(topic)}
            bands.write(path_of(topic), kept)
    if wrong:
        print("\n".join(wrong))
        print(
            "When that is meant: python tools/figures.py record, and look at the diff."
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
