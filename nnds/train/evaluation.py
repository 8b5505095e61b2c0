"""Evaluation: the loss of a model over a data set, every row counted once."""

import inspect
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
        _check_takes_state(loss)
        value, metrics, state = loss(model, batch, key, state)
    if jnp.shape(value) != ():
        raise ValueError(
            f"the loss has shape {jnp.shape(value)}; expected a scalar, shape (): "
            "take the mean over the batch"
        )
    for name, metric in metrics.items():
        if jnp.shape(metric) != ():
            raise ValueError(
                f"the metric {name!r} has shape {jnp.shape(metric)}; expected a scalar"
            )
    if "loss" in metrics:
        raise ValueError(
            "a metric is called 'loss', the name of what is minimised: rename it"
        )
    return value, ({"loss": value, **metrics}, state)


def _check_takes_state(loss: Loss) -> None:
    try:
        inspect.signature(loss).bind("model", "batch", "key", "state")
    except TypeError as error:
        raise TypeError(
            "with a state, the loss is called as loss(model, batch, key, state) and "
            f"returns (scalar, metrics, state); this one does not take it: {error}"
        ) from None


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
        raise ValueError(
            "there is nothing to evaluate: the data gave no batch. A generator is "
            "empty after one pass: give what can be read again, such as a list"
        )
    return {name: total / rows for name, total in totals.items()}
