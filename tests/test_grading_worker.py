"""The isolated worker: what it answers, what it survives, what it cannot see."""

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from exercises import rooms

from nnds.checks.engine import run
from nnds.grading.folder import listing
from nnds.grading.folder import submissions as folders
from nnds.grading.folder.grade import Plan
from nnds.grading.folder.ingest import Refused, read
from nnds.grading.isolate.remote import Evaluator, Remote, Worker
from nnds.grading.isolate.sandbox import Limits, Sandbox, best_tier
from nnds.grading.isolate.worker.wire import ARRAY_LIMIT, BadFrame, packed, unpacked
from nnds.grading.load import exercises

CONV = next(room for room in rooms.ROOMS if "conv" in room.name)
TIER = best_tier()


def reader(data: bytes):
    left = [data]

    def exactly(count: int) -> bytes:
        if len(left[0]) < count:
            raise EOFError
        taken, left[0] = left[0][:count], left[0][count:]
        return taken

    return exactly


# The wire ----------------------------------------------------------------------


def test_a_frame_comes_back() -> None:
    arrays = [np.arange(6, dtype=np.int32).reshape(2, 3), np.array(2.5, np.float32)]
    header, back = unpacked(reader(packed({"op": "call"}, [*arrays, np.zeros((0, 3))])))
    assert header == {"op": "call"}
    assert back[2].shape == (0, 3)
    for a, b in zip(arrays, back, strict=False):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype


def framed(header: object, rest: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "big") + text + rest


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xff\xff\xff",  # a header of 4 GB
        framed({"arrays": [{"dtype": "float32", "shape": [1 << 60]}]}),
        framed({"arrays": [{"dtype": "float32", "shape": [1 << 20, 1 << 20]}]}),
        framed({"arrays": [{"dtype": "float32", "shape": [-1]}]}),
        framed({"arrays": [{"dtype": "float32", "shape": [True]}]}),
        framed({"arrays": [{"dtype": "object", "shape": [1]}]}, b"12345678"),
        framed({"arrays": [{"dtype": "U8", "shape": [1]}]}),
        framed({"arrays": [{"dtype": "float32", "shape": [1] * 33}]}),
        framed({"arrays": [{"dtype": "float32", "shape": [1 << 26] * 3 + [0]}]}),
        framed({"arrays": [{"dtype": "float32", "shape": "12"}]}),
        framed({"arrays": [{"dtype": "float32", "shape": None}]}),
        framed({"arrays": None}),
        framed({"arrays": 3}),
        framed({"no": "arrays"}),
        framed([1, 2]),
        framed({"arrays": [3]}),
        (5).to_bytes(4, "big") + b"\x80\x04N.\x00",  # a pickle
        (200_000).to_bytes(4, "big") + b"[" * 200_000,
    ],
)
def test_a_false_frame_is_refused_before_it_is_allocated(frame: bytes) -> None:
    def read_little(count: int) -> bytes:
        assert count <= ARRAY_LIMIT
        return reader_of(count)

    reader_of = reader(frame)
    with pytest.raises(BadFrame):
        unpacked(read_little)


def test_objects_do_not_travel() -> None:
    with pytest.raises(BadFrame, match="cannot be compared"):
        packed({}, [np.array([object()])])
    with pytest.raises(BadFrame, match="larger than"):
        packed({}, [np.zeros(ARRAY_LIMIT + 1, np.uint8)])


# Ingest ------------------------------------------------------------------------


def test_a_leading_my_is_dropped_and_an_import_answers_nothing(tmp_path) -> None:
    path = tmp_path / "a.py"
    path.write_text("from nnds.conv import conv2d\n\ndef my_receptive_field(): ...\n")
    found = read(path, exercises())
    assert found.answered == {"receptive_field"}


def notebook(*sources: str, ids: tuple[str, ...] = ()) -> str:
    cells = [
        {"cell_type": "code", "source": s.splitlines(keepends=True)} for s in sources
    ]
    for cell, name in zip(cells, ids, strict=False):
        cell["id"] = name
    return json.dumps({"cells": cells, "nbformat": 4})


def test_what_answers_need_is_told_from_plots_and_training(tmp_path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(
        notebook(
            "%pip install x\n!rm -rf /\nimport math\nprint('hello')\nsize = 3\n"
            "model = train()",
            "%%bash\nrm -rf /",
            "scale = math.pi\n@f\ndef conv2d(x, k, model=None):\n    return scale * x",
            "def broken(",
            ids=("one", "one"),
        )
    )
    found = read(path, ["conv2d"])
    lines = [[c.statements[n].lineno for n in c.needed] for c in found.cells]
    assert lines == [[3], [], [1, 3], []]
    assert found.answered == {"conv2d"}
    assert any("the id of another cell" in p for p in found.problems)
    assert any("cell 2, line 1: syntax error" in p for p in found.problems)
    assert any("cell 4, line 1: syntax error" in p for p in found.problems)


def test_reading_takes_time_in_proportion_to_what_is_read(tmp_path) -> None:
    """Each statement is looked at once, whatever their number."""
    path = tmp_path / "a.py"
    path.write_text("a=1\n" * 16_000 + "def conv2d(x, k): return a\n")
    assert len(read(path, ["conv2d"]).needed()[0][2]) == 16_001
    path.write_text("a=1\n" * 300_000)
    with pytest.raises(Refused, match="1200000 characters of code"):
        read(path, ["conv2d"])


# The worker --------------------------------------------------------------------


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    with Evaluator(Sandbox(TIER, slot=9)) as evaluator:
        yield evaluator


def cells(source: str) -> list[tuple]:
    return [("answer.py", source, [*range(len(ast.parse(source).body))])]


def graded(source: str, evaluator: Evaluator, *names: str, wall: float = 20.0):
    known = exercises()
    box = Sandbox(TIER, slot=8, hidden=("nnds.conv",), limits=Limits(wall=wall))
    with Worker(cells(source), box) as worker:
        return [
            run(known[n], Remote(n, worker, evaluator), seed=3, hidden=True)
            for n in names
        ]


def test_a_solution_has_all_points_in_the_sandbox(evaluator: Evaluator) -> None:
    source = rooms.source(CONV)
    for report in graded(source, evaluator, "circular_conv", "receptive_field"):
        assert report.passed, f"\n{report}"


def test_my_answers_before_what_was_imported(evaluator: Evaluator) -> None:
    source = "from math import hypot as circular_conv\n" + rooms.source(CONV).replace(
        "def circular_conv", "def my_circular_conv"
    )
    (report,) = graded(source, evaluator, "circular_conv")
    assert report.passed, f"\n{report}"


LIGHT = """
import jax.numpy as jnp


def receptive_field(kernel, stride, dilation):
    before = jnp.cumprod(stride) // stride
    return 1 + jnp.sum((kernel - 1) * dilation * before)
"""


def test_what_a_notebook_asks_the_grader_for_is_there() -> None:
    asks = (
        "from nnds.grading import check, solved",
        "own = solved(print, otherwise=len)",
        "assert own is print and check(own) is None",
    )
    with Worker(cells("\n".join(asks)), Sandbox(TIER, slot=8)) as worker:
        worker.ask({"op": "start"}, [])
        assert worker.problems == []


DIES = LIGHT.replace(
    "    before", "    CALLS.append(1)\n    len(CALLS) % 2 or os._exit(0)\n    before"
)
SLEEPS = LIGHT.replace("    before", "    time.sleep(0.8)\n    before")


@pytest.mark.parametrize(
    ("head", "body", "says"),
    [
        ("import os\nCALLS = []\n", DIES, "the process ended"),
        ("import time\n", SLEEPS, "time of the whole submission is used up"),
    ],
    ids=["dies at every second call", "sleeps just below the limit"],
)
def test_who_costs_restarts_or_time_loses_points(
    evaluator: Evaluator, head: str, body: str, says: str
) -> None:
    known = exercises()["receptive_field"]
    box = Sandbox(TIER, slot=8, limits=Limits(wall=1.5, total=2.0))
    with Worker(cells(head + body), box) as worker:
        report = run(known, Remote("receptive_field", worker, evaluator), hidden=True)
        assert worker.starts < 5
    assert report.earned < known.points
    assert "grader error" not in {o.status for o in report.outcomes}
    assert says in str(report)


def answering(reply: str) -> str:
    """Return a submission that answers the grader itself, in place of the worker."""
    return (
        "import json, os, sys\nfrom nnds.grading.isolate.worker import main, wire\n"
        "def packed(header, arrays=(), was=wire.packed):\n"
        f"    return {reply}\n"
        "main.packed = sys.modules['__main__'].packed = packed\n"
        "import gc\nfor d in gc.get_objects():\n"
        "    if type(d) is dict and d.get('packed') is wire.packed:\n"
        "        d['packed'] = packed\n" + LIGHT
    )


@pytest.mark.parametrize(
    "reply",
    [
        "was({**header, 'problems': None}, arrays)",
        pytest.param(
            "was({**header, 'problems': [None, {'a': 1}] * 9999}, arrays)",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            "was({**header, 'kind': ['ok'], 'text': {}}, arrays)",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            "was({**header, 'kind': None}, arrays)", marks=pytest.mark.nightly
        ),
        "was({'kind': 'ok'}, arrays)",
        pytest.param("was(header, arrays) * 2", marks=pytest.mark.nightly),
        pytest.param("was(header, arrays) + b'more'", marks=pytest.mark.nightly),
        "was(header, arrays)[:-1]",
        pytest.param("was(header, [])", marks=pytest.mark.nightly),
        pytest.param("was(header, [*arrays] * 50)", marks=pytest.mark.nightly),
        pytest.param("b''", marks=pytest.mark.nightly),
        pytest.param("(2).to_bytes(4, 'big') + b'[]'", marks=pytest.mark.nightly),
        "(4).to_bytes(4, 'big') + b'null'",
    ],
)
def test_false_answers_are_the_students_errors(
    evaluator: Evaluator, reply: str
) -> None:
    known = exercises()["receptive_field"]
    box = Sandbox(TIER, slot=8, limits=Limits(wall=1.5, total=4.0))
    with Worker(cells(answering(reply)), box) as worker:
        report = run(known, Remote("receptive_field", worker, evaluator), hidden=True)
    assert "grader error" not in {o.status for o in report.outcomes}, f"\n{report}"


def test_an_error_names_the_students_line(evaluator: Evaluator) -> None:
    source = "\n\ndef receptive_field(k, s, r):\n    return 1 + k.sum() / w\n"
    (report,) = graded(source, evaluator, "receptive_field")
    assert (
        "The name `w` is not defined (line 4: return 1 + k.sum() / w)"
        in report.sentence
    )


# A folder ----------------------------------------------------------------------


@pytest.fixture
def plan() -> Plan:
    known = exercises()
    return Plan(exercises=[known["receptive_field"]], seed=1, tier=TIER)


def test_a_folder_is_graded_resumed_and_regraded(tmp_path: Path, plan) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "bob").mkdir(parents=True)
    (folder / "ann.py").write_text(LIGHT)
    (folder / "bob" / "first.py").write_text(LIGHT.replace("*", "+"))
    (folder / "bob" / "last.ipynb").write_text(notebook(LIGHT))
    (folder / "eve.py").write_text("x = 1")
    (folder / ".hidden.py").write_text(LIGHT)
    seen: list[str] = []

    def grade():
        seen.clear()
        return folders.grade_folder(
            folder, plan, out, jobs=2, done=lambda r: seen.append(r["file"])
        )

    records = {r["file"]: r for r in grade()}
    earned = {name: (r["earned"], r["counts"]) for name, r in records.items()}
    assert earned == {
        "ann.py": (6, True),
        "bob/first.py": (0, False),
        "bob/last.ipynb": (6, True),
        "eve.py": (0, True),
    }
    assert "one of 2 submissions" in records["bob/first.py"]["problems"][-1]
    assert "it defines none of" in records["eve.py"]["problems"][0]
    files = sorted((out / "records").iterdir())
    before = {f: (f.stat().st_mtime_ns, f.read_bytes()) for f in files}
    assert len(seen) == 4
    grade()
    assert {f: (f.stat().st_mtime_ns, f.read_bytes()) for f in files} == before
    files[0].write_text("{")  # as a machine that lost its power leaves it
    assert {r["file"]: r["earned"] for r in grade()}["ann.py"] == 6
    assert {f: f.read_bytes() for f in files} == {f: b for f, (_, b) in before.items()}


def test_a_record_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "a.json"
    folders.write(file, "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folders.write(file, "new")
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_folders_without_exercises_say_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no submission"):
        listing.planned(exercises(), tmp_path)
    (tmp_path / "ann.py").write_text(LIGHT)
    with pytest.raises(ValueError, match="topic poetry"):
        listing.planned(exercises(), tmp_path, ["poetry"])
    with pytest.raises(ValueError, match="is none"):
        listing.submissions(tmp_path / "nowhere")


def pytest_of(*args: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "nnds.grading.pytest_plugin"]
    command += ["-p", "no:nnds", "-p", "no:cacheprovider", "-rA", "-c", os.devnull]
    return subprocess.run(
        [*command, *args],
        cwd=tempfile.gettempdir(),  # beside no conftest.py
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_plugin_makes_a_test_of_every_check(tmp_path: Path) -> None:
    path = tmp_path / "ann.py"
    path.write_text(LIGHT)
    done = pytest_of("--nnds-submission", str(path), "--nnds-seed", "1")
    count = sum(len(e.checks) for e in exercises().values() if e.topic == "conv")
    assert f"{count - 4} failed, 4 passed" in done.stdout, done.stdout
    assert "PASSED" in done.stdout
    assert "missing" in done.stdout
    missing = pytest_of("--nnds-submission", str(tmp_path / "no.py"))
    assert missing.returncode != 0
