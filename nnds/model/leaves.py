"""The parameters of a model by name."""

from typing import Any

import equinox as eqx
import jax
from jax.tree_util import KeyPath


def named_leaves(model: Any) -> dict[str, jax.Array]:
    """Return the arrays of a model, such as `{"hidden.w": ..., "hidden.b": ...}`.

    Static fields have no name here. A leaf that is no array raises TypeError, and so
    does a model without any.
    """
    leaves = {
        path_name(path): leaf
        for path, leaf in jax.tree_util.tree_flatten_with_path(model)[0]
    }
    for name, leaf in leaves.items():
        if not eqx.is_array(leaf):
            raise TypeError(
                f"the leaf {name} of {type(model).__name__} is {leaf!r}, expected an "
                "array; mark it as eqx.field(static=True)"
            )
    if not leaves:
        raise TypeError(f"{type(model).__name__} has no arrays, so it is no model")
    return leaves


def path_name(path: KeyPath) -> str:
    """Return the name of a place in a model: fields and numbers, joined by dots."""
    return jax.tree_util.keystr(path, simple=True, separator=".")
