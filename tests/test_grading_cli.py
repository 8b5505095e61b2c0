"""`nnds check` and `nnds grade` as typed: bad folders, full disks, interruptions."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nnds.commands.app import app

EXERCISE = '''
from jaxtyping import Float
from numpy import ndarray as Array

from nnds.checks.form import Check, Exercise
from nnds.checks.laws import values


def double(x: Float[Array, " n"]) -> Float[Array, " n"]:
    """Return `2 x`."""
    return 2 * x


DOUBLE = Exercise(
    spec=double,
    checks=(Check(law=values(), points=3, hint="Twice.", section="0.1"),),
)
'''
RIGHT = "def double(x):\n    return x + x\n"
WRONG = "def double(x):\n    return x * x\n"
FORMATS = ("html", "gradescope", "classroom", "nbgrader", "moodle", "junit")


def said(result: Result) -> str:
    """Return what was printed, without the frames and line breaks of the terminal."""
    return re.sub(r"[\s│╭╮╰╯─]+", " ", result.output)


@pytest.fixture(scope="module")
def exercises(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("exercises")
    (folder / "double.py").write_text(EXERCISE)
    return folder


def nnds(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def notebook(*sources: str) -> str:
    cells = [{"cell_type": "code", "source": s, "id": f"c{s[:5]}"} for s in sources]
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5})


# A class -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "one"
    (folder / "bob").mkdir(parents=True)
    (folder / "ann.ipynb").write_text(notebook("import jax", RIGHT))
    (folder / "bob" / "first.py").write_text(WRONG)
    (folder / "bob" / "second.py").write_text(RIGHT)
    (folder / "other.ipynb").write_text(notebook("import pandas", "frame = 1"))
    (folder / "broken.ipynb").write_text("{")
    (folder / "binary.py").write_bytes(b"\xff\xfe\x00def double")
    (folder / "gone.py").symlink_to("/nowhere")
    (folder / "readme.txt").write_text("not a submission")
    return folder


@pytest.fixture(scope="module")
def graded(folder: Path, exercises: Path, tmp_path_factory):
    formats = [word for form in FORMATS for word in ("--format", form)]
    outs = [tmp_path_factory.mktemp("graded") / name for name in "ab"]
    told = ("--exercises", exercises, "--seed", 7, "--trust", "--jobs", 2, *formats)
    results = [nnds("grade", folder, "--out", out, *told) for out in outs]
    return outs, results


def test_every_file_has_its_record_whatever_is_in_it(graded) -> None:
    (out, _), (result, _) = graded
    assert result.exit_code == 0, result.output
    files = (out / "records").glob("*.json")
    records = {r["file"]: r for r in map(json.loads, (f.read_text() for f in files))}
    points = {name: r["earned"] for name, r in records.items()}
    expected = {"ann.ipynb": 3, "bob/first.py": 0, "bob/second.py": 3}
    zero = ("other.ipynb", "broken.ipynb", "binary.py", "gone.py")
    assert points == {**expected, **dict.fromkeys(zero, 0)}
    problems = {name: " ".join(r["problems"]) for name, r in records.items()}
    assert "it defines none of double" in problems["other.ipynb"]
    assert "is not a notebook" in problems["broken.ipynb"]
    assert "is not UTF-8 text" in problems["binary.py"]
    assert "is a symbolic link" in problems["gone.py"]


def test_the_better_of_two_submissions_counts(graded) -> None:
    (out, _), (result, _) = graded
    assert "(another counts)" in said(result)
    lines = (out / "nbgrader.csv").read_text().splitlines()
    bob = [line for line in lines if ",bob," in line]
    assert len(bob) == 1
    assert bob[0].endswith("3.0,0.0,3.0,3.0")


def test_same_submissions_and_seed_give_the_same_bytes(graded) -> None:
    (a, b), _ = graded
    names = sorted(p.relative_to(a) for p in a.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(b) for p in b.rglob("*") if p.is_file())
    assert len(names) > 3 * 7
    for name in names:
        assert (a / name).read_bytes() == (b / name).read_bytes(), name


# What cannot be done is said ----------------------------------------------------


def test_bad_requests_are_refused_with_a_reason(
    tmp_path: Path, exercises: Path, folder: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    alien = tmp_path / "alien"
    alien.mkdir()
    (alien / "a.ipynb").write_text(notebook("frame = 1"))
    for words, reason in (
        ((empty,), "holds no submission"),
        ((tmp_path / "nowhere",), "is none"),
        ((alien,), "answers one of"),
        ((folder, "--format", "pdf"), "formats are"),
        ((folder, "--topic", "poetry"), "is of the topic poetry"),
        ((folder, "--exercises", tmp_path / "nowhere"), "is none"),
    ):
        result = nnds("grade", *words, "--trust", "--out", tmp_path / "out")
        assert result.exit_code == 2, words
        assert reason in said(result)
        assert "Traceback" not in result.output
    assert not list(tmp_path.glob("out/records/*"))


def test_the_current_folder_is_graded_into_one_beside_it(
    tmp_path: Path, exercises: Path, monkeypatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "ann.py").write_text(RIGHT)
    monkeypatch.chdir(work)
    result = nnds("grade", ".", "--exercises", exercises, "--trust")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "work-graded" / "html" / "index.html").exists()
    assert [p.name for p in work.iterdir()] == ["ann.py"]
    result = nnds("grade", "/", "--exercises", exercises, "--trust")
    assert result.exit_code == 2
    assert "is no folder of submissions" in said(result)


def test_check_says_what_is_wrong(tmp_path: Path, exercises: Path) -> None:
    for name, text, code, says in (
        ("right.ipynb", notebook(RIGHT), 0, "3 of 3 points"),
        ("wrong.py", WRONG, 1, "hint: Twice. (book, section 0.1)"),
        ("alien.ipynb", notebook("frame = 1"), 2, "defines none of"),
        ("broken.ipynb", "{", 2, "is not a notebook"),
    ):
        file = tmp_path / name
        file.write_text(text)
        result = nnds("check", file, "--exercises", exercises)
        assert result.exit_code == code, result.output
        assert says in said(result)
    result = nnds("check", tmp_path / "nowhere.py", "--exercises", exercises)
    assert result.exit_code == 2
    assert "No such file" in said(result)


# Interrupted --------------------------------------------------------------------

GRADE = (
    "import resource, sys\n"
    "limit = int(sys.argv.pop(1))\n"
    "if limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
    "from nnds.commands.app import app\n"
    "app()\n"
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


def started(*words: object, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", GRADE, str(limit), *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@linux
def test_killed_half_way_it_goes_on_where_it_was(
    tmp_path: Path, exercises: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for name in "abc":
        (work / f"{name}.py").write_text(RIGHT)
    out = tmp_path / "out"
    words = ("grade", work, "--exercises", exercises, "--trust", "--out", out)
    run = started(*words)
    deadline = time.monotonic() + 120
    while not (done := list(out.glob("records/[!.]*.json"))):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    first = {f: f.stat().st_mtime_ns for f in done}
    assert len(first) < 3
    assert not (out / "html").exists()
    result = nnds(*words)  # finds the seed of the first run
    assert result.exit_code == 0, result.output
    assert len(list(out.glob("records/*.json"))) == 3
    assert first == {f: f.stat().st_mtime_ns for f in first}
    assert len(list(out.glob("html/*.html"))) == 4

    # and now the disk is full while the reports are written: records stay, whole
    records = {f: f.read_bytes() for f in out.glob("records/*.json")}
    full = started(*words, "--format", "junit", limit=100)
    text, _ = full.communicate(timeout=120)
    assert full.returncode == 2, text
    assert "File too large" in text
    assert "is kept in" in text
    assert "Traceback" not in text
    assert not list(out.rglob(".*"))
    assert not (out / "junit.xml").exists()
    assert records == {f: f.read_bytes() for f in out.glob("records/*.json")}
    assert nnds(*words, "--format", "junit").exit_code == 0
    assert (out / "junit.xml").exists()
    assert first == {f: f.stat().st_mtime_ns for f in first}


def test_a_record_that_was_cut_or_edited_is_graded_anew(
    tmp_path: Path, exercises: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text(WRONG)
    out = tmp_path / "out"
    words = ("grade", work, "--exercises", exercises, "--trust", "--out", out)
    assert nnds(*words, "--seed", 1).exit_code == 0
    (file,) = out.glob("records/*.json")
    whole = file.read_text()
    file.write_text(whole.replace('"earned": 0', '"earned": 3', 1))
    assert nnds(*words).exit_code == 0
    assert file.read_text() == whole
