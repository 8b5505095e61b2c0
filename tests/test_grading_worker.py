"""The isolated worker: what it answers, what it survives, what it cannot see."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from exercises.conv import solutions

from nnds.grading import grade as grading
from nnds.grading.engine import run
from nnds.grading.ingest import Refused, read
from nnds.grading.load import exercises
from nnds.grading.remote import Evaluator, Remote, Worker
from nnds.grading.sandbox import Limits, Sandbox, best_tier
from nnds.grading.worker.wire import ARRAY_LIMIT, BadFrame, packed, unpacked

SOLUTIONS = Path(solutions.__file__)
TIER = best_tier()
isolated = pytest.mark.skipif(TIER < 2, reason="no bubblewrap on this machine")


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


def notebook(*sources: str, ids: tuple[str, ...] = ()) -> str:
    cells = [
        {"cell_type": "code", "source": s.splitlines(keepends=True)} for s in sources
    ]
    for cell, name in zip(cells, ids, strict=False):
        cell["id"] = name
    return json.dumps({"cells": cells, "nbformat": 4})


def test_a_notebook_gives_imports_definitions_and_what_stands_beside(tmp_path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(
        notebook(
            "%pip install x\n!rm -rf /\nimport math\nprint('hello')\nsize = 3\n"
            "model = train()",
            "%%bash\nrm -rf /",
            "scale = math.pi\n@f\ndef conv2d(x, k):\n    return x",
            "def broken(",
            ids=("one", "one"),
        )
    )
    found = read(path, ["conv2d"])
    sources = [s for _, _, s in found.statements]
    assert sources == [
        *("import math", "size = 3", "scale = math.pi"),
        "@f\ndef conv2d(x, k):\n    return x",
    ]
    assert [line for _, line, _ in found.statements] == [3, 5, 1, 2]
    assert {"conv2d", "size", "scale"} <= found.defined
    assert any("the id of another cell" in p for p in found.problems)
    assert any("cell 4, line 1: syntax error" in p for p in found.problems)


def test_files_that_cannot_be_graded_say_why(tmp_path: Path, monkeypatch) -> None:
    def refusal(name: str, make) -> str:
        make(tmp_path / name)
        with pytest.raises(Refused) as caught:
            read(tmp_path / name, [])
        return str(caught.value)

    assert "not a notebook" in refusal("a.ipynb", lambda p: p.write_text("{"))
    assert "not a notebook" in refusal("b.ipynb", lambda p: p.write_text("[1]"))
    assert "UTF-8" in refusal("c.py", lambda p: p.write_bytes(b"\xff\xfe\x00"))
    assert "symbolic" in refusal("d.py", lambda p: p.symlink_to("/etc/passwd"))
    assert "regular" in refusal("e.py", lambda p: p.mkdir())
    assert "regular" in refusal("f.py", os.mkfifo)

    def huge(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(500 << 20)

    assert "500 MB" in refusal("g.ipynb", huge)
    deep = "[" * 100_000
    assert "not a notebook" in refusal("h.ipynb", lambda p: p.write_text(deep))


# The worker --------------------------------------------------------------------


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    with Evaluator(Sandbox(TIER, slot=9)) as evaluator:
        yield evaluator


def graded(source: str, evaluator: Evaluator, *names: str, wall: float = 20.0):
    known = exercises()
    box = Sandbox(TIER, slot=8, hidden=("nnds.conv",), limits=Limits(wall=wall))
    with Worker([("answer.py", 1, source)], box) as worker:
        return [
            run(known[n], Remote(n, worker, evaluator), seed=3, hidden=True)
            for n in names
        ]


def test_a_solution_has_all_points_in_the_sandbox(evaluator: Evaluator) -> None:
    source = SOLUTIONS.read_text()
    for report in graded(source, evaluator, "circular_conv", "receptive_field"):
        assert report.passed, f"\n{report}"


LIGHT = """
def separable_count(i, j, d, c):
    return i * j * d + d * c
"""


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("while True: pass", "timeout"),
        ("import time; time.sleep(100)", "timeout"),
        ("import os; os._exit(0)", "died"),
        ("import ctypes; ctypes.string_at(0)", "died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died"),
        ("raise SystemExit(0)", "error"),
        ("raise KeyboardInterrupt", "died"),
        ("return undefined", "error"),
        ("raise NotImplementedError", "not implemented"),
    ],
)
def test_a_call_that_fails_takes_no_other_with_it(
    evaluator: Evaluator, body: str, kind: str
) -> None:
    source = f"def receptive_field(kernel, stride, dilation):\n    {body}\n{LIGHT}"
    bad, good = graded(
        source, evaluator, "receptive_field", "separable_count", wall=6.0
    )
    assert bad.earned == 0
    found = bad.rows[0].finding
    assert found is not None
    assert found.failure is not None
    assert found.failure.kind == kind
    assert good.passed, f"\n{good}"


def test_an_error_names_the_students_line(evaluator: Evaluator) -> None:
    source = "\n\ndef separable_count(i, j, d, c):\n    return i * j * e + d * c\n"
    (report,) = graded(source, evaluator, "separable_count")
    assert "line 4: return i * j * e + d * c" in repr(report)


@pytest.mark.parametrize(
    "forgery",
    [
        # a verdict, written to every open file
        "for f in range(3, 64):\n        try: os.write(f, b'passed' * 100)\n"
        "        except OSError: pass",
        # an answer in advance, in the right form
        "import json\n    t = json.dumps({'kind': 'ok', 'id': '0', 'arrays': "
        "[]}).encode()\n    for f in range(3, 64):\n"
        "        try: os.write(f, len(t).to_bytes(4, 'big') + t)\n"
        "        except OSError: pass",
    ],
)
def test_a_forged_answer_earns_nothing(evaluator: Evaluator, forgery: str) -> None:
    source = f"import os\ndef separable_count(i, j, d, c):\n    {forgery}\n    return 0"
    (report,) = graded(source, evaluator, "separable_count", wall=6.0)
    assert report.earned == 0
    found = report.rows[0].finding
    assert found is not None
    assert found.failure is not None
    assert found.failure.kind == "died"
    assert "refused" in found.problem


def test_evil_results_are_compared_as_bytes(evaluator: Evaluator) -> None:
    source = """
import numpy as np
class Evil(np.ndarray):
    def __eq__(self, other): return True
    def __array_function__(self, *args, **kwargs): return True
class Same(int):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
np.allclose = np.array_equal = lambda *a, **k: True
def separable_count(i, j, d, c): return np.zeros(()).astype(int).view(Evil)
def receptive_field(kernel, stride, dilation): return Same(3)
"""
    for report in graded(source, evaluator, "separable_count", "receptive_field"):
        assert report.earned == 0, f"\n{report}"


# What the worker tries from inside, and what must come of it. Each returns text.
PROBES = {
    "tests and exercises": """
    import glob, nnds
    root = nnds.__path__[0]
    found = glob.glob(root + '/exercises/*') + glob.glob(root + '/grading/*.py')
    return found + [p for p in glob.glob(root + '/../*') if not p.endswith('nnds')]""",
    "the topic under test": """
    try:
        from nnds.conv import conv2d
    except ImportError:
        return ''
    return 'imported'""",
    "network": """
    import socket
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        try: socket.socket(family); return str(family)
        except OSError: pass
    lines = open('/proc/net/dev').read().splitlines()[2:]
    return [s for s in lines if not s.strip().startswith('lo:')]""",
    "other processes": """
    import os
    seen = [int(p) for p in os.listdir('/proc') if p.isdigit()]
    return [p for p in seen if p > 20]""",
    "memory of process 1": """
    try: open('/proc/1/mem', 'rb').read(1)
    except OSError: return ''
    return 'read'""",
    "environment of the grader": """
    import os
    return [k for k in os.environ if k.startswith(('NNDS', 'PYTEST', 'SECRET'))]""",
    "files outside": """
    import os
    for folder in ('/', '/usr', '/etc', os.path.dirname(os.__file__), '/proc/sys'):
        try: open(os.path.join(folder, 'mark'), 'w'); return folder
        except OSError: pass
    return ''""",
    "privileges": """
    import os
    try: os.setuid(0); return 'root'
    except OSError: pass
    return '' if os.getuid() != 0 or TIER == 2 else 'root'""",
    "namespaces": """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000) == 0: return 'unshare'
    if libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0) == 0: return 'mount'
    if libc.ptrace(0, 0, 0, 0) == 0: return 'ptrace'
    return ''""",
    "frames of the grader": """
    import sys, gc
    names = [n for n in sys.modules if n.startswith(('nnds.exercises', 'pytest'))]
    frame = sys._getframe()
    while frame:
        names += [n for n in frame.f_locals if n in ('expected', 'exercise', 'spec')]
        frame = frame.f_back
    return names""",
}


@isolated
def test_nothing_is_seen_and_nothing_is_open(evaluator: Evaluator, monkeypatch) -> None:
    """Every probe raises what it found, so that it would show in the report."""
    monkeypatch.setenv("SECRET", "1")
    box = Sandbox(TIER, slot=8, hidden=("nnds.conv",))
    source = f"TIER = {TIER}\n" + "".join(
        f"def probe{i}():{body}\ndef show{i}():\n"
        f"    raise ValueError(repr(probe{i}() or 'nothing'))\n"
        for i, body in enumerate(PROBES.values())
    )
    found = {}
    with Worker([("answer.py", 1, source)], box) as worker:
        for i, name in enumerate(PROBES):
            reply, _ = worker.ask(
                {"op": "call", "function": f"show{i}", "args": [], "argnum": 0}
                | {"transform": "none"},
                [],
            )
            found[name] = reply["text"].split(" (line")[0]
    assert found == dict.fromkeys(PROBES, "ValueError: 'nothing'")


@isolated
def test_bombs_are_capped_and_leave_nothing_running(evaluator: Evaluator) -> None:
    bombs = {
        "memory": "return [bytearray(1 << 28) for _ in range(100)]",
        "shared memory": "import mmap\n    m = [mmap.mmap(-1, 1 << 28) for _ in range("
        "100)]\n    for x in m: x[:] = b'1' * len(x)",
        "forks": "import os, time\n    while True:\n"
        "        if os.fork() == 0: time.sleep(60); os._exit(0)",
        "disk": "f = open('/tmp/big', 'wb')\n    while True: f.write(bytes(1 << 20))",
        "daemon": "import os, time\n    if os.fork() == 0:\n        os.setsid()\n"
        "        time.sleep(300)\n    while True: pass",
        "output": "while True: print('x' * 1000)",
    }
    before = workers()
    for name, body in bombs.items():
        source = f"def receptive_field(kernel, stride, dilation):\n    {body}\n{LIGHT}"
        bad, good = graded(
            source, evaluator, "receptive_field", "separable_count", wall=6.0
        )
        assert bad.earned == 0, name
        assert good.passed, f"{name}\n{good}"
    assert workers() <= before


def workers() -> set[str]:
    """Return the processes that run as users of the sandbox."""
    done = subprocess.run(
        ["ps", "-eo", "uid=,pid="], capture_output=True, text=True, check=True
    )
    lines = (line.split() for line in done.stdout.splitlines())
    return {pid for uid, pid in lines if int(uid) == 61_008}


# A folder ----------------------------------------------------------------------


@pytest.fixture
def plan() -> grading.Plan:
    known = exercises()
    return grading.Plan(exercises=[known["separable_count"]], seed=1, tier=TIER)


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
        return grading.grade_folder(
            folder, plan, out, jobs=2, done=lambda r: seen.append(r["file"])
        )

    records = {r["file"]: r for r in grade()}
    earned = {name: (r["earned"], r["counts"]) for name, r in records.items()}
    assert earned == {
        "ann.py": (5, True),
        "bob/first.py": (0, False),
        "bob/last.ipynb": (5, True),
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
    assert {r["file"]: r["earned"] for r in grade()}["ann.py"] == 5
    assert {f: f.read_bytes() for f in files} == {f: b for f, (_, b) in before.items()}


def test_a_record_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "a.json"
    grading.write(file, "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        grading.write(file, "new")
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_folders_without_exercises_say_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no submission in"):
        grading.planned(exercises(), tmp_path, None)
    with pytest.raises(ValueError, match="lecture 99"):
        grading.planned(exercises(), tmp_path, 99)
    with pytest.raises(ValueError, match="is none"):
        grading.submissions(tmp_path / "nowhere")


def pytest_of(*args: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "nnds.grading.pytest_plugin"]
    command += ["-p", "no:nnds", "-p", "no:cacheprovider", "-rA", "-c", os.devnull]
    return subprocess.run(
        [*command, *args], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_plugin_makes_a_test_of_every_check(tmp_path: Path) -> None:
    path = tmp_path / "ann.py"
    path.write_text(LIGHT)
    done = pytest_of("--nnds-submission", str(path), "--nnds-seed", "1")
    count = sum(len(e.checks) for e in exercises().values() if e.lecture == 7)
    assert f"{count - 3} failed, 3 passed" in done.stdout, done.stdout
    assert "PASSED" in done.stdout
    assert "missing" in done.stdout
    missing = pytest_of("--nnds-submission", str(tmp_path / "no.py"))
    assert missing.returncode != 0
