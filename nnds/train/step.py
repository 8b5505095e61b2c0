"""One gradient step, pure: whoever calls it compiles it."""

from functools import partial

import jax
import optax
from jaxtyping import PRNGKeyArray, PyTree

from nnds.train.batches import Batch
from nnds.train.evaluation import Loss, Metrics, apply_loss


def step(
    model: PyTree,
    opt_state: PyTree,
    batch: Batch,
    key: PRNGKeyArray | None,
    state: PyTree = None,
    *,
    loss: Loss,
    optimizer: optax.GradientTransformation,
) -> tuple[PyTree, PyTree, PyTree, Metrics]:
    """Return the model, optimiser state, state and metrics after one gradient step.

    Pure, and compiled by whoever calls it: `jax.jit(partial(step, loss=loss, ...))`.
    """
    slope = jax.value_and_grad(partial(apply_loss, loss), has_aux=True)
    (_, (metrics, state)), grads = slope(model, batch, key, state)
    updates, opt_state = optimizer.update(grads, opt_state, model)
    return optax.apply_updates(model, updates), opt_state, state, metrics
