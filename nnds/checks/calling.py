"""How a check reaches the student's function: never directly, always by a caller.

In a notebook the caller is this process (`InProcess`); in the grader it is a worker
process in a sandbox. The same checks serve both, and see plain arrays only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

Transform = Literal[
    "none",
    "jit",
    "vmap",
    "grad",
    "jacobian",
    "bf16",
    "key reuse",
    "generator",
    "compilations",
]
Kind = Literal[
    "not implemented", "missing", "accident", "error", "timeout", "memory", "died"
]


@dataclass(frozen=True)
class Failure:
    """The student's function gave no arrays: why, in words for the student.

    An accident is a slip that says what to do about it, such as a forgotten `return`;
    any other exception is an error.
    """

    kind: Kind
    text: str


@dataclass(frozen=True)
class Program:
    """What is left of a function after `jax.export`: operations, and no Python.

    ops: how often each StableHLO operation occurs. custom_calls: targets outside XLA.
    flops: of one run, by XLA's count, and of every turn of a loop. counted: whether the
    turns of all loops can be read off the program. outputs: values that the *evaluator*
    computed by running it. flops and outputs are missing (0, none) where it was only
    read.
    """

    ops: dict[str, int]
    custom_calls: tuple[str, ...]
    flops: float
    counted: bool
    outputs: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, facts: Mapping[str, Any], outputs: Sequence[np.ndarray]) -> "Program":
        """Return the program with these facts, refusing what is not of their form."""
        ops, calls = dict(facts["ops"]), tuple(facts["custom_calls"])
        return cls(
            ops={str(k): int(v) for k, v in ops.items()},
            custom_calls=tuple(map(str, calls)),
            flops=float(facts["flops"]),
            counted=bool(facts["counted"]),
            outputs=tuple(outputs),
        )


@runtime_checkable
class Caller(Protocol):
    """The student's function, wherever it runs.

    apart: whether it runs in another process, whose word is not to be taken.
    """

    apart: bool

    def call(
        self, args: Sequence[Any], transform: Transform = "none", argnum: int = 0
    ) -> tuple[np.ndarray, ...] | Failure:
        """Return the arrays that `transform(f)(*args)` returns.

        `"vmap"` maps over the first axis of every array. `"grad"` takes one argument
        more, the cotangent of the result, and returns a gradient for each float array.
        `"jacobian"` differentiates argument `argnum`. `"bf16"` rounds every float.
        `"key reuse"` lets JAX refuse a key that is used twice. `"generator"` tells
        whether the call moved NumPy's global one, `"compilations"` how many
        compilations a second call took.
        """
        ...

    def program(self, args: Sequence[Any], *, run: bool) -> Program | Failure:
        """Return the exported program of the function at arguments of these shapes.

        Without `run` it is read only: no cost and no outputs, at a tenth of the time.
        """
        ...

    def afresh(self) -> None:
        """Make the next call in a new process, where the process is a worker's."""
        ...

    def uses(self, modules: Sequence[str]) -> tuple[str, ...]:
        """Return the names by which the function reaches into any of the modules."""
        ...


class Remembering:
    """A caller that calls a function but once with the same arguments.

    plain: the arguments and results of every call without a transformation.
    """

    def __init__(self, caller: Caller) -> None:
        self.caller, self.apart = caller, caller.apart
        self.plain: list[tuple[list[Any], tuple[np.ndarray, ...]]] = []
        self.known: dict[tuple[Any, ...], tuple[np.ndarray, ...]] = {}

    def call(
        self, args: Sequence[Any], transform: Transform = "none", argnum: int = 0
    ) -> tuple[np.ndarray, ...] | Failure:
        if transform != "none":
            return self.caller.call(args, transform, argnum)
        key = known_by(args)
        if key not in self.known:
            out = self.caller.call(args, transform, argnum)
            if isinstance(out, Failure):
                return out
            self.known[key] = out
            self.plain.append((list(args), out))
        return self.known[key]

    def program(self, args: Sequence[Any], *, run: bool) -> Program | Failure:
        return self.caller.program(args, run=run)

    def afresh(self) -> None:
        self.known.clear()
        self.caller.afresh()

    def uses(self, modules: Sequence[str]) -> tuple[str, ...]:
        return self.caller.uses(modules)


def known_by(args: Sequence[Any]) -> tuple[Any, ...]:
    """Return what tells two lists of arguments apart, as a key."""
    return tuple(
        (a.shape, str(a.dtype), a.tobytes()) if isinstance(a, np.ndarray) else a
        for a in args
    )


def shaped_by(args: Sequence[Any]) -> tuple[Any, ...]:
    """Return what tells the programs of two lists of arguments apart, as a key."""
    return tuple(
        (a.shape, str(a.dtype)) if isinstance(a, np.ndarray) else a for a in args
    )
