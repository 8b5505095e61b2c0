"""A folder with what cannot be read or written: said, and nothing lost."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nnds.commands.app import app
from nnds.grading.folder import grade as grading
from nnds.grading.folder import submissions as folders
from nnds.grading.folder.grade import Plan
from nnds.grading.folder.record import wrong_with
from nnds.grading.load import exercises

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


def test_a_false_record_of_the_grader_is_not_written(
    tmp_path: Path, plan: Plan, monkeypatch
) -> None:
    (tmp_path / "ann.py").write_text(ALIEN)
    made = grading.grade

    def generous(*args):
        return {**made(*args), "earned": 1}

    monkeypatch.setattr(folders, "grade", generous)
    with pytest.raises(RuntimeError, match="not the sum of its parts"):
        folders.grade_folder(tmp_path, plan, tmp_path / "out")
    assert not list((tmp_path / "out" / "records").iterdir())


def test_what_the_grader_itself_failed_at_is_graded_again(
    tmp_path: Path, plan: Plan, monkeypatch
) -> None:
    work, out, calls = tmp_path / "work", tmp_path / "out", []
    work.mkdir()
    (work / "ann.py").write_text(ALIEN)
    made = grading.grade

    def failing(*args):
        record = made(*args)
        calls.append(record)
        if len(calls) < 3:
            record["exercises"][0]["outcomes"][0]["status"] = "grader error"
        return record

    monkeypatch.setattr(folders, "grade", failing)
    command = ["grade", str(work), "--topic", "conv", "--out", str(out), "--trust"]
    for status in (3, 3, 0, 0):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == status, result.output
        assert ("itself failed" in result.output) == (status == 3)
    assert len(calls) == 3


def test_another_text_of_an_exercise_is_graded_anew(tmp_path: Path) -> None:
    source = Path(grading.__file__).parents[2] / "exercises" / "conv" / "conv2d.py"
    prints = set()
    for i, change in enumerate(("sizes=", "sizes=", "tolerance=1e-3,\n    sizes=")):
        folder = tmp_path / str(i)
        folder.mkdir()
        text = source.read_text().replace("def conv2d", "def changed")
        text = text.replace("spec=conv2d", "spec=changed").replace("sizes=", change, 1)
        (folder / "changed.py").write_text(text)
        known = exercises(folder)
        prints.add(Plan(exercises=[known["changed"]], seed=1, tier=0).fingerprint())
    assert len(prints) == 2
