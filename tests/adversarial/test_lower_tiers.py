"""The tiers below the best one of this machine, on the attacks that they withstand."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from adversarial.cases import BATCHES, Case
from adversarial.graded import HERE, SUBMISSIONS, graded, surprises
from nnds.grading.isolate import libseccomp, sandbox, walls
from nnds.grading.isolate.sandbox import Sandbox, best_tier
from nnds.grading.isolate.watchdog import Watchdog, family, together
from nnds.grading.isolate.worker import landlock

LINUX = sys.platform.startswith("linux")
FENCED = LINUX and landlock.version() and libseccomp.library()
ATTACKS = {
    1: (
        *("process/kills_the_parent.py", "process/daemon.py", "process/os_exit.py"),
        *("bombs/memory_of_many.py", "bombs/shared_memory.py", "forge/verdict.py"),
        *(
            f"escape/{name}"
            for name, case in BATCHES["escape"].items()
            if case.tier < 2
        ),
    ),
    2: (
        *("process/daemon.py", "process/kills_the_parent.py", "bombs/forks.py"),
        *("bombs/memory_of_many.py", "escape/reads_the_tests.py"),
        *("escape/looks_at_processes.py", "escape/becomes_root.py"),
    ),
}
# no root, and nothing that would let it become root
AS_NOBODY = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"),
    *("--bounding-set=-all", "--ambient-caps=-all"),
)


def survive(tier: int, root: Path) -> str:
    """Return the surprises of the attacks on one tier, graded below `root`."""
    cases = {"correct.py": Case("all")}
    (root / "in").mkdir()
    shutil.copy(SUBMISSIONS / "plain" / "correct.py", root / "in")
    for name in ATTACKS[tier]:
        batch, file = name.split("/")
        cases[file] = BATCHES[batch][file]
        shutil.copy(SUBMISSIONS / name, root / "in")
    return surprises(graded(root, tier, wall=20.0, hidden=False), cases)


@pytest.mark.skipif(not FENCED, reason="this kernel has no Landlock, or no seccomp")
def test_without_namespaces_landlock_and_seccomp_hold(tmp_path: Path) -> None:
    assert not (wrong := survive(1, tmp_path)), wrong


def python_of_nobody(folder: Path) -> str | None:
    """Return an interpreter that a stranger on this machine could run, or None."""
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (sys.executable, f"/usr/bin/{minor}"):
        code = "import os, sys, jax, nnds, adversarial.test_lower_tiers\n"
        code += "os.stat(os.path.realpath(sys.executable))"
        try:
            if as_nobody(folder, python, "-c", code).returncode == 0:
                return python
        except OSError:
            continue
    return None


def as_nobody(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join([*filter(None, sys.path), str(HERE.parent)])
    env = {"PYTHONPATH": path, "HOME": str(folder), "PATH": os.defpath}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "JAX_PLATFORMS": "cpu"}
    return subprocess.run(
        [*AS_NOBODY, *command],
        env=env,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_without_root_namespaces_of_a_user_hold() -> None:
    if not LINUX or shutil.which("setpriv") is None or os.geteuid() != 0:
        pytest.skip("only root on Linux can become another user for a test")
    # the folders of pytest are closed to others
    folder = Path(tempfile.gettempdir(), f"nnds-nobody-{os.getpid()}")
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    try:
        python = python_of_nobody(folder)
        if python is None:
            pytest.skip("the packages lie where another user cannot read them")
        code = (
            "import sys, pathlib\n"
            "from adversarial.test_lower_tiers import best_tier, survive\n"
            "print('tier', best_tier())\n"
            "print(survive(2, pathlib.Path(sys.argv[1])) if best_tier() == 2 else '')"
        )
        done = as_nobody(folder, python, "-c", code, str(folder))
    finally:
        shutil.rmtree(folder)
    if "tier 2" not in done.stdout and done.returncode == 0:
        pytest.skip(f"a user cannot make namespaces here: {done.stdout}")
    assert done.stdout.split() == ["tier", "2"], done.stdout + done.stderr


GRADER = """
import sys, time
from nnds.grading.isolate.process import Process
from nnds.grading.isolate.sandbox import Sandbox

process = Process(Sandbox(int(sys.argv[1])), "nnds.grading.isolate.worker.main")
cell = ["a", "x = 1", [0]]
process.ask({"op": "load", "cell": cell, "hidden": [], "seconds": 9})
print(process.popen.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(not FENCED, reason="this kernel has no Landlock, or no seccomp")
@pytest.mark.parametrize("tier", sorted({1, best_tier()}))
def test_a_grader_that_is_killed_leaves_nothing(tmp_path: Path, tier: int) -> None:
    grader = subprocess.Popen(
        [sys.executable, "-c", GRADER, str(tier)],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    )
    assert grader.stdout is not None
    worker = psutil.Process(int(grader.stdout.readline()))
    groups = f"nnds-{grader.pid}-*"
    places = [(tmp_path, "**/*")]
    places += [(Path("/sys/fs/cgroup", d), groups) for d in ("memory", "")]

    def left() -> list[Path]:
        return [file for place, glob in places for file in place.glob(glob)]

    def alive() -> bool:
        try:
            return worker.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    assert tier == 2 or left()
    assert alive()
    grader.kill()
    grader.wait()
    grader.stdout.close()
    deadline = time.monotonic() + 60
    while (left() or alive()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left() == []
    assert not alive()


def test_the_best_tier_is_chosen_when_it_is_needed(monkeypatch) -> None:
    best_tier.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert best_tier() == (1 if FENCED else 0)
    best_tier.cache_clear()
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert best_tier() == 0
    best_tier.cache_clear()
    monkeypatch.undo()
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    assert best_tier() == 0
    best_tier.cache_clear()


@pytest.mark.skipif(not LINUX, reason="tier 1 is of Linux")
def test_what_is_hidden_is_not_granted() -> None:
    readable, listed = walls.granted(["nnds.conv"])
    package = walls.PACKAGE
    for secret in ("conv.py", "exercises/dense/swish.py", "grading/engine.py"):
        above = {str(p) for p in (package / secret, *(package / secret).parents)}
        assert not above & set(readable), secret
    assert str(package / "dense.py") in readable
    assert str(package) in listed


HOG = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        data = bytearray(b'1') * (80 << 20)
        time.sleep(60)
print('ready', flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(("limit", "killed"), [(200 << 20, True), (2 << 30, False)])
def test_the_watchdog_counts_the_children(limit: int, killed: bool) -> None:
    popen = subprocess.Popen(
        [sys.executable, "-c", HOG], stdout=subprocess.PIPE, start_new_session=True
    )
    dog = Watchdog(popen, limit)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and popen.poll() is None:
            if together(family(popen.pid)) > 230 << 20:  # all are there, and alive
                break
            time.sleep(0.05)
        if killed:
            popen.wait(10)
        else:
            time.sleep(0.3)
            assert popen.poll() is None
        assert dog.was_full() is killed
    finally:
        everyone = family(popen.pid)
        dog.remove()
        for process in everyone:
            process.kill()
        popen.wait()
        assert popen.stdout is not None
        popen.stdout.close()
    assert not psutil.wait_procs(everyone, timeout=10)[1]


def test_the_lowest_tier_still_grades_and_cleans_up(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(SUBMISSIONS / "plain" / "correct.py", tmp_path / "in")
    (record,) = graded(tmp_path, 0, wall=20.0, hidden=True).values()
    assert record["earned"] == record["points"]
    assert Sandbox(0).uid is None
