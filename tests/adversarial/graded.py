"""Grade a folder of attacks, and look whether any of them did what it must not."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import psutil

import nnds
from adversarial.cases import Case
from nnds.checks.form import Exercise
from nnds.grading.folder.grade import Plan
from nnds.grading.folder.submissions import grade_folder
from nnds.grading.isolate.sandbox import Limits, Sandbox
from nnds.grading.load import exercises

HERE = Path(__file__).parent
SUBMISSIONS = HERE / "submissions"
SECRET = 20_261_122  # the seed


def private(attacked: str = "double") -> dict[str, Exercise]:
    """Return the exercise that is attacked and the one beside it, by name."""
    known = exercises(HERE / "exercises")
    return {name: known[name] for name in (attacked, "area")}


def graded(
    root: Path, tier: int, wall: float, hidden: bool, attacked: str = "double"
) -> dict[str, dict]:
    """Return the records of the folder `root/in`, by file."""
    out = root / "out"
    before = sorted(root.rglob("*"))
    plan = Plan(
        exercises=list(private(attacked).values()),
        seed=SECRET,
        tier=tier,
        limits=Limits(memory=2 << 30, wall=wall),
        hidden=hidden,
    )
    records = {r["file"]: r for r in grade_folder(root / "in", plan, out)}
    assert survivors() == []
    assert marks() == []
    assert [p for p in sorted(root.rglob("*")) if out not in (p, *p.parents)] == before
    for record in records.values():
        hidden_rows_give_hints_only(record)
        assert record["tier"] == tier
    return records


def survivors() -> list[str]:
    """Return the processes of our workers that are still there."""
    users = {Sandbox(3, slot).uid for slot in range(64)}
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("GRADER") == str(os.getpid())
            if ours or process.uids().real in users:
                found.append(f"{process.pid} {process.name()} {process.status()}")
        except psutil.Error:
            continue
    return found


def marks() -> list[Path]:
    """Return the files that an attack left outside of its sandbox."""
    names = ("/", "/usr", "/usr/local/bin", "/etc", "/root", "/var/tmp", "/dev")
    folders = [
        Path(p) for p in (*names, "/tmp", "/dev/shm", os.path.dirname(os.__file__))
    ]
    folders += [Path(nnds.__path__[0]), *Path(nnds.__path__[0]).parents, Path.cwd()]
    found = []
    for folder in folders:
        if os.access(folder, os.X_OK) and (folder / "nnds-was-here").exists():
            found.append(folder / "nnds-was-here")
    return found


def hidden_rows_give_hints_only(record: dict) -> None:
    for row in (row for e in record["exercises"] for row in e["outcomes"]):
        if row["hidden"]:
            assert "LEAK" not in json.dumps(row)
            assert {label for label, _ in row["explanation"]} <= {"hint", "problem"}


def said(record: dict) -> str:
    rows = [row for e in record["exercises"] for row in e["outcomes"]]
    lines = [text for row in rows for _, text in row["explanation"]]
    return "\n".join([*record["problems"], *(row["status"] for row in rows), *lines])


def surprises(records: Mapping[str, dict], cases: Mapping[str, Case]) -> str:
    """Return what is not as the cases have it, or nothing."""
    assert set(records) == set(cases)
    wrong = []
    for name, case in cases.items():
        record = records[name]
        points = {"all": record["points"], "rest": 1, "none": 0}
        if record["earned"] != points.get(
            case.earned, case.earned
        ) or case.says not in said(record):
            wrong.append(
                f"{name}: {record['earned']} points, expected {case.earned}, "
                f"and to say {case.says!r}\n{said(record)[:1500]}"
            )
    return "\n\n".join(wrong)
