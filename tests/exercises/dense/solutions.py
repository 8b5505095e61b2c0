"""Solutions of the exercises of lecture 5."""

import jax
import jax.numpy as jnp


def swish(x, beta):
    return x * jax.nn.sigmoid(beta * x)


def swish_units(x, beta):
    return jax.vmap(lambda x, beta: x * jax.nn.sigmoid(beta * x))(x, beta)


def init_units(key, d, c):
    weights, slopes = jax.random.split(key)
    w = jnp.sqrt(2 / (d + c)) * jax.random.normal(weights, (d, c))
    return w, 1 + 0.1 * jax.random.normal(slopes, (c,))


def swiglu(x, w, v, u):
    return (jax.nn.silu(x @ w) * (x @ v)) @ u


def step_network(x, heights, start, stop):
    m = heights.shape[0]
    left = start + (stop - start) * jnp.arange(m) / max(m, 1)
    right = start + (stop - start) * jnp.arange(1, m + 1) / max(m, 1)
    bins = jnp.where(x >= left, 1.0, 0.0) - jnp.where(x >= right, 1.0, 0.0)
    return heights @ bins
