"""The student's function in this process: for the notebook, where it is the student's.

It isolates nothing. The grader calls the same function through a worker process.
"""

import contextlib
import dis
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, ModuleType
from typing import Any, cast

import numpy as np

from nnds.checks.calling import Failure, Program, Transform, shaped_by
from nnds.grading.isolate.worker.program import Examined
from nnds.grading.isolate.worker.transforms import eagerly, explained, exported

# instructions that read a name, that read an attribute of it, and that do neither
LOADS, CELLS = ("LOAD_GLOBAL", "LOAD_NAME"), ("LOAD_DEREF", "LOAD_CLASSDEREF")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
NOTHING = ("PUSH_NULL", "PRECALL", "CACHE", "EXTENDED_ARG")


class InProcess:
    """A `Caller` of a function that is at hand."""

    apart = False

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.programs: dict[tuple, Examined] = {}

    def call(
        self, args: Sequence[Any], transform: Transform = "none", argnum: int = 0
    ) -> tuple[np.ndarray, ...] | Failure:
        copies = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
        try:
            return tuple(eagerly(self.function, copies, transform, argnum))
        except (Exception, SystemExit) as error:
            return _failure(error, self.function)

    def program(self, args: Sequence[Any], *, run: bool) -> Program | Failure:
        key = shaped_by(args)
        try:
            if key not in self.programs:
                self.programs[key] = Examined(exported(self.function, args))
            return Program.of(*self.programs[key].examine(args, run=run))
        except (Exception, SystemExit) as error:
            return _failure(error, self.function)

    def afresh(self) -> None:
        pass  # there is but one

    def uses(self, modules: Sequence[str]) -> tuple[str, ...]:
        inside = tuple(f"{module}." for module in modules)
        reached = _reached(_innermost(self.function), set())
        used = {name for name, origin in reached if f"{origin}.".startswith(inside)}
        return tuple(sorted(used))


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


def _reached(function: Any, seen: set[CodeType]) -> set[tuple[str, str]]:
    """Return what a function reaches, as the name it has there and where it is from.

    A name of the function is followed through the attributes of modules, so that
    `jax.nn.sigmoid` is that of JAX whatever `sigmoid` is; and through functions that
    stand beside it.
    """
    code = getattr(function, "__code__", None)
    if code is None or code in seen:
        return set()
    seen.add(code)
    own = getattr(function, "__globals__", {})
    enclosing: dict[str, Any] = {}
    with contextlib.suppress(TypeError):  # it is no function of Python
        enclosing.update(inspect.getclosurevars(function).nonlocals)
    reached = set()
    for inner in _codes(code):
        for name, value in _values(inner, own, enclosing):
            reached.add((name, _origin(value)))
            if getattr(value, "__globals__", None) is own:
                reached |= _reached(_innermost(value), seen)
        reached |= {(name, name) for name in _imports(inner)}
    return reached


def _codes(code: CodeType) -> list[CodeType]:
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return [code, *(c for each in inner for c in _codes(each))]


def _values(
    code: CodeType, own: Mapping[str, Any], enclosing: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield each name that is read from outside, and what it stands for there."""
    name, value = "", None
    for step in dis.get_instructions(code):
        scope = enclosing if step.opname in CELLS else own
        if step.opname in LOADS + CELLS and step.argval in scope:
            if name:
                yield name, value
            name, value = step.argval, scope[step.argval]
        elif step.opname in ATTRIBUTES and isinstance(value, ModuleType):
            name, value = f"{name}.{step.argval}", getattr(value, step.argval, None)
        elif name and step.opname not in NOTHING:
            yield name, value
            name, value = "", None


def _imports(code: CodeType) -> set[str]:
    """Return the dotted names of what is imported inside the function."""
    names, module = set(), ""
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            module = step.argval
            names.add(module)
        elif step.opname == "IMPORT_FROM":
            names.add(f"{module}.{step.argval}")
    return names


def _origin(value: Any) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    return getattr(value, "__module__", None) or ""
