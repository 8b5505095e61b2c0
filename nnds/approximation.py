"""Universal approximation by hand: networks whose weights are written, not trained."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnds.activations import sigmoid, step
from nnds.dense import MLP, Dense


def bins(
    heights: Float[Array, " m"],
    start: float,
    stop: float,
    steepness: float | None = None,
) -> MLP:
    """Return an MLP of one input and 2m hidden neurons that draws a staircase.

    On the i-th of m equal bins of `[start, stop)` it is `heights[i]`, and 0 elsewhere:
    neuron i steps up at the left edge of the bin, neuron m + i down at the right. With
    a `steepness` s the steps are smooth, `σ(s·(x - edge))`. Edges that do not rise
    raise ValueError. Source: Cybenko (1989); the book, appendix B.

    >>> network = bins(jnp.array([5.0, 7.0]), 0.0, 2.0)
    >>> [network(jnp.array([x])).item() for x in (-0.5, 0.5, 1.5, 2.5)]
    [0.0, 5.0, 7.0, 0.0]
    """
    if not start < stop:
        raise ValueError(f"the bins go from {start} to {stop}; expected start < stop")
    edges = jnp.linspace(start, stop, heights.shape[0] + 1)
    left_then_right = jnp.concatenate([edges[:-1], edges[1:]])
    up_then_down = jnp.concatenate([heights, -heights])
    scale = 1.0 if steepness is None else steepness
    w = jnp.full((1, left_then_right.size), scale)
    hidden = Dense(w=w, b=-scale * left_then_right)
    last = Dense(w=up_then_down[:, None], b=jnp.zeros(1))
    return MLP((hidden, last), activation=step if steepness is None else sigmoid)


def middles(
    f: Callable[[Array], Array], m: int, start: float, stop: float
) -> Float[Array, " {m}"]:
    """Return f in the middle of each of m equal bins: heights for `bins`.

    For a slope of f of at most L, the staircase is nowhere more than
    `L·(stop - start)/2m` from f.

    >>> middles(lambda x: x, 2, 0.0, 4.0).tolist()
    [1.0, 3.0]
    """
    width = (stop - start) / m
    return f(start + width * (jnp.arange(m) + 0.5))
