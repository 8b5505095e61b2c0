"""A process at the other end of the wire, with a deadline for every answer."""

import contextlib
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnds.grading.isolate.cgroup import Group
from nnds.grading.isolate.leftovers import room
from nnds.grading.isolate.sandbox import Sandbox
from nnds.grading.isolate.seccomp import filter_file
from nnds.grading.isolate.watchdog import Watchdog
from nnds.grading.isolate.worker.wire import BadFrame, packed, unpacked


class Gone(Exception):
    """No answer: `kind` is that of a `Failure`, the message is for the student."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Process:
    """One worker or evaluator; `with` kills it at the end, and its children with it."""

    def __init__(self, sandbox: Sandbox, module: str) -> None:
        self.wall, self.ended = sandbox.limits.wall, False
        group = Group.create(sandbox)
        bpf = filter_file(alone=sandbox.tier > 1) if sandbox.tier else None
        below = sandbox.tier < 2  # there is no /tmp of its own
        place = room() if sandbox.tier != 2 else None
        self.folder = Path(tempfile.mkdtemp(dir=place)) if below else None
        command = sandbox.command(module, bpf, self.folder)
        try:
            self.popen = subprocess.Popen(
                group.entering(command) if group else command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # whatever is printed is dropped, unread
                env=sandbox.environment(self.folder),
                cwd="/",
                pass_fds=(bpf,) if bpf is not None else (),
                start_new_session=True,
                close_fds=True,
            )
        finally:
            if bpf is not None:
                os.close(bpf)
        self.group = group or Watchdog(self.popen, sandbox.limits.memory)
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.inbox, self.outbox = self.popen.stdout, self.popen.stdin
        os.set_blocking(self.inbox.fileno(), False)
        os.set_blocking(self.outbox.fileno(), False)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    def ask(
        self,
        header: Mapping[str, Any],
        arrays: Sequence[np.ndarray] = (),
        wall: float | None = None,
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Return the answer to one request; no answer, or a false one, raises Gone.

        The process is dead afterwards in that case. `wall` is another limit in seconds
        than that of a call.
        """
        number = secrets.token_hex(8)  # an answer written in advance cannot know it
        wall = self.wall if wall is None else wall
        deadline = time.monotonic() + wall
        try:
            self._send(packed({**header, "id": number}, arrays), deadline)
            reply, results = unpacked(lambda n: self._receive(n, deadline))
            if reply.pop("id", None) != number:
                raise BadFrame("an answer to no question")
        except BadFrame as error:
            self.kill()
            raise Gone("died", f"its answer was refused: {error}") from error
        except (TimeoutError, EOFError, BrokenPipeError):
            raise self._verdict(deadline, wall) from None
        return reply, results

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            self._wait(self.outbox.fileno(), selectors.EVENT_WRITE, deadline)
            view = view[os.write(self.outbox.fileno(), view) :]

    def _receive(self, count: int, deadline: float) -> bytes:
        parts, left = [], count
        while left:
            self._wait(self.inbox.fileno(), selectors.EVENT_READ, deadline)
            part = os.read(self.inbox.fileno(), min(left, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _wait(self, file: int, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(file, event)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError

    def _verdict(self, deadline: float, wall: float) -> Gone:
        """Return why there was no answer."""
        late = time.monotonic() >= deadline
        if not late:  # it hung up: give the kernel a moment to say how it ended
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(2)
        status, out_of_memory = self.popen.poll(), self.group.was_full()
        self.kill()
        if out_of_memory:
            return Gone("memory", "out of memory")
        if late:
            return Gone("timeout", f"took longer than {wall:.0f} seconds")
        if status is not None and (status == -signal.SIGXCPU or status == 128 + 24):
            return Gone("timeout", "used up its processor time")
        return Gone("died", "the process ended in the middle of a call")

    def kill(self) -> None:
        """End the process and every child of it. Safe to call twice."""
        if self.ended:
            return
        self.ended = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):  # its orphans too, when it is gone itself
                os.killpg(self.popen.pid, signal.SIGKILL)
            elif self.popen.poll() is None:
                self.popen.kill()
        self.popen.wait()
        for stream in (self.inbox, self.outbox):
            with contextlib.suppress(OSError):
                stream.close()
        self.group.remove()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
