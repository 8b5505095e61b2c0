"""Submissions a minute: `python benchmarks/grading/race.py --count 24`.

The same notebooks and checks, by nnds with one worker and with two, isolated and with a
warm cache; by pytest in one process, which isolates nothing; and by nbgrader, if
`--nbgrader PYTHON` names an interpreter that has nbgrader, JAX and nnds.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import submissions

HERE = Path(__file__).parent
EXERCISES = HERE / "exercises"
CHECKED = (
    "from nnds.grading.engine import run\n"
    "from nnds.grading.inprocess import InProcess\n"
    "from nnds.grading.load import exercise\n"
    "def earned(name, function):\n"
    f"    found = exercise(name, {str(EXERCISES)!r})\n"
    "    return run(found, InProcess(function), seed=1, hidden=True)\n"
)
PYTEST = """
import json, pathlib, pytest
WORK = sorted(pathlib.Path({work!r}).glob("*.ipynb"))
@pytest.mark.parametrize("path", WORK, ids=lambda p: p.stem)
def test_submission(path):
    space, points = {{}}, 0
    for cell in json.loads(path.read_text())["cells"]:
        exec(cell["source"], space)
    for name in {names!r}:
        points += earned(name, space[name]).earned
    print(path.stem, points)
"""


@dataclass(frozen=True)
class Seen:
    """seconds: by the clock. cpu: of all processes. memory: of the first, in MB."""

    seconds: float
    cpu: float
    memory: list[int]


def watched(command: list[str], cwd: Path) -> Seen:
    """Run a command and look at it and its children ten times a second.

    Processor time depends less on what else the machine does than the clock; what a
    process used in its last tenth of a second is missed.
    """
    memory, used, start = [], {}, time.monotonic()
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{env['PATH']}"  # alembic
    with (cwd / "log").open("w") as log:
        run = psutil.Popen(command, cwd=cwd, env=env, stdout=log, stderr=log)
        while run.poll() is None:
            time.sleep(0.1)
            with contextlib.suppress(psutil.Error):
                now = run.memory_info().rss >> 20
                memory += [now] if now else []  # 0: it has ended
                for process in [run, *run.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error):
                        times = process.cpu_times()
                        used[process.pid] = times.user + times.system
        code = run.wait()
    if code not in (0, 1):
        raise RuntimeError(f"{command} failed:\n{(cwd / 'log').read_text()[-2000:]}")
    return Seen(time.monotonic() - start, sum(used.values()), memory)


def ours(work: Path, room: Path, jobs: int, *, warm: bool) -> Seen:
    (room / "solution.py").write_text(submissions.solution())
    command = [sys.executable, "-c", "from nnds.cli import app; app()", "grade"]
    command += [str(work), "--exercises", str(EXERCISES), "--lecture", "99"]
    command += ["--seed", "1", "--jobs", str(jobs), "--out", str(room / "out")]
    if warm:
        command += ["--solution", str(room / "solution.py")]
    return watched(command, room)


def by_pytest(work: Path, room: Path) -> Seen:
    text = CHECKED + PYTEST.format(work=str(work), names=submissions.NAMES)
    (room / "test_all.py").write_text(text)
    plain = ["-p", "no:nnds", "-p", "no:xdist", "-c", os.devnull, "-q", "-s"]
    return watched([sys.executable, "-m", "pytest", *plain, "test_all.py"], room)


def by_nbgrader(work: Path, room: Path, python: str) -> Seen:
    cells = [_cell(f"solution{i}", "", solution=True) for i in range(5)]
    for name in submissions.NAMES:
        test = f"{CHECKED}assert earned({name!r}, {name}).passed"
        cells.append(_cell(name, test, points=4))
    for path in [room / "source/one/one.ipynb"] + [
        room / "submitted" / p.stem / "one/one.ipynb" for p in sorted(work.iterdir())
    ]:
        path.parent.mkdir(parents=True)
        if "submitted" in path.parts:
            given = json.loads((work / f"{path.parts[-3]}.ipynb").read_text())["cells"]
            for cell, answer in zip(cells, given, strict=False):
                cell["source"] = answer["source"]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        about = {"kernelspec": kernel}
        book = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(book))
    nbgrader = [python, "-m", "nbgrader"]
    watched([*nbgrader, "generate_assignment", "one", "--create"], room)
    seen = watched([*nbgrader, "autograde", "one", "--create"], room)
    done = len(list(room.glob("autograded/*/one/one.ipynb")))
    if done < len(list(work.iterdir())):  # its exit code does not say so
        raise RuntimeError(
            f"nbgrader graded {done}: {(room / 'log').read_text()[-900:]}"
        )
    return seen


def _cell(name: str, source: str, points: int = 0, *, solution: bool = False) -> dict:
    told = {"grade_id": name, "schema_version": 3, "solution": solution, "task": False}
    told |= {"grade": not solution, "locked": not solution}
    if not solution:
        told["points"] = points
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"nbgrader": told},
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


def main() -> None:
    """Print a row for each contestant: submissions a minute, memory, load before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--nbgrader", help="a Python with nbgrader, JAX and nnds")
    parser.add_argument(
        "--only", nargs="*", help="names of contestants, by their start"
    )
    told = parser.parse_args()
    contestants: dict[str, Callable[[Path, Path], Seen]] = {
        "nnds, 2 workers, warm": lambda w, r: ours(w, r, 2, warm=True),
        "nnds, 2 workers": lambda w, r: ours(w, r, 2, warm=False),
        "nnds, 1 worker, warm": lambda w, r: ours(w, r, 1, warm=True),
        "pytest, one process": by_pytest,
    }
    if told.nbgrader:
        contestants["nbgrader"] = lambda w, r: by_nbgrader(w, r, told.nbgrader)
    print(f"{told.count} submissions, {os.cpu_count()} cores")
    columns = ("a minute", "CPU s each", "MB early", "MB late", "load before")
    print(f"{'contestant':<24}" + "".join(f"{c:>12}" for c in columns), flush=True)
    for name, contestant in contestants.items():
        if told.only and not name.startswith(tuple(told.only)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            room = Path(folder)
            submissions.write(room / "work", told.count)
            load = os.getloadavg()[0]
            seen = contestant(room / "work", room)
        numbers = (60 * told.count / seen.seconds, seen.cpu / told.count)
        numbers += (seen.memory[len(seen.memory) // 4], seen.memory[-1], load)
        print(f"{name:<24}" + "".join(f"{n:>12.1f}" for n in numbers), flush=True)


if __name__ == "__main__":
    main()
