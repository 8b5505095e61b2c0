"""The same submissions and checks, graded in three ways.

Each returns what it took, and which functions it found right as (student, function).
"""

import json
import os
import sys
from pathlib import Path

import submissions
from watched import Seen, watched

Right = set[tuple[str, str]]
EXERCISES = Path(__file__).parent / "exercises"
CHECKED = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
    "from nnds.checks.engine import run\n"
    "from nnds.grading.inprocess import InProcess\n"
    "from nnds.grading.load import exercise\n"
    "def right(name, function):\n"
    f"    found = exercise(name, {str(EXERCISES)!r})\n"
    "    return run(found, InProcess(function), seed=1, hidden=True).passed\n"
)
PYTEST = """
import json, pathlib, pytest
WORK = sorted(pathlib.Path({work!r}).glob("*.ipynb"))
@pytest.mark.parametrize("path", WORK, ids=lambda p: p.stem)
def test_submission(path):
    space = {{}}
    for cell in json.loads(path.read_text())["cells"]:
        exec(cell["source"], space)
    for name in {names!r}:
        print("\\nFOUND", path.stem, name, right(name, space[name]))
"""


def by_nnds(work: Path, room: Path, jobs: int) -> tuple[Seen, Right]:
    command = [
        sys.executable,
        "-c",
        "from nnds.commands.app import app; app()",
        "grade",
    ]
    command += [str(work), "--exercises", str(EXERCISES), "--topic", "problems"]
    command += ["--seed", "1", "--jobs", str(jobs), "--out", str(room / "out")]
    seen = watched(command, room)
    files = (room / "out" / "records").glob("*.json")
    records = [json.loads(file.read_text()) for file in files]
    if min(r["tier"] for r in records) < 3:
        print("  not the full isolation: run as root, with bubblewrap", flush=True)
    return seen, {
        (r["student"], e["exercise"])
        for r in records
        for e in r["exercises"]
        if e["earned"] == e["points"]
    }


def by_pytest(work: Path, room: Path) -> tuple[Seen, Right]:
    text = CHECKED + PYTEST.format(work=str(work), names=submissions.NAMES)
    (room / "test_all.py").write_text(text)
    plain = ["-p", "no:nnds", "-p", "no:xdist", "-c", os.devnull, "-q", "-s"]
    seen = watched([sys.executable, "-m", "pytest", *plain, "test_all.py"], room)
    lines = [line.split() for line in (room / "log").read_text().splitlines()]
    told = [line for line in lines if line[:1] == ["FOUND"]]
    return seen, {(who, name) for _, who, name, right in told if right == "True"}


def by_nbgrader(work: Path, room: Path, python: str) -> tuple[Seen, Right]:
    cells = [_cell(f"solution{i}", "", solution=True) for i in range(5)]
    for name in submissions.NAMES:
        test = f"{CHECKED}assert right({name!r}, {name})"
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
    found = set()
    for path in room.glob("autograded/*/one/one.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            kinds = {out["output_type"] for out in cell.get("outputs", [])}
            if cell["metadata"]["nbgrader"]["grade"] and "error" not in kinds:
                found.add((path.parts[-3], cell["metadata"]["nbgrader"]["grade_id"]))
    return seen, found


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
