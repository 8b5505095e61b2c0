"""Evaluation: the loss of a model over a data set, every row counted once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from nnds.train.batches import Batch, Data, check_rows, in_turn

Loss = Callable[..., Any]
Metrics = dict[str, Any]


def apply_loss(
    loss: Loss, model: PyTree, batch: Batch, key: PRNGKeyArray | None, state: PyTree
) -> tuple[Array, tuple[Metrics, PyTree]]:
    """Return `(scalar, (metrics, state))`, whichever of its forms `loss` has."""
    if state is None:
        out = loss(model, batch, key)
        value, metrics = out if isinstance(out, tuple) else (out, {})
    else:
        value, metrics, state = loss(model, batch, key, state)
    if jnp.shape(value) != ():
        raise ValueError(
            f"the loss has shape {jnp.shape(value)}; expected a scalar, shape (): "
            "take the mean over the batch"
        )
    if "loss" in metrics:
        raise ValueError(
            "a metric is called 'loss', the name of what is minimised: rename it"
        )
    return value, ({"loss": value, **metrics}, state)


@partial(jax.jit, static_argnames="loss")
def measure(model: PyTree, batch: Batch, state: PyTree, *, loss: Loss) -> Metrics:
    """Return the metrics of one batch, the model unchanged."""
    return apply_loss(loss, model, batch, None, state)[1][0]


def evaluate(
    model: PyTree,
    data: Data,
    *,
    loss: Loss,
    batch_size: int = 256,
    state: PyTree = None,
) -> dict[str, float]:
    """Return the mean over all rows of the loss and its metrics.

    The loss is called with `key=None`. Every row counts once: a short last batch
    weighs less.
    """
    totals, rows = {}, 0
    for batch in in_turn(data, batch_size):
        size = check_rows(batch, "the data to evaluate")
        rows += size
        for name, value in measure(model, dict(batch), state, loss=loss).items():
            totals[name] = totals.get(name, 0.0) + size * float(value)
    if not rows:
        raise ValueError("there is nothing to evaluate: the data gave no batch")
    return {name: total / rows for name, total in totals.items()}
