"""Training that diverged: which number was the first that is not finite."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path
from jaxtyping import Array, Bool, Float, PRNGKeyArray, PyTree

from nnds.train.batches import Batch
from nnds.train.readings import Readings


class Diverged(FloatingPointError):
    """The loss or a parameter is not finite; holds the last `model` that was."""

    def __init__(self, model: PyTree, message: str, history: Any) -> None:
        super().__init__(message)
        self.model, self.history = model, history


def finite_leaves(
    batch: Batch, loss: Float[Array, ""], model: PyTree
) -> Bool[Array, " leaves"]:
    """Return whether the loss, each array of the batch and each leaf is finite.

    >>> finite_leaves({"x": jnp.array([0.0, jnp.nan])}, jnp.ones(()), []).tolist()
    [True, False]
    """
    leaves = jax.tree.leaves([loss, dict(batch), model])
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in leaves])


def explain(
    bad: Bool[np.ndarray, " leaves"], batch: Batch, model: PyTree, epoch: int, step: int
) -> str:
    """Return where training stopped being finite, and what to try."""
    names = ["the loss", *(f"batch[{name!r}]" for name in sorted(batch))]
    paths, _ = tree_flatten_with_path(model)
    names += [f"the step of model{keystr(path)}" for path, _ in paths]
    loss, *leaves = zip(names, bad, strict=True)
    first = next((name for name, is_bad in leaves if is_bad), "none")
    return (
        f"{'the loss is ' if loss[1] else ''}not finite in epoch {epoch}, step {step}; "
        f"first leaf that is not: {first}. Try a smaller learning rate; look for "
        "labels outside the classes, nan in the data, log or sqrt of 0. The last "
        "finite model is the `model` of this error"
    )


def repeat_steps(
    program: Callable[..., tuple[list[Array], Any]],
    key: PRNGKeyArray,
    tree: Any,
    readings: Readings,
    epoch: int,
) -> tuple[PyTree, str]:
    """Return the last finite model, and what was not finite in the step after it.

    The steps since the last reading are repeated one by one, and every number is
    checked, which would cost too much during training.
    """
    leaves, number = readings.last_finite, readings.count
    for data, rows, count in readings.calls:
        for b in [rows] if rows is None or rows.ndim == 1 else rows[:count]:
            number += 1
            batch = data if b is None else {name: a[b] for name, a in data.items()}
            new, metrics = program(leaves, key, data, b, 1)
            model = jax.tree.unflatten(tree, new)[0]
            bad = ~np.asarray(finite_leaves(batch, metrics["loss"], model))
            if bad.any():
                problem = explain(bad, batch, model, epoch, number)
                return jax.tree.unflatten(tree, leaves)[0], problem
            leaves = new
    problem = (
        f"not finite in epoch {epoch}, after step {readings.count}, but finite when "
        "the steps were repeated: the loss or the machine is not deterministic"
    )
    return jax.tree.unflatten(tree, readings.last_finite)[0], problem


def check_model(model: PyTree) -> None:
    """Refuse a model with a leaf that is not a float array, naming its path.

    >>> check_model({"w": jnp.ones(1), "activation": "tanh"})
    Traceback (most recent call last):
    TypeError: model['activation'] is a str; expected a float array. Mark what is not \
trained with eqx.field(static=True)
    """
    paths, _ = tree_flatten_with_path(model)
    if not paths:
        raise ValueError("the model has no parameters to train")
    for path, leaf in paths:
        dtype = getattr(leaf, "dtype", None)
        if dtype is None or not jnp.issubdtype(dtype, jnp.floating):
            what = type(leaf).__name__ if dtype is None else f"array of {dtype}"
            raise TypeError(
                f"model{keystr(path)} is a {what}; expected a float array. Mark what "
                "is not trained with eqx.field(static=True)"
            )
