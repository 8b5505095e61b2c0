"""The walls around a worker: which there are on this machine, and how to ask for them.

Tiers, from the most to the least: 3, Linux as root with bubblewrap: private process,
network, IPC and host namespaces, a real user of its own, seccomp, rlimits, a cgroup.
2, Linux as a user with bubblewrap: the same, without the cgroup and in a user
namespace. 0, everything else: a process with limits, for one's own submissions only.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nnds

GRADING = Path(__file__).parent
PACKAGE = Path(nnds.__path__[0])
BOOT = GRADING / "worker" / "boot.py"
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
FIRST_UID = 61_000  # one for each worker, so that processes are counted for each


@dataclass(frozen=True)
class Limits:
    """What a worker may use. Memory below 1.5 GB aborts JAX at its start.

    seconds: of processor time, for one submission. wall: of one call.
    """

    memory: int = 4 << 30
    seconds: int = 120
    wall: float = 30.0
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
    """

    tier: int
    slot: int = 0
    hidden: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    cache: Path | None = None

    def command(self, module: str, seccomp: int | None) -> list[str]:
        """Return the arguments that start `module`; `seccomp` is an open filter."""
        told = {
            "module": module,
            "path": _paths(),
            "limits": self.limits.rlimits(),
            "uid": FIRST_UID + self.slot if self.tier == 3 else None,
        }
        if self.tier == 2:  # counted for the whole user there, not for the worker
            told["limits"].pop("NPROC")
        start = [_python(), "-I", "-S", str(BOOT), json.dumps(told)]
        if self.tier == 0:
            return start
        walls = _walls(self.tier, self.hidden, self.cache)
        if seccomp is not None:
            walls += ["--seccomp", str(seccomp)]
        return [*walls, "--", *start]

    def environment(self) -> dict[str, str]:
        """Return the variables of the worker: none of the grader's."""
        told = {
            "HOME": "/tmp",
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": "1",
        }
        if self.cache is not None:
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
    bwrap = shutil.which("bwrap")
    if not sys.platform.startswith("linux") or bwrap is None:
        return 0
    tier = 3 if os.geteuid() == 0 else 2
    trial = [*_walls(tier, (), None), "--", "/bin/true"]
    done = subprocess.run(trial, capture_output=True, timeout=20, check=False)
    return tier if done.returncode == 0 else 0


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
    for module in hidden:
        file = PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
        if module.startswith("nnds.") and file.exists():
            walls += ["--ro-bind", "/dev/null", str(file)]
    for notebooks in (PACKAGE / "_notebooks",):  # those of a wheel
        if notebooks.exists():
            walls += ["--tmpfs", str(notebooks)]
    walls += ["--proc", "/proc", "--dev", "/dev", "--chdir", "/tmp"]
    size = str(64 << 20)
    walls += ["--perms", "1777", "--size", size, "--tmpfs", "/tmp"]
    if cache is not None:  # after /tmp, where it may be
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


@functools.cache
def _site_packages() -> tuple[str, ...]:
    """Return the folders of installed packages, with no checkout among them."""
    folders = [
        p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")
    ]
    return tuple(dict.fromkeys(folders))


def _paths() -> list[str]:
    return [*_site_packages(), str(PACKAGE.parent)]
