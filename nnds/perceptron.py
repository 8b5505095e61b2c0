"""The perceptron: one line through the data, moved by one mistake at a time."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float


def perceptron(
    x: Float[Array, " d"], w: Float[Array, " d"], b: Float[Array, ""]
) -> Float[Array, ""]:
    """Return 1 where `w·x + b > 0`, and -1 elsewhere: the side of a line.

    Its gradient is 0 wherever it has one. Source: Rosenblatt (1958); the book, chapter
    1.

    >>> perceptron(jnp.array([1.0, 2.0]), jnp.array([1.0, -1.0]), jnp.array(0.5)).item()
    -1.0
    """
    return jnp.where(w @ x + b > 0, 1.0, -1.0).astype(x.dtype)


def perceptron_step(
    w: Float[Array, " d"],
    b: Float[Array, ""],
    x: Float[Array, " d"],
    y: Float[Array, ""],
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """Return `(w + y x, b + y)` if `y (w·x + b) <= 0`, else `(w, b)` as they are.

    The label y is -1 or 1. A point on the line counts as a mistake, or else zeros would
    never learn. Source: Rosenblatt (1958); Novikoff (1962).

    >>> zero, one = jnp.zeros(()), jnp.ones(())
    >>> w, b = perceptron_step(jnp.zeros(2), zero, jnp.array([2.0, -1.0]), -one)
    >>> w.tolist(), b.item()
    ([-2.0, 1.0], -1.0)
    """
    mistake = y * (w @ x + b) <= 0
    return jnp.where(mistake, w + y * x, w), jnp.where(mistake, b + y, b)


def perceptron_path(
    x: Float[Array, "n d"],
    y: Float[Array, " n"],
    passes: int,
    step: Callable[..., tuple[Array, Array]] = perceptron_step,
) -> tuple[Float[Array, "t d"], Float[Array, " t"], Bool[Array, " t"]]:
    """Return w and b before each of the t = passes·n steps, and where they were wrong.

    Begins with zeros and takes the examples in their order, again and again. A whole
    pass without a mistake means that the line separates them.

    >>> x, y = jnp.array([[1.0], [-1.0]]), jnp.array([1.0, -1.0])
    >>> perceptron_path(x, y, 2)[2].tolist()
    [True, True, False, False]
    """

    def one(line, example):
        w, b = line
        x, y = example
        return step(w, b, x, y), (w, b, y * (w @ x + b) <= 0)

    zeros = (jnp.zeros(x.shape[1], x.dtype), jnp.zeros((), x.dtype))
    again = (jnp.tile(x, (passes, 1)), jnp.tile(y, passes))
    return jax.lax.scan(one, zeros, again)[1]


def mistake_bound(
    x: Float[Array, "n d"],
    y: Float[Array, " n"],
    w: Float[Array, " d"],
    b: Float[Array, ""],
) -> Float[Array, ""]:
    """Return `(R / γ)²`: the perceptron makes no more mistakes, in whatever order.

    R is the length of the longest `(x, 1)`, and γ the least `y (w·x + b)` divided by
    the length of `(w, b)`. Infinite for a line that does not separate the labels.
    Source: Novikoff (1962), theorem 1.

    >>> x, y = jnp.array([[1.0], [-1.0]]), jnp.array([1.0, -1.0])
    >>> mistake_bound(x, y, jnp.ones(1), jnp.zeros(())).item()
    2.0
    """
    margin = (y * (x @ w + b)).min() / jnp.sqrt(w @ w + b**2)
    longest = ((x**2).sum(1) + 1).max()
    return jnp.where(margin > 0, longest / margin**2, jnp.inf)


def widest_margin(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " d"], float]:
    """Return the line `(w, b)` of least length with `y (w·x + b) >= 1` for all rows.

    It gives `mistake_bound` its least value. ValueError where no line separates the
    labels, with a point that is an average of both: the proof that none does. Solved as
    non-negative least squares. Source: Lawson & Hanson (1974), section 23.4.

    >>> w, b = widest_margin(np.array([[1.0], [3.0]]), np.array([-1.0, 1.0]))
    >>> print(round(w[0], 6), round(b, 6))
    1.0 -2.0
    """
    signed = y[:, None] * np.column_stack([x, np.ones(len(x))])
    rows = np.vstack([signed.T, np.ones(len(x))])
    target = np.append(np.zeros(x.shape[1] + 1), 1.0)
    weights = _not_negative(rows, target)
    residual = target - rows @ weights
    if residual[-1] < 1e-9:
        share = weights * (y > 0)
        point = share @ x / share.sum()
        raise ValueError(
            f"no line separates these {len(x)} points: {point.round(3).tolist()} is an "
            "average of points of either class"
        )
    line = -residual[:-1] / residual[-1]
    return line[:-1], float(line[-1])


def _not_negative(a: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the x >= 0 with `a x` nearest to the target (Lawson & Hanson, 23.3)."""
    x, free = np.zeros(a.shape[1]), np.zeros(a.shape[1], bool)
    while not free.all():
        slope = np.where(free, -np.inf, a.T @ (target - a @ x))
        if slope.max() <= 1e-10:
            break
        free[slope.argmax()] = True
        while True:
            best = np.zeros_like(x)
            best[free] = np.linalg.lstsq(a[:, free], target, rcond=None)[0]
            below = free & (best <= 0)
            if not below.any():
                break
            x += (x[below] / (x[below] - best[below])).min() * (best - x)
            free &= x > 1e-12
        x = best
    return x
