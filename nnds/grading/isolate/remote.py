"""The student's function in a sandboxed process, and its program in another one."""

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
Statement = tuple[str, int, str]  # file or cell, line, source
# what a table of the student raises when an earlier call under jit wrote in it
TRACER_LEFT_BEHIND = "UnexpectedTracerError"
PATIENCE = 2  # time-outs and deaths of one function after which it is not called again


class Worker:
    """The code of one submission, run; restarted when a call kills it."""

    def __init__(self, statements: Sequence[Statement], sandbox: Sandbox) -> None:
        self.statements, self.sandbox = statements, sandbox
        self.process: Process | None = None
        self.user: str | None = None  # the function that was called last in it
        self.starts = 0
        self.broken: Gone | None = None  # its code cannot even be run: not once more
        self.problems: list[str] = []

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
            if self.broken is not None:
                raise Gone(self.broken.kind, str(self.broken))
            self.starts += 1
            self.process = _started(self.sandbox, WORKER)
            try:
                load = {"op": "load", "statements": [list(s) for s in self.statements]}
                reply, _ = self.process.ask(load)
                self.problems = [str(p)[:500] for p in reply.get("problems", [])][:50]
            except Gone as gone:
                self.stop()
                self.broken = Gone(gone.kind, f"{gone}, while the file was run")
                raise self.broken from gone
        before, self.user = self.user, header.get("function")
        try:
            reply, results = self.process.ask(header, arrays)
            if before is None or not str(reply.get("text")).startswith(
                TRACER_LEFT_BEHIND
            ):
                return reply, results
            self.stop()
        except Gone as gone:
            self.stop()
            if before in (None, self.user) or gone.kind == "timeout":
                raise
        return self.ask(header, arrays)  # what an earlier call left there may be why


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
        return Program.of(reply["facts"], out)


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
