"""Initialisers: the scale at which a random layer neither shrinks nor swells a signal.

Every initialiser is `init(key, *shape)`. The last axis is the output (`c`), the one
before it the input (`d`), and any axes before those are a receptive field, as in a
dense weight `"d c"` or a convolution kernel `"i j d c"`.
"""

from math import prod, sqrt
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

Distribution = Literal["uniform", "normal"]


def fans(*shape: int) -> tuple[int, int]:
    """Return how many numbers each output reads and how many outputs read each input.

    `fan_in = i·j·d` and `fan_out = i·j·c` for a shape `(i, j, d, c)`. Fewer than two
    axes raise ValueError.

    >>> fans(5, 5, 6, 16)
    (150, 400)
    """
    if len(shape) < 2:
        raise ValueError(
            f"an initialiser needs at least two axes, (..., d, c); got shape {shape}. "
            "Start a bias with jnp.zeros instead."
        )
    field = prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def variance_scaling(
    key: PRNGKeyArray, *shape: int, variance: float, distribution: Distribution
) -> Float[Array, "..."]:
    """Return independent draws of mean 0 and the given variance.

    Uniform draws fill `[-sqrt(3·variance), sqrt(3·variance)]`, whose variance that is.
    """
    if distribution == "normal":
        return sqrt(variance) * jax.random.normal(key, shape)
    if distribution == "uniform":
        limit = sqrt(3 * variance)
        return jax.random.uniform(key, shape, minval=-limit, maxval=limit)
    raise ValueError(
        f"distribution must be 'uniform' or 'normal'; got {distribution!r}"
    )


def glorot(
    key: PRNGKeyArray, *shape: int, distribution: Distribution = "uniform"
) -> Float[Array, "..."]:
    """Return weights of variance `2 / (fan_in + fan_out)`.

    For tanh, sigmoid and linear layers: a compromise that keeps the scale of the
    signal forwards and of the gradient backwards. Source: Glorot & Bengio (2010),
    eq. 12 and 16.

    >>> w = glorot(jax.random.key(0), 300, 300)
    >>> bool(abs(w).max() <= (6 / 600) ** 0.5)
    True
    """
    fan_in, fan_out = fans(*shape)
    variance = 2 / max(fan_in + fan_out, 1)
    return variance_scaling(key, *shape, variance=variance, distribution=distribution)


def he(
    key: PRNGKeyArray, *shape: int, distribution: Distribution = "normal"
) -> Float[Array, "..."]:
    """Return weights of variance `2 / fan_in`.

    For ReLU, which zeroes half of its inputs, hence the 2. Source: He et al. (2015),
    eq. 10.

    >>> w = he(jax.random.key(0), 400, 400)
    >>> round(float(w.var() * 400), 1)
    2.0
    """
    fan_in, _ = fans(*shape)
    variance = 2 / max(fan_in, 1)
    return variance_scaling(key, *shape, variance=variance, distribution=distribution)


def lecun(
    key: PRNGKeyArray, *shape: int, distribution: Distribution = "normal"
) -> Float[Array, "..."]:
    """Return weights of variance `1 / fan_in`.

    A linear layer then keeps the variance of its input. Source: LeCun et al. (1998),
    Efficient BackProp, eq. 16.

    >>> w = lecun(jax.random.key(0), 400, 400)
    >>> round(float(w.var() * 400), 1)
    1.0
    """
    fan_in, _ = fans(*shape)
    variance = 1 / max(fan_in, 1)
    return variance_scaling(key, *shape, variance=variance, distribution=distribution)


def orthogonal(
    key: PRNGKeyArray, *shape: int, gain: float = 1.0
) -> Float[Array, "..."]:
    """Return `gain` times a matrix with orthonormal rows or columns, drawn uniformly.

    Axes before the last are taken as one. Lengths are kept exactly, in any depth, when
    the matrix is square. Source: Saxe et al. (2014), section 3.

    >>> w = orthogonal(jax.random.key(0), 4, 2)
    >>> jnp.allclose(w.T @ w, jnp.eye(2), atol=1e-6).item()
    True
    """
    fans(*shape)  # for its error
    rows, columns = prod(shape[:-1]), shape[-1]
    tall = (max(rows, columns), min(rows, columns))
    q, r = jnp.linalg.qr(jax.random.normal(key, tall))
    q = q * jnp.sign(jnp.diagonal(r))[None, :]  # else Q is not uniform: Mezzadri (2007)
    return gain * (q if rows >= columns else q.T).reshape(shape)
