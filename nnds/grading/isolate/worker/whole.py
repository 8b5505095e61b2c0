"""A function compiled as one program, where that is quicker than step by step.

A worker calls each function at a few shapes. Each operation of each shape would be a
program of its own to compile, and that is most of the time that a submission takes.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.extend.core import jaxpr_as_fun

# XLA has other code for processors, compiled in a third of the time; not every version
QUICK = {"xla_cpu_use_fusion_emitters": False}
MANY = 100  # results, beyond which the compiler itself is at risk


def whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as one program, or as it is where that is not to be had.

    A function that cannot be traced is no fault here: there is a law of its own about
    jit. One whose results are not JAX's stays as it is too, as jit would hide that.
    """

    def of_jax(*arrays: Any) -> Any:
        out = function(*arrays)
        leaves = jax.tree.leaves(out)
        if len(leaves) > MANY or not all(isinstance(x, jax.Array) for x in leaves):
            raise TypeError("results that jit would convert, or that are too many")
        return out

    program = traced(of_jax)

    def called(*arrays: Any) -> Any:
        try:
            return program(*arrays)
        except Exception:  # whatever it is, the function itself says it better
            return function(*arrays)

    return called


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what jit makes of the function; its results come as a list of leaves.

    An unrolled loop is traced, and then run step by step: as one program it takes a
    second to compile, while its step compiles but once.
    """
    program = jax.jit(function, compiler_options=_options())

    def called(*arrays: Any) -> Any:
        jaxpr = program.trace(*arrays).jaxpr
        if _repeats(jaxpr.eqns):
            return jaxpr_as_fun(jaxpr)(*arrays)
        return jax.tree.leaves(program(*arrays))

    return called


def _repeats(operations: Sequence[Any]) -> bool:
    """Return whether they are mostly the same few again and again."""
    kinds = {
        (op.primitive, op.params.get("name"), *(str(x.aval) for x in op.invars))
        for op in operations
    }
    return len(operations) > 16 + 4 * len(kinds)


@functools.cache
def _options() -> dict[str, bool]:
    try:
        jax.jit(lambda: 0, compiler_options=QUICK)()
    except Exception:
        return {}
    return QUICK
