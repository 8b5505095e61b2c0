"""The walls around a worker: which there are on this machine, and how to ask for them.

Tiers, from the most to the least: 3, Linux as root with bubblewrap: private process,
network, IPC and host namespaces, a real user of its own, seccomp, rlimits, a cgroup.
2, Linux as a user with bubblewrap: the same, without the cgroup and in a user
namespace. 1, Linux without namespaces: Landlock and a stricter seccomp. 0, everything
else: a process with limits, for one's own submissions only.
"""

import functools
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

import nnds
from nnds.grading.worker import landlock

GRADING = Path(__file__).parent
PACKAGE = Path(nnds.__path__[0])
BOOT = GRADING / "worker" / "boot.py"
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
SEEN = (
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu"),
    *("/dev/null", "/dev/zero", "/dev/urandom", "/etc/localtime"),
)
FIRST_UID = 61_000  # up to 64 839: free on the systems that we know


@dataclass(frozen=True)
class Limits:
    """What a worker may use. Memory below 1.5 GB aborts JAX at its start.

    seconds: of processor time, for one submission. wall: of one call. start: of the
    import of JAX, before any code of a student runs.
    """

    memory: int = 4 << 30
    seconds: int = 120
    wall: float = 30.0
    start: float = 120.0
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
    cache: a JAX compilation cache, read but not written.
    fill: whether it may be written at tier 0: for trusted code only.
    """

    tier: int
    slot: int = 0
    hidden: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    cache: Path | None = None
    fill: bool = False

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
        told: dict[str, Any] = {
            "module": module,
            "path": _paths(),
            "limits": self.limits.rlimits(),
            "uid": self.uid,
            "walls": None,
        }
        if self.tier < 2 or (self.tier == 2 and not _counts_in_namespaces()):
            told["limits"]["NPROC"] = _threads() + 4 * self.limits.processes
        if self.tier == 1:
            readable, listed = _granted(self.hidden, self.cache)
            told["walls"] = {"readable": readable, "listed": listed}
            told["walls"] |= {
                "writable": [str(folder), "/dev/null"],
                "seccomp": seccomp,
            }
        start = [_python(), "-I", "-S", str(BOOT), json.dumps(told)]
        if self.tier < 2:
            return start
        walls = _walls(self.tier, self.hidden, self.cache)
        if seccomp is not None:
            walls += ["--seccomp", str(seccomp)]
        return [*walls, "--", *start]

    def environment(self, folder: Path | None = None) -> dict[str, str]:
        """Return the variables of the worker: none of the grader's."""
        home = str(folder or "/tmp")
        told = {
            "HOME": home,
            "TMPDIR": home,
            "PATH": "/usr/bin:/bin",
            "GRADER": str(os.getpid()),  # whose it is, if one should ever survive
            "LANG": "C.UTF-8",
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": "1",
        }
        # at tier 0 it could be written
        if self.cache is not None and (self.tier or self.fill):
            told |= {
                "JAX_COMPILATION_CACHE_DIR": str(self.cache),
                "JAX_PERSISTENT_CACHE_ENABLE_XLA_CACHES": "none",
                "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            }
        if os.name == "nt":
            told["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
        return told


@functools.cache
def best_tier() -> int:
    """Return the highest tier that works on this machine."""
    if not sys.platform.startswith("linux"):
        return 0
    if shutil.which("bwrap"):
        tier = 3 if os.geteuid() == 0 else 2
        trial = [*_walls(tier, (), None), "--", "/bin/true"]
        done = subprocess.run(trial, capture_output=True, timeout=20, check=False)
        if done.returncode == 0:
            return tier
    return 1 if landlock.version() and importlib.util.find_spec("pyseccomp") else 0


def _granted(hidden: Iterable[str], cache: Path | None) -> tuple[list[str], list[str]]:
    """Return what tier 1 may read, and the folders of which it may see the names.

    A tree with holes is granted by its branches: Landlock knows no exceptions.
    """
    holes = {PACKAGE / "exercises", GRADING, PACKAGE / "_notebooks", *_files(hidden)}
    holes.add(PACKAGE / "__pycache__")  # what is hidden lies there too, compiled
    roots = [Path(p) for p in (*SYSTEM, *SEEN, sys.base_prefix, *_site_packages())]
    roots += [PACKAGE, *([cache] if cache else [])]
    readable = [str(GRADING / "worker")]
    listed = [str(PACKAGE.parent)]
    left = [root for root in roots if root.exists()]
    while left:
        path = left.pop()
        if path in holes:
            continue
        if any(path in hole.parents for hole in holes):
            listed.append(str(path))
            left += path.iterdir()
        else:
            readable.append(str(path))
    return sorted(readable), sorted(listed)


def _files(modules: Iterable[str]) -> Iterator[Path]:
    """Return the files of those modules that are of this package."""
    for module in modules:
        file = PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
        if module.startswith("nnds.") and file.exists():
            yield file


def _walls(tier: int, hidden: Iterable[str], cache: Path | None) -> list[str]:
    apart = (
        ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        if tier == 3
        else ["--unshare-all", "--hostname", "worker"]
    )
    caps = ["--cap-drop", "ALL"]
    if tier == 3:  # to become another user; gone with it
        caps += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    walls = ["bwrap", *apart, *caps, "--die-with-parent", "--new-session"]
    # first, since Python, the package or the cache may lie below it
    walls += ["--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/tmp"]
    shown = [Path(p) for p in SYSTEM if Path(p).exists()]
    shown += [Path(sys.base_prefix), *map(Path, _site_packages()), PACKAGE]
    for parent in _parents(shown):  # bwrap makes them 0700 for root
        walls += ["--perms", "0755", "--dir", str(parent)]
    for path in shown:
        if path.is_symlink():
            walls += ["--symlink", os.readlink(path), str(path)]
        else:
            walls += ["--ro-bind", str(path), str(path)]
    walls += ["--perms", "0755", "--tmpfs", str(PACKAGE / "exercises")]
    walls += ["--perms", "0755", "--tmpfs", str(GRADING)]
    worker = str(GRADING / "worker")
    walls += ["--ro-bind", worker, worker]
    for file in _files(hidden):
        walls += ["--ro-bind", "/dev/null", str(file)]
    # the notebooks of a wheel; and what is hidden, compiled
    for folder in (PACKAGE / "_notebooks", PACKAGE / "__pycache__"):
        if folder.exists():
            walls += ["--perms", "0755", "--tmpfs", str(folder)]
    walls += ["--proc", "/proc", "--dev", "/dev", "--chdir", "/tmp"]
    if cache is not None:
        for parent in _parents([cache]):
            walls += ["--perms", "0755", "--dir", str(parent)]
        walls += ["--ro-bind", str(cache), str(cache)]
    return walls


def _parents(paths: Iterable[Path]) -> list[Path]:
    every = {parent for path in paths for parent in path.parents}
    return sorted(every - {Path("/")}, key=lambda p: len(p.parts))


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


@functools.cache
def _site_packages() -> tuple[str, ...]:
    """Return the folders of installed packages, with no checkout among them."""
    folders = [
        p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")
    ]
    return tuple(dict.fromkeys(folders))


def _paths() -> list[str]:
    return [*_site_packages(), str(PACKAGE.parent)]
