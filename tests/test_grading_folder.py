"""A folder with what cannot be read or written: said, and nothing lost."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnds.grading.folder import grade as grading
from nnds.grading.folder import submissions as folders
from nnds.grading.folder.grade import Plan
from nnds.grading.folder.listing import planned
from nnds.grading.folder.record import grader_failed, wrong_with
from nnds.grading.load import exercises
from nnds.grading.publish import exports
from nnds.grading.publish.write import FORMATS, publish

NOBODY = 65534
ALIEN = "frame = 1\n"


@pytest.fixture
def plan() -> Plan:
    return Plan(exercises=[exercises()["receptive_field"]], seed=1, tier=0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder that every user may enter: those of pytest are closed."""
    folder = Path(tempfile.mkdtemp(prefix="nnds-open-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs users of Unix")
def test_what_may_not_be_read_is_listed(open_folder: Path, plan: Plan) -> None:
    work, out = open_folder / "work", open_folder / "out"
    (work / "bob").mkdir(parents=True)
    for name in ("ann.py", "eve.ipynb", "bob/answer.py"):
        (work / name).write_text(ALIEN)
    out.mkdir()
    out.chmod(0o777)
    folders.grade_folder(work, plan, open_folder / "first")  # imports what comes late
    (work / "eve.ipynb").chmod(0)
    (work / "bob").chmod(0)
    root = os.geteuid() == 0
    if root:  # who may read everything
        os.seteuid(NOBODY)
    try:
        if not os.access(grading.__file__, os.R_OK, effective_ids=True):
            pytest.skip("the package lies where another user cannot read it")
        records = {r["file"]: r for r in folders.grade_folder(work, plan, out)}
    finally:
        if root:
            os.seteuid(0)
        (work / "bob").chmod(0o700)
    said = {name: " ".join(r["problems"]) for name, r in records.items()}
    assert set(said) == {"ann.py", "eve.ipynb", "bob"}
    assert "it defines none of" in said["ann.py"]
    assert (
        said["eve.ipynb"] == said["bob"] == "the file cannot be read: Permission denied"
    )
    assert records["bob"]["student"] == "bob"
    assert len(list((out / "records").glob("*.json"))) == 3


def test_a_full_disk_keeps_the_records_that_are_there(
    tmp_path: Path, plan: Plan, monkeypatch
) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()
    for name in "abc":
        (work / f"{name}.py").write_text(ALIEN)
    fsync, left = os.fsync, [2]

    def full_after_two(file: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        fsync(file)

    monkeypatch.setattr(os, "fsync", full_after_two)
    with pytest.raises(OSError, match="No space"):
        folders.grade_folder(work, plan, out)
    kept = {f: f.read_bytes() for f in (out / "records").iterdir()}
    assert len(kept) == 2
    assert all(wrong_with(json.loads(text)) is None for text in kept.values())
    monkeypatch.undo()
    assert len(folders.grade_folder(work, plan, out)) == 3
    assert len(list((out / "records").iterdir())) == 3
    assert kept == {f: f.read_bytes() for f in kept}


def test_a_file_that_its_grader_fails_at_is_one_row(
    tmp_path: Path, plan: Plan, monkeypatch
) -> None:
    for name in ("ann", "bob", "eve"):
        (tmp_path / f"{name}.py").write_text(ALIEN)
    made = grading.grade

    def fails(path: Path, *args) -> dict:
        if path.stem == "ann":
            raise RecursionError(f"of {path.name}")
        return {**made(path, *args), "earned": int(path.stem == "bob")}

    monkeypatch.setattr(folders, "grade", fails)
    graded = folders.grade_folder(tmp_path, plan, tmp_path / "out")
    said = [record["problems"][0] for record in graded]
    assert said[0] == "the grader failed on it: RecursionError: of ann.py"
    assert "not the sum of its parts" in said[1]
    assert "it defines none of" in said[2]
    assert [grader_failed(record) for record in graded] == [True, True, False]
    assert [record["earned"] for record in graded] == [0, 0, 0]
    monkeypatch.undo()  # and what it failed at is graded again
    again = folders.grade_folder(tmp_path, plan, tmp_path / "out")
    assert not any(grader_failed(record) for record in again)


def test_nothing_is_graded_where_a_right_solution_fails(
    tmp_path: Path, plan: Plan, monkeypatch
) -> None:
    (tmp_path / "ann.py").write_text(ALIEN)

    def fails(tier: int) -> None:
        raise PermissionError(f"no {tier}")

    monkeypatch.setattr(folders, "works", fails)
    with pytest.raises(PermissionError, match="no 0"):
        folders.grade_folder(tmp_path, plan, tmp_path / "out")
    assert not list((tmp_path / "out" / "records").iterdir())


def test_whatever_a_folder_holds_is_listed_once(tmp_path: Path, plan: Plan) -> None:
    work = tmp_path / "work"
    moodle = "Ann_7_12_assignsubmission_file_"
    for folder in ("pdf", "empty", "linked", moodle):
        (work / folder).mkdir(parents=True)
    (work / "pdf" / "answer.pdf").write_bytes(b"%PDF")
    (work / "linked" / "there").symlink_to("/etc")
    (work / "UPPER.PY").write_text(ALIEN)
    (work / "notes.txt").write_text("of the teacher")
    (work / moodle / "Bob_99_assignsubmission_file_.py").write_text(ALIEN)
    (work / f"{moodle}Bob_99_assignsubmission_file_x.IPYNB").write_text("[]")
    (work / "Eve_13_assignsubmission_file_answer.pdf").write_bytes(b"%PDF")
    cell = {"cell_type": "code", "source": ALIEN, "id": "x" * (5 << 20)}
    (work / "long.ipynb").write_text(json.dumps({"cells": [cell, cell]}))
    expected = {
        "pdf": "pdf",
        "empty": "empty",
        "linked/there": "linked",
        "UPPER.PY": "UPPER",
        f"{moodle}/Bob_99_assignsubmission_file_.py": "Ann_7_12_assignsubmission",
        f"{moodle}Bob_99_assignsubmission_file_x.IPYNB": "Ann_7_12_assignsubmission",
        "Eve_13_assignsubmission_file_answer.pdf": "Eve_13_assignsubmission",
        "long.ipynb": "long",
    }
    if sys.platform == "linux":
        for name in (b"\xff.py", b"\\xff.py"):  # two files, alike once written
            Path(os.fsdecode(os.fsencode(work) + b"/" + name)).write_text(ALIEN)
        expected |= {r"\xff.py": r"\xff", r"\\xff.py": r"\\xff"}
    deep = work / "deep"
    deep.mkdir()
    inside = os.open(deep, os.O_RDONLY)
    for _ in range(1100):  # deeper than Python recurses
        os.mkdir("d", dir_fd=inside)
        inner = os.open("d", os.O_RDONLY, dir_fd=inside)
        os.close(inside)
        inside = inner
    os.close(os.open("a.py", os.O_CREAT, dir_fd=inside))
    os.close(inside)
    try:
        graded = folders.grade_folder(work, plan, work / "out")
        files = publish(graded, tmp_path / "pages", FORMATS, "one")
    finally:
        subprocess.run(["rm", "-rf", str(deep)], check=True)  # shutil recurses
    expected[f"deep/{'d/' * 1100}a.py"] = "deep"
    assert {r["file"]: r["student"] for r in graded} == expected
    assert len(files) == 3 * len(expected) + 4
    said = {r["file"]: " ".join(r["problems"]) for r in graded}
    assert "the folder holds no notebook" in said["pdf"]
    assert "the folder holds no notebook" in said["empty"]
    assert "is a symbolic link" in said["linked/there"]
    assert "it defines none of" in said["UPPER.PY"]
    assert max(map(len, said.values())) < 1000
    lines = exports.moodle(graded).splitlines()
    assert [line.split(",")[0] for line in lines if "Participant" in line] == [
        "Participant 12",
        "Participant 13",
    ]
    assert sum(line.startswith("Participant 12,Ann_7,") for line in lines) == 1


def test_what_one_student_adds_changes_nothing_for_the_others(tmp_path: Path) -> None:
    known = exercises()
    conv, dense = "def receptive_field():\n  pass\n", "def swish():\n  pass\n"
    for name in ("ann", "bob"):
        (tmp_path / f"{name}.py").write_text(conv)
    (tmp_path / "eve").mkdir()
    for number in range(3):  # many files are one voice
        (tmp_path / "eve" / f"{number}.py").write_text(conv + dense)
    topics = {e.topic for e in planned(known, tmp_path)}
    assert topics == {known["receptive_field"].topic}
    named = planned(known, tmp_path, ["dense"])
    assert {e.topic for e in named} == {"dense"}
    alone = planned(known, tmp_path / "eve" / "1.py")
    assert {e.topic for e in alone} == {"conv", "dense"}
    (tmp_path / "bob.py").write_text(dense)
    (tmp_path / "eve" / "0.py").write_text(ALIEN)
    (tmp_path / "eve" / "1.py").write_text(ALIEN)
    (tmp_path / "eve" / "2.py").write_text(ALIEN)
    with pytest.raises(ValueError, match="conv by 1, dense by 1"):
        planned(known, tmp_path)
