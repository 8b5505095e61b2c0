"""The walls around a worker: which there are on this machine, and how to ask for them.

Tiers, from the most to the least: 3, Linux as root with bubblewrap: private process,
network, IPC and host namespaces, a real user of its own, seccomp, rlimits, a cgroup.
2, Linux as a user with bubblewrap: the same, without the cgroup and in a user
namespace. 1, Linux without namespaces: Landlock and a stricter seccomp. 0, everything
else: a process with limits, for one's own submissions only.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from nnds.grading.isolate import libseccomp
from nnds.grading.isolate.walls import (
    PACKAGE,
    WORKER,
    barred,
    granted,
    mounted,
    site_packages,
)
from nnds.grading.isolate.worker import landlock

BOOT = WORKER / "boot.py"
FIRST_UID = 61_000  # up to 64 839: free on the systems that we know


@dataclass(frozen=True)
class Limits:
    """What a worker may use. Memory below 1.5 GB aborts JAX at its start.

    seconds: of processor time, for one process; statement: for one statement of the
    file, such as a training; call: for one call of a function; program: for one
    exported program. wall: on the clock, for one call; total: for all that a process is
    asked, however often it is restarted. start: of the import of JAX, before any code
    of a student runs.
    """

    memory: int = 4 << 30
    seconds: int = 120
    statement: float = 5.0
    call: float = 10.0
    wall: float = 45.0
    total: float = 120.0
    start: float = 120.0
    program: int = 20
    processes: int = 96
    file: int = 16 << 20

    def rlimits(self) -> dict[str, int]:
        return {
            "AS": self.memory,
            "CPU": self.seconds,
            "NPROC": self.processes,
            "FSIZE": self.file,
            "NOFILE": 256,
            "CORE": 0,
        }


@dataclass(frozen=True)
class Sandbox:
    """How to start one worker.

    slot: which of the parallel workers it is. hidden: modules it must not see, dotted.
    """

    tier: int
    slot: int = 0
    hidden: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def uid(self) -> int | None:
        """The user that the worker becomes: another for each, as processes are counted
        for users. Two graders at once share one in 60.
        """
        if self.tier < 3:
            return None
        return FIRST_UID + os.getpid() % 60 * 64 + self.slot % 64

    def command(
        self, module: str, seccomp: int | None, folder: Path | None = None
    ) -> list[str]:
        """Return the arguments that start `module`.

        `seccomp` is an open filter, `folder` what it may write to below tier 2.
        """
        orders: dict[str, Any] = {
            "module": module,
            "path": _paths(),
            "limits": self.limits.rlimits(),
            "uid": self.uid,
            "walls": None,
        }
        if self.tier < 2 or (self.tier == 2 and not _counts_in_namespaces()):
            orders["limits"]["NPROC"] = _threads() + 4 * self.limits.processes
        if self.tier == 1:
            readable, listed = granted(self.hidden)
            orders["walls"] = {"readable": readable, "listed": listed}
            orders["walls"] |= {
                "writable": [str(folder), "/dev/null"],
                "seccomp": seccomp,
            }
        start = [_python(), "-I", "-S", str(BOOT), json.dumps(orders)]
        if self.tier < 2:
            return start
        walls = mounted(self.tier, self.hidden)
        if seccomp is not None:
            walls += ["--seccomp", str(seccomp)]
        return [*walls, "--", *start]

    def environment(self, folder: Path | None = None) -> dict[str, str]:
        """Return the variables of the worker: none of the grader's."""
        home = str(folder or "/tmp")
        variables = {
            "HOME": home,
            "TMPDIR": home,
            "PATH": "/usr/bin:/bin",
            "GRADER": str(os.getpid()),  # whose it is, if one should ever survive
            "LANG": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": "1",
        }
        if os.name == "nt":
            variables["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
        return variables


@functools.cache
def best_tier() -> int:
    """Return the highest tier that works on this machine.

    That is tried with Python and all that its start needs. Where it fails since a file
    cannot be read, the tier stays, and `isolate.trial` names the file.
    """
    if not sys.platform.startswith("linux"):
        return 0
    if shutil.which("bwrap"):
        tier = 3 if os.geteuid() == 0 else 2
        box = Sandbox(tier)
        start = box.command("platform", None)  # of Python itself: it prints, and ends
        if _ends_well(start) or (
            barred(box.uid) and _ends_well([*mounted(tier, ()), "--", "/bin/true"])
        ):
            return tier
    return 1 if landlock.version() and libseccomp.library() else 0


def _ends_well(command: Sequence[str]) -> bool:
    done = subprocess.run(command, capture_output=True, timeout=20, check=False)
    return done.returncode == 0


def _python() -> str:
    """Return the interpreter itself: a virtual environment only points at it."""
    return os.path.realpath(sys.executable)


def _counts_in_namespaces() -> bool:
    """Return whether NPROC counts the worker alone, and not all that the user runs."""
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return release is not None and tuple(map(int, release.groups())) >= (5, 14)


def _threads() -> int:
    """Return how many threads the user of this process runs."""
    count, name = 0, psutil.Process().username()
    for process in psutil.process_iter(["username", "num_threads"]):
        if process.info["username"] == name:
            count += process.info["num_threads"] or 0
    return count


def _paths() -> list[str]:
    return [*site_packages(), str(PACKAGE.parent)]
