"""Many steps as one program, and how many of them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from nnds.train.batches import Data, in_memory

STEPS = 32  # measured with an MLP: 128 is no faster, and the bar would move less often


def repeat(
    take: Callable[..., tuple[Any, Any]],
    carry: Any,
    rows: Int[Array, "steps b"],
    count: Int[Array, ""] | int,
) -> tuple[Any, Any]:
    """Return the last carry and the results of `take(carry, rows[i])` for i < count.

    As `jax.lax.scan`, but one program serves every `count`, which is data; the results
    from `count` on are zeros. `take` is asked for the shapes of its results first.

    >>> add = lambda carry, rows: (carry + rows.sum(), carry)
    >>> last, before = repeat(add, jnp.array(0), jnp.ones((4, 1), int), 2)
    >>> int(last), before.tolist()
    (2, [0, 1, 0, 0])
    """
    _, shapes = jax.eval_shape(take, carry, rows[0])
    results = jax.tree.map(lambda s: jnp.zeros((len(rows), *s.shape), s.dtype), shapes)

    def body(i: Any, both: tuple[Any, Any]) -> tuple[Any, Any]:
        carry, result = take(both[0], rows[i])
        return carry, jax.tree.map(lambda all, x: all.at[i].set(x), both[1], result)

    return jax.lax.fori_loop(0, count, body, (carry, results))


def steps_together(
    program: Callable[..., Any], carry: Any, key: Any, data: Data, batch_size: int
) -> int:
    """Return how many steps one call of `program(carry, key, data, rows, count)` takes.

    Many, since the call of a small step takes longer than the step. But one where a
    CPU runs a convolution of the library, which is up to 4 times slower inside a loop,
    and one for an iterable, which yields its batches one by one.
    """
    if not in_memory(data):
        return 1
    if jax.default_backend() != "cpu":
        return STEPS
    rows = jnp.zeros(batch_size, int)
    leaves, tree = jax.tree.flatten((carry, key, dict(data), rows))
    return 1 if _convolves(program, tree, *map(_shape, leaves)) else STEPS


def _shape(x: Any) -> jax.ShapeDtypeStruct:
    weak = getattr(x, "weak_type", False)  # else it would be traced a second time
    return jax.ShapeDtypeStruct(x.shape, x.dtype, weak_type=weak)


@lru_cache(maxsize=32)
def _convolves(program: Any, tree: Any, *shapes: jax.ShapeDtypeStruct) -> bool:
    """Say whether the program of one step holds a convolution of the library."""
    lowered = program.lower(*jax.tree.unflatten(tree, shapes), 1)
    return "stablehlo.convolution" in lowered.as_text()
