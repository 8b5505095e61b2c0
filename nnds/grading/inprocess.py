"""The student's function in this process: for the notebook, where it is the student's.

It isolates nothing. The grader calls the same function through a worker process.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType
from typing import Any, cast

import numpy as np

from nnds.checks.calling import Failure, Program, Transform, known_by
from nnds.grading.isolate.worker.program import examined
from nnds.grading.isolate.worker.transforms import eagerly, explained, exported


class InProcess:
    """A `Caller` of a function that is at hand."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.programs: dict[tuple, Program] = {}

    def call(
        self, args: Sequence[Any], transform: Transform = "none", argnum: int = 0
    ) -> tuple[np.ndarray, ...] | Failure:
        copies = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
        try:
            return tuple(eagerly(self.function, copies, transform, argnum))
        except (Exception, SystemExit) as error:
            return _failure(error, self.function)

    def program(self, args: Sequence[Any], *, run: bool) -> Program | Failure:
        key = (run, *known_by(args))
        try:
            if key not in self.programs:
                exact = exported(self.function, args)
                facts, outputs = examined(exact, args, run=run)
                self.programs[key] = Program.of(facts, outputs)
            return self.programs[key]
        except (Exception, SystemExit) as error:
            return _failure(error, self.function)

    def afresh(self) -> None:
        pass  # there is but one

    def uses(self, modules: Sequence[str]) -> tuple[str, ...]:
        function = _innermost(self.function)
        code = getattr(function, "__code__", None)
        if code is None:
            return ()
        scope = {**getattr(function, "__globals__", {})}
        with contextlib.suppress(TypeError):  # it is no function of Python
            scope |= inspect.getclosurevars(function).nonlocals
        inside = tuple(f"{module}." for module in modules)
        used = {
            name
            for name in _names(code)
            if f"{_origin(scope.get(name))}.".startswith(inside)
        }
        imported = {n for n in _imports(code) if f"{n}.".startswith(inside)}
        return tuple(sorted(used | imported))


def _innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that was written: inside a partial, a jit, an instance."""
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif hasattr(function, "__code__"):
            return function
        elif hasattr(inner := getattr(type(function), "__call__", None), "__code__"):  # noqa: B004
            function = cast(Any, inner)
        else:
            return function


def _failure(error: BaseException, function: Callable[..., Any]) -> Failure:
    kind, text = explained(error, function)
    return Failure(cast(Any, kind), text)


def _names(code: CodeType) -> set[str]:
    inner = (c for c in code.co_consts if isinstance(c, CodeType))
    return {*code.co_names, *code.co_freevars}.union(*map(_names, inner))


def _imports(code: CodeType) -> set[str]:
    """Return dotted names, as `import a.b` inside the function leaves them."""
    return {name for name in _names(code) if "." in name}


def _origin(value: Any) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    return getattr(value, "__module__", None) or ""
