"""Scaling laws: how a loss falls with size, data or compute, and how sure one is."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

LEAST, MOST, POINTS = 0.01, 2.51, 251  # of the exponents that are tried


def power_law(
    c: Float[Array, "..."],
    a: Float[Array, ""],
    b: Float[Array, ""],
    floor: Float[Array, ""],
) -> Float[Array, "..."]:
    """Return `a·c^-b + floor`, the loss at size c.

    Above the floor, ten times the size divides the loss by `10^b`. Source: Kaplan et
    al. (2020), section 1.2; the floor: Hoffmann et al. (2022), eq. 2.

    >>> one = jnp.ones(())
    >>> power_law(jnp.array([1.0, 4.0]), 2 * one, one / 2, one).tolist()
    [3.0, 2.0]
    """
    return a * c**-b + floor


def fit_power_law(c: Float[Array, " n"], loss: Float[Array, " n"]) -> Float[Array, "3"]:
    """Return `(a, b, floor)` with the least sum of `((a·c^-b + floor) / loss - 1)²`.

    The floor is at least 0, b between 0.01 and 2.51. For each b the best a and floor
    are a weighted regression; b is searched twice on a grid, to three digits, so that
    there is no start to choose. Three sizes at least, all positive.

    >>> c = jnp.array([1.0, 4.0, 16.0, 64.0])
    >>> fit_power_law(c, 2 / jnp.sqrt(c) + 1).round(2).tolist()
    [2.0, 0.5, 1.0]
    """
    if c.shape[0] < 3:
        raise ValueError(f"three numbers are fitted to three sizes or more; got {c}")
    unit = c.min()
    weight = 1 / loss**2
    weight = weight / weight.sum()

    def best(b: Array) -> tuple[Array, Array]:
        t = (c / unit) ** -b
        t_mean, loss_mean = weight @ t, weight @ loss
        a = weight @ ((t - t_mean) * (loss - loss_mean)) / (weight @ (t - t_mean) ** 2)
        floor = loss_mean - a * t_mean
        low = floor < 0
        a = jnp.where(low, weight @ (t * loss) / (weight @ t**2), a)
        floor = jnp.where(low, 0.0, floor)
        error = weight @ (a * t + floor - loss) ** 2
        return error, jnp.stack([a * unit**b, b, floor])

    step = (MOST - LEAST) / (POINTS - 1)
    first = LEAST + step * jnp.arange(POINTS)
    near = first[jax.vmap(best)(first)[0].argmin()]
    errors, laws = jax.vmap(best)(near + step * jnp.linspace(-1, 1, 101))
    return laws[errors.argmin()]


def bootstrap_power_law(
    key: PRNGKeyArray,
    c: Float[Array, " n"],
    loss: Float[Array, "n r"],
    resamples: int = 200,
) -> Float[Array, "resamples 3"]:
    """Return the laws of `resamples` fits, each to the r runs of a size drawn again.

    Runs are drawn with replacement within their size and averaged. The spread of a
    column says how far chance in the runs moves it; with less than about five runs a
    size it says too little. It knows nothing of a law of another form. Source: Efron
    (1979), section 2.

    >>> c = jnp.array([1.0, 4.0, 16.0])
    >>> runs = (2 / c + 1)[:, None] * jnp.ones((1, 5))
    >>> bootstrap_power_law(jax.random.key(0), c, runs, 7)[:, 1].round(2).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def one(key: PRNGKeyArray) -> Array:
        drawn = jax.random.randint(key, loss.shape, 0, loss.shape[1])
        return fit_power_law(c, jnp.take_along_axis(loss, drawn, 1).mean(1))

    return jax.vmap(one)(jax.random.split(key, resamples))
