"""Submissions a minute: `python benchmarks/grading/race.py [--write FILE] [...]`.

The same notebooks and checks, by nnds with two workers and with one, isolated; by
pytest in one process, which isolates nothing; and by nbgrader, which does not either,
if `--nbgrader PYTHON` names an interpreter that has nbgrader, JAX and what nnds needs.
"""

import argparse
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import submissions
from contestants import Right, by_nbgrader, by_nnds, by_pytest
from watched import Seen

from benchmarks.table import load_average, markdown, processor

HEADER = (
    *("", "submissions / min", "CPU s each", "MB early", "MB late", "MB peak"),
    *("functions right", "load before"),
)
TEXT = """# Grading side by side

Written by `{command}`.

{count} notebooks that differ, each with two light functions, one with a loss whose
gradient is checked too, and one of 100 training steps; some are wrong. All contestants
run the same checks on the same inputs. nnds does so at isolation tier 3: each
submission in a sandbox and an interpreter of its own, with no compilation shared
between them. pytest runs all of them in one process, where the first can do to the
others what it likes, and where what one compiled serves the next; nbgrader runs each in
a kernel of its own, as the user. They take turns on a machine that does nothing else.

CPU is of all processes together. Memory is the sum of those that live long, after a
quarter of the time (early) and at the end (late), and the peak of all together.

{processor}, {cores} cores, {memory:.0f} GB; {system}; Python {python}; {versions}.

{table}

{verdict}
"""


def main() -> None:
    """Print a row for each contestant, and write the report if it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--nbgrader", help="a Python with nbgrader, JAX and the like")
    parser.add_argument("--only", nargs="*", help="contestants, by how they begin")
    parser.add_argument("--write", type=Path, help="the file for the report")
    parser.add_argument("--append", type=Path, help="a report to add this run to")
    told = parser.parse_args()
    contestants: dict[str, Callable[[Path, Path], tuple[Seen, Right]]] = {
        "nnds, 2 workers": lambda work, room: by_nnds(work, room, 2),
        "nnds, 1 worker": lambda work, room: by_nnds(work, room, 1),
        "pytest, one process": by_pytest,
    }
    if told.nbgrader:
        python = told.nbgrader
        contestants["nbgrader"] = lambda work, room: by_nbgrader(work, room, python)
    rows, verdicts = [], {}
    for name, contestant in contestants.items():
        if told.only and not name.startswith(tuple(told.only)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            room, load = Path(folder), load_average()
            submissions.write(room / "work", told.count)
            seen, verdicts[name] = contestant(room / "work", room)
            if not verdicts[name]:
                raise SystemExit(f"{name} found nothing right: its time says nothing")
        rows.append(row(name, told.count, seen, len(verdicts[name]), load))
        print(markdown(HEADER, rows[-1:]).splitlines()[-1], flush=True)
    if told.write:
        told.write.write_text(report(told.count, rows, verdicts, told.nbgrader))
    if told.append:
        more = f"\n## {told.count} submissions\n\n`{command()}`\n\n"
        with told.append.open("a") as file:
            file.write(f"{more}{markdown(HEADER, rows)}\n")


def row(name: str, count: int, seen: Seen, right: int, load: str) -> list[str]:
    numbers = (60 * count / seen.seconds, seen.cpu / count)
    memory = (f"{mb:.0f}" for mb in (seen.early, seen.late, seen.peak))
    return [name, *(f"{n:.1f}" for n in numbers), *memory, str(right), load]


def report(
    count: int, rows: list[list[str]], verdicts: dict[str, Right], nbgrader: str | None
) -> str:
    versions = [f"{x} {version(x)}" for x in ("jax", "jaxlib", "numpy", "pytest")]
    if nbgrader:
        code = "from importlib.metadata import version as v; print(v('nbgrader'))"
        done = subprocess.run([nbgrader, "-c", code], capture_output=True, text=True)
        versions.append(f"nbgrader {done.stdout.strip()}")
    first = next(iter(verdicts))
    odd = [n for n, right in verdicts.items() if right != verdicts[first]]
    return TEXT.format(
        command=command(),
        count=count,
        processor=processor(),
        cores=os.cpu_count(),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        system=platform.system(),
        python=platform.python_version(),
        versions=", ".join(versions),
        table=markdown(HEADER, rows),
        verdict=f"{', '.join(odd)} and {first} judge differently."
        if odd
        else "All of them find the same functions right.",
    )


def command() -> str:
    words = ["PYTHON" if w.startswith(os.sep) else w for w in sys.argv[1:]]
    return shlex.join(["python", "benchmarks/grading/race.py", *words])


if __name__ == "__main__":
    main()
