"""A memory limit on a worker and its children together, where the kernel offers one.

An rlimit counts one process and no shared memory; a control group counts all.
"""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnds.grading.isolate.sandbox import Sandbox

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Group:
    """One folder under the memory controller, of version 1 or 2."""

    folder: Path
    version: int

    @classmethod
    def create(cls, sandbox: Sandbox) -> "Group | None":
        """Return a new group with the limit of the sandbox, or None below tier 3."""
        if sandbox.tier < 3:
            return None
        name = f"nnds-{os.getpid()}-{sandbox.slot}-{time.monotonic_ns()}"
        for version, root in ((1, ROOT / "memory"), (2, ROOT)):
            _sweep(root)
            limit = "memory.limit_in_bytes" if version == 1 else "memory.max"
            try:
                (root / name).mkdir()
            except OSError:
                continue
            try:
                (root / name / limit).write_text(str(sandbox.limits.memory))
                return cls(root / name, version)
            except OSError:
                (root / name).rmdir()
        return None

    def entering(self, command: Sequence[str]) -> list[str]:
        """Return the command, preceded by its entry into the group."""
        script = 'echo $$ > "$0" && exec "$@"'
        return ["/bin/sh", "-c", script, str(self.folder / "cgroup.procs"), *command]

    def was_full(self) -> bool:
        """Return whether the kernel killed a process here for want of memory."""
        file = "memory.oom_control" if self.version == 1 else "memory.events"
        with contextlib.suppress(OSError, ValueError):
            lines = (self.folder / file).read_text().splitlines()
            counts = dict(line.split() for line in lines)
            return int(counts.get("oom_kill", 0)) > 0
        return False

    def remove(self) -> None:
        """Kill what is left in the group and remove it."""
        for _ in range(50):
            with contextlib.suppress(OSError, ValueError):
                for pid in (self.folder / "cgroup.procs").read_text().split():
                    os.kill(int(pid), 9)
            try:
                self.folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.02)


def _sweep(root: Path) -> None:
    """Remove the groups of graders that were killed; the kernel emptied them."""
    for folder in root.glob("nnds-*-*-*"):
        owner = folder.name.split("-")[1]
        if not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()
