"""Numbers that stop being finite: where it began."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path
from jaxtyping import Array, Bool, Float, PRNGKeyArray, PyTree

from nnds.train.batches import Batch
from nnds.train.history import Steps


class Diverged(FloatingPointError):
    """The loss or a parameter is not finite; holds the last `model` that was."""

    def __init__(self, model: PyTree, message: str, history: Any) -> None:
        super().__init__(message)
        self.model, self.history = model, history


def finite_leaves(
    batch: Batch, loss: Float[Array, ""], model: PyTree
) -> Bool[Array, " leaves"]:
    """Return for the loss, each array of the batch and each leaf of a model: finite?

    >>> finite_leaves({"x": jnp.array([0.0, jnp.nan])}, jnp.ones(()), []).tolist()
    [True, False]
    """
    sums = [jnp.sum(leaf) for leaf in jax.tree.leaves([loss, dict(batch), model])]
    return jnp.stack([jnp.isfinite(s) for s in sums])


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


def retrace(
    program: Callable[..., tuple[list[Array], Any]],
    key: PRNGKeyArray,
    tree: Any,
    steps: Steps,
    epoch: int,
) -> tuple[PyTree, str]:
    """Return the last finite model, and what was not finite in the step after it.

    The steps since all was finite are taken again one by one, looking at every number,
    which training itself has no time for.
    """
    leaves, number = steps.before, steps.count
    for data, rows, count in steps.taken:
        for one in [rows] if rows is None or rows.ndim == 1 else rows[:count]:
            number += 1
            batch = data if one is None else {name: a[one] for name, a in data.items()}
            new, metrics = program(leaves, key, data, one, 1)
            model = jax.tree.unflatten(tree, new)[0]
            bad = ~np.asarray(finite_leaves(batch, metrics["loss"], model))
            if bad.any():
                said = explain(bad, batch, model, epoch, number)
                return jax.tree.unflatten(tree, leaves)[0], said
            leaves = new
    said = (
        f"not finite in epoch {epoch}, after step {steps.count}, but finite when the "
    )
    said += "steps were taken again: the loss or the machine is not deterministic"
    return jax.tree.unflatten(tree, steps.before)[0], said


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
