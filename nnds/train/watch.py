"""A training run with everything recorded that tells what is wrong with it."""

from collections.abc import Mapping

import jax
import numpy as np
import optax
from jaxtyping import PRNGKeyArray, PyTree

from nnds.train.batches import Batch, Data
from nnds.train.divergence import Diverged
from nnds.train.evaluation import Loss, apply_loss, evaluate
from nnds.train.loop import fit


def watch(
    model: PyTree,
    data: Batch,
    held_out: Mapping[str, Data],
    *,
    loss: Loss,
    optimizer: optax.GradientTransformation,
    epochs: int,
    batch_size: int,
    key: PRNGKeyArray,
) -> tuple[PyTree, dict[str, np.ndarray]]:
    """Return the trained model, and by name one number before training and an epoch.

    `train_loss`, and for `held_out` sets such as "valid" `valid_loss`, with each metric
    that `loss` returns beside; and `gradient`, the norm of the gradient on all of
    `data`. `fit` is called for one epoch after the other, so `optimizer` starts anew in
    each: use one without memory, such as `optax.sgd`. After divergence come NaNs.
    """
    sets = {"train": dict(data), **held_out}
    rows: list[dict[str, float]] = []

    @jax.jit
    def gradient(model: PyTree) -> jax.Array:
        slope = jax.grad(lambda m: apply_loss(loss, m, dict(data), None, None)[0])
        return optax.tree.norm(slope(model))

    for epoch_key in jax.random.split(key, epochs + 1):
        row = {"gradient": float(gradient(model))}
        for name, part in sets.items():
            scores = evaluate(model, part, loss=loss)
            row |= {f"{name}_{metric}": float(x) for metric, x in scores.items()}
        rows.append(row)
        if len(rows) > epochs:
            break
        try:
            model, _ = fit(
                model, data, loss=loss, optimizer=optimizer, epochs=1,
                batch_size=batch_size, key=epoch_key, progress=False,
            )  # fmt: skip
        except Diverged:
            break
    nothing = dict.fromkeys(rows[0], float("nan"))
    rows += [nothing] * (epochs + 1 - len(rows))
    return model, {name: np.array([row[name] for row in rows]) for name in nothing}
