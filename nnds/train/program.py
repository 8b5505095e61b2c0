"""The step as a compiled program, for one batch or for several in turn."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import optax
from jax.sharding import Mesh
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from nnds.train import batches
from nnds.train.batches import Batch
from nnds.train.chunks import repeat
from nnds.train.evaluation import Loss, Metrics
from nnds.train.step import step


class Carry(NamedTuple):
    """What a step reads and replaces."""

    model: PyTree
    opt_state: PyTree
    state: PyTree
    count: Int[Array, ""]  # of steps taken


@lru_cache(maxsize=32)
def program(
    tree: Any,
    loss: Loss,
    optimizer: optax.GradientTransformation,
    mesh: Mesh | None,
    donate: bool = True,
) -> Callable[..., tuple[list[Array], Metrics]]:
    """Return the compiled function that takes one step or several.

    It steps on the batch `data`, or on `data[rows]`, or on the first `count` of `rows`
    one after the other. The carry comes as its leaves, which are donated: nothing is
    copied, and taking a module apart at every call would cost more than the call.
    """

    @jax.jit  # so that it is traced once, whoever asks for its shapes before
    def one(
        carry: Carry, rows: Int[Array, " b"] | None, key: PRNGKeyArray, data: Batch
    ) -> tuple[Carry, Metrics]:
        batch = data if rows is None else {name: a[rows] for name, a in data.items()}
        if mesh is not None:  # each device reads its part; XLA adds the parts up
            there = batches.placement(mesh, "rows")
            batch = jax.lax.with_sharding_constraint(batch, there)
        model, opt_state, state, count = carry
        key = jax.random.fold_in(key, count)
        model, opt_state, state, metrics = step(
            model, opt_state, batch, key, state, loss=loss, optimizer=optimizer
        )
        return Carry(model, opt_state, state, count + 1), metrics

    def run(
        leaves: list[Array],
        key: PRNGKeyArray,
        data: Batch,
        rows: Int[Array, "..."] | None,
        count: Int[Array, ""] | int,
    ) -> tuple[list[Array], Metrics]:
        carry = jax.tree.unflatten(tree, leaves)
        if rows is None or rows.ndim == 1:
            carry, metrics = one(carry, rows, key, data)
        else:
            carry, metrics = repeat(
                lambda carry, rows: one(carry, rows, key, data), carry, rows, count
            )
        if mesh is not None:
            carry = jax.lax.with_sharding_constraint(carry, batches.placement(mesh))
        return jax.tree.leaves(carry), metrics

    return jax.jit(run, donate_argnums=0 if donate else ())
