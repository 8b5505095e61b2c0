"""One gradient step, pure: whoever calls it compiles it."""

import jax
import optax
from jaxtyping import Array, PRNGKeyArray, PyTree

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
    An optimizer that asks for the loss, such as `optax.lbfgs`, is given it.
    """

    def objective(model: PyTree) -> tuple[Array, tuple[Metrics, PyTree]]:
        return apply_loss(loss, model, batch, key, state)

    (value, (metrics, new_state)), grads = jax.value_and_grad(objective, has_aux=True)(
        model
    )
    update = optax.with_extra_args_support(optimizer).update
    search = {"grad": grads, "value_fn": lambda model: objective(model)[0]}
    updates, opt_state = update(grads, opt_state, model, value=value, **search)
    return optax.apply_updates(model, updates), opt_state, new_state, metrics
