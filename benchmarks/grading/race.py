"""Submissions a minute: `python benchmarks/grading/race.py --count 24`.

The same notebooks and checks, by nnds with one worker and with two, isolated and with a
warm cache; by pytest in one process, which isolates nothing; and by nbgrader, if
`--nbgrader PYTHON` names an interpreter that has nbgrader, JAX and nnds.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
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


def watched(command: list[str], cwd: Path) -> tuple[float, list[int]]:
    """Run a command; return its seconds and the memory of its process, in MB."""
    memory, start = [], time.monotonic()
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    with (cwd / "log").open("w") as log:
        run = psutil.Popen(command, cwd=cwd, env=env, stdout=log, stderr=log)
        while run.poll() is None:
            time.sleep(0.5)
            try:
                now = run.memory_info().rss >> 20
                memory += [now] if now else []  # 0: it has ended
            except psutil.Error:
                break  # it has ended
        code = run.wait()
    if code not in (0, 1):
        raise RuntimeError(f"{command} failed:\n{(cwd / 'log').read_text()[-2000:]}")
    return time.monotonic() - start, memory or [0]


def ours(work: Path, room: Path, jobs: int, *, warm: bool) -> tuple[float, list[int]]:
    (room / "solution.py").write_text(submissions.solution())
    command = [sys.executable, "-c", "from nnds.cli import app; app()", "grade"]
    command += [str(work), "--exercises", str(EXERCISES), "--lecture", "99"]
    command += ["--seed", "1", "--jobs", str(jobs), "--out", str(room / "out")]
    if warm:
        command += ["--solution", str(room / "solution.py")]
    return watched(command, room)


def by_pytest(work: Path, room: Path) -> tuple[float, list[int]]:
    text = CHECKED + PYTEST.format(work=str(work), names=submissions.NAMES)
    (room / "test_all.py").write_text(text)
    plain = ["-p", "no:nnds", "-p", "no:xdist", "-c", os.devnull, "-q", "-s"]
    return watched([sys.executable, "-m", "pytest", *plain, "test_all.py"], room)


def by_nbgrader(work: Path, room: Path, python: str) -> tuple[float, list[int]]:
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
    return watched([*nbgrader, "autograde", "one", "--create"], room)


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
    contestants: dict[str, Callable[[Path, Path], tuple[float, list[int]]]] = {
        "nnds, 2 workers, warm": lambda w, r: ours(w, r, 2, warm=True),
        "nnds, 2 workers": lambda w, r: ours(w, r, 2, warm=False),
        "nnds, 1 worker, warm": lambda w, r: ours(w, r, 1, warm=True),
        "pytest, one process": by_pytest,
    }
    if told.nbgrader:
        contestants["nbgrader"] = lambda w, r: by_nbgrader(w, r, told.nbgrader)
    print(f"{told.count} submissions, {os.cpu_count()} cores")
    print("contestant               a minute  memory in MB (early, late)  load before")
    for name, contestant in contestants.items():
        if told.only and not name.startswith(tuple(told.only)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            room = Path(folder)
            submissions.write(room / "work", told.count)
            load = os.getloadavg()[0]
            seconds, memory = contestant(room / "work", room)
        early = memory[len(memory) // 4]
        rate = 60 * told.count / seconds
        print(f"{name:<24} {rate:>8.1f}  {early:>6} {memory[-1]:>6}  {load:>24.1f}")


if __name__ == "__main__":
    main()
