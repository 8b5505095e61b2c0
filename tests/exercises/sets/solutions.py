"""Solution of the exercise of lecture 10 on sets."""

import jax


def deep_set(x, w, u):
    return (jax.nn.relu(x @ w).sum(0) / max(x.shape[0], 1)) @ u
