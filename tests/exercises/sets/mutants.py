"""Wrong solutions of the exercise on sets, each with where it was seen."""

import jax
import jax.numpy as jnp

from ..mutant import mutant


@mutant("deep_set", "invariance to repetition", "constructed: sum for mean")
def sums(x, w, u):
    return jax.nn.relu(x @ w).sum(0) @ u


@mutant("deep_set", "values", "constructed: pools over the features, axis -1")
def pools_over_features(x, w, u):
    h = jax.nn.relu(x @ w)
    return jnp.full(h.shape[1], h.sum() / max(h.size, 1)) @ u


@mutant("deep_set", "values", "constructed: relu of the mean, the map is then linear")
def activates_after_the_mean(x, w, u):
    return jax.nn.relu((x @ w).sum(0) / max(x.shape[0], 1)) @ u


@mutant("deep_set", "permutation invariance", "constructed: the last state, as in RNNs")
def reads_the_last_item(x, w, u):
    if x.shape[0] == 0:
        return jnp.zeros(u.shape[1])
    return jax.nn.relu(x @ w)[-1] @ u


@mutant("deep_set", "values", "numpy: the mean of an empty set is NaN")
def divides_by_zero_items(x, w, u):
    return jax.nn.relu(x @ w).mean(0) @ u


@mutant(
    "deep_set", "values", "constructed: max-pooling, one of the pools of the lecture"
)
def takes_the_largest(x, w, u):
    return jax.nn.relu(x @ w).max(0, initial=0) @ u


@mutant("deep_set", "permutation invariance", "constructed: positions left in a set")
def weighs_by_position(x, w, u):
    weights = jnp.arange(1, x.shape[0] + 1)[:, None]
    return (jax.nn.relu(x @ w) * weights / jnp.maximum(weights.sum(), 1)).sum(0) @ u
