"""The student's function in a sandboxed process, and its program in another one."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from nnds.checks.calling import Failure, Program, Transform, shaped_by
from nnds.grading.isolate.process import Gone, Process
from nnds.grading.isolate.sandbox import Sandbox
from nnds.grading.isolate.worker.wire import with_places

WORKER = "nnds.grading.isolate.worker.main"
EVALUATOR = "nnds.grading.isolate.worker.evaluate"
# what a table of the student raises when an earlier call under jit wrote in it
TRACER_LEFT_BEHIND = "UnexpectedTracerError"
PATIENCE = 2  # time-outs and deaths of one function after which it is not called again


class Worker:
    """The code of one submission, run; restarted when a call kills it.

    cells: (place, source, numbers of the statements to run).
    """

    def __init__(self, cells: Sequence[Sequence[Any]], sandbox: Sandbox) -> None:
        self.cells, self.sandbox = list(cells), sandbox
        self.process: Process | None = None
        self.user: str | None = None  # the function that was called last in it
        self.starts = 0
        self.left = sandbox.limits.total
        self.broken: Gone | None = None  # its code cannot even be run: not once more
        self.problems: list[str] = []
        self.ended: list[str] = []  # what was left out, since it ended the process
        self.forgiven: set[str] = set()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process = None
            self.user = None

    def ask(
        self, header: dict[str, Any], arrays: Sequence[np.ndarray]
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Return an answer of the worker, starting it if need be."""
        if self.process is None:
            self._start()
        before, user = self.user, str(header.get("function"))
        self.user = user
        try:
            reply, results = self._asked(header, arrays)
            left_behind = str(reply.get("text")).startswith(TRACER_LEFT_BEHIND)
            if before is None or user in self.forgiven or not left_behind:
                return reply, results
            self.stop()
        except Gone as gone:
            self.stop()
            if (
                before in (None, user)
                or user in self.forgiven
                or gone.kind == "timeout"
            ):
                raise
        self.forgiven.add(user)  # what an earlier call left there may be why; once
        return self.ask(header, arrays)

    def _asked(
        self, header: dict[str, Any], arrays: Sequence[np.ndarray] = ()
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Ask, within what is left of the time of this submission."""
        assert self.process is not None
        if self.left <= 0:
            raise Gone("timeout", "the time of the whole submission is used up")
        limits, began = self.sandbox.limits, time.monotonic()
        try:
            reply, out = self.process.ask(
                {"seconds": limits.call, **header}, arrays, min(limits.wall, self.left)
            )
        finally:
            self.left -= time.monotonic() - began
        if reply.get("kind") == "timeout":  # what was cut off may have left anything
            raise Gone("timeout", str(reply.get("text"))[:200])
        return reply, out

    def _start(self) -> None:
        """Start the process and run the cells, without those that end it."""
        if self.broken is not None:
            raise Gone(self.broken.kind, str(self.broken))
        self.starts += 1
        self.process = _started(self.sandbox, WORKER)
        problems, done = [*self.ended], 0
        seconds, hidden = self.sandbox.limits.statement, list(self.sandbox.hidden)
        load = {"op": "load", "seconds": seconds, "hidden": hidden}
        try:
            for cell in self.cells:
                reply, _ = self._asked({**load, "cell": list(cell)})
                said = reply.get("problems")
                problems += [str(p)[:500] for p in said] if type(said) is list else []
                done += 1
        except Gone as gone:
            self.stop()
            self._leave_out(done, gone)
            self._start()
        else:
            self.problems = problems[:50]

    def _leave_out(self, number: int, gone: Gone) -> None:
        """Leave out what ended the process: of a cell, first find the statement."""
        place, source, statements = self.cells[number]
        alone = [(place, source, [n]) for n in statements] if statements[1:] else []
        self.cells[number : number + 1] = alone
        if not alone:
            self.ended.append(f"{place}: {gone}, while it was run")
        if self.left <= 0 or len(self.ended) > PATIENCE:
            self.broken = Gone(gone.kind, f"{gone}, while the file was run")
            self.problems = self.ended[:50]


class Evaluator:
    """The process that reads exported programs; one serves many submissions."""

    def __init__(self, sandbox: Sandbox) -> None:
        # it outlives many submissions, and limits each program itself
        limits = replace(sandbox.limits, seconds=1 << 30)
        self.sandbox = replace(sandbox, limits=limits)
        self.process: Process | None = None

    def __enter__(self) -> "Evaluator":
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process = None

    def examine(
        self, blob: np.ndarray, args: Sequence[Any], *, run: bool
    ) -> Program | Failure:
        """Return what is in a program; one that breaks the evaluator is refused."""
        if self.process is None:
            self.process = _started(self.sandbox, EVALUATOR)
        places, arrays = with_places(args)
        try:
            seconds = self.sandbox.limits.program
            request = {"args": places, "run": run, "seconds": seconds}
            reply, out = self.process.ask(request, [blob, *arrays])
        except Gone as gone:
            self.stop()
            return Failure("error", f"the program cannot be run: {gone}")
        if reply.get("kind") != "ok":
            return Failure("error", str(reply.get("text"))[:500])
        try:
            return Program.of(reply["facts"], out)
        except (KeyError, TypeError, ValueError) as error:
            return Failure("error", f"the program cannot be read: {error}"[:500])


def _started(sandbox: Sandbox, module: str) -> Process:
    """Return a process that has imported JAX: a busy machine costs no student time."""
    process = Process(sandbox, module)
    try:
        process.ask({"op": "start"}, wall=sandbox.limits.start)
    except Gone as gone:
        raise RuntimeError(f"the sandbox does not start: {gone}") from gone
    return process


class Remote:
    """A `Caller` of one function of a worker."""

    apart = True

    def __init__(self, name: str, worker: Worker, evaluator: Evaluator) -> None:
        self.name, self.worker, self.evaluator = name, worker, evaluator
        self.lost, self.last = 0, cast(Failure | None, None)
        self.programs: dict[tuple, np.ndarray] = {}

    def call(
        self, args: Sequence[Any], transform: Transform = "none", argnum: int = 0
    ) -> tuple[np.ndarray, ...] | Failure:
        header = {"op": "call", "transform": transform, "argnum": argnum}
        out = self._ask(header, args)
        return out if isinstance(out, Failure) else tuple(out)

    def program(self, args: Sequence[Any], *, run: bool) -> Program | Failure:
        key = shaped_by(args)
        if key not in self.programs:  # made from shapes: the numbers stay here
            empty = [np.zeros_like(a) if isinstance(a, np.ndarray) else a for a in args]
            out = self._ask({"op": "export"}, empty)
            if isinstance(out, Failure):
                return out
            if len(out) != 1 or out[0].dtype != np.uint8:
                return Failure("error", "the worker sent no program")
            self.programs[key] = out[0]
        return self.evaluator.examine(self.programs[key], args, run=run)

    def afresh(self) -> None:
        self.worker.stop()

    def uses(self, modules: Sequence[str]) -> tuple[str, ...]:
        return ()  # they are hidden in the sandbox, so that no one needs to be asked

    def _ask(
        self, header: dict[str, Any], args: Sequence[Any]
    ) -> list[np.ndarray] | Failure:
        if self.last is not None and self.lost >= PATIENCE:
            text = f"{self.last.text}; not called again"
            return Failure(self.last.kind, text)
        places, arrays = with_places(args)
        request = {**header, "function": self.name, "args": places}
        try:
            reply, out = self.worker.ask(request, arrays)
        except Gone as gone:
            self.lost += 1
            self.last = Failure(cast(Any, gone.kind), str(gone))
            return self.last
        kind = reply.get("kind")
        if kind == "ok":
            return out
        known = ("not implemented", "missing", "accident", "error", "memory")
        kind = kind if kind in known else "error"
        return Failure(cast(Any, kind), str(reply.get("text"))[:2000])
