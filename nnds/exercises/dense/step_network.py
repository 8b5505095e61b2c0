"""Exercise: a network that is constant on bins."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.equations import linear_in
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, values
from nnds.checks.structure import no_python_loop, without_operations
from nnds.exercises.dense import WITHOUT, sigmoid


def step_network(
    x: Float[Array, ""],
    heights: Float[Array, " m"],
    start: Float[Array, ""],
    stop: Float[Array, ""],
) -> Float[Array, ""]:
    """Return a function of x that is constant on m equal bins of [start, stop).

    Bin i has the height `heights[i]`; outside the bins the result is 0. It is a network
    of 2m neurons: bin i is a step up at its left edge plus a step down at its right.
    """
    width = (stop - start) / max(len(heights), 1)
    total = 0.0
    for i in range(len(heights)):
        left, right = start + i * width, start + (i + 1) * width
        up = 1.0 if x >= left else 0.0
        down = 1.0 if x >= right else 0.0
        total += heights[i] * (up - down)
    return np.array(total)


def _inside_a_bin(generator: np.random.Generator, sizes: Sizes) -> Array:
    """Return x at a third of a bin of [-1, 2): on an edge, rounding decides."""
    m = max(sizes["m"], 1)
    return np.array(-1 + 3 * (generator.integers(m) + 1 / 3) / m)


def _edges(heights: Array, start: Array, stop: Array) -> Array:
    return start + (stop - start) * np.arange(len(heights) + 1) / max(len(heights), 1)


def _never_down(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    return np.array((heights * (x >= _edges(heights, start, stop)[:-1])).sum())


def _one_bin_less(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    up = (x >= np.linspace(start, stop, len(heights))).astype(float)
    return np.array((heights * (up - np.append(up[1:], 0.0)[: len(up)])).sum())


def _bins_too_wide(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    edges = np.linspace(start, stop, len(heights))
    width = edges[1] - edges[0] if len(edges) > 1 else 0.0
    return np.array((heights * ((edges <= x) & (x < edges + width))).sum())


def _each_bin(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    edges = _edges(heights, start, stop)
    return heights * ((edges[:-1] <= x) & (x < edges[1:]))


def _both_at_an_edge(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    edges = _edges(heights, start, stop)
    return np.array((heights * ((edges[:-1] <= x) & (x <= edges[1:]))).sum())


def _not_steep(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    gates = [sigmoid(4 * float(x - e)) for e in _edges(heights, start, stop)]
    return np.array((heights * -np.diff(gates)).sum())


STEP_NETWORK = Exercise(
    spec=step_network,
    minutes=12,
    given={
        "x": _inside_a_bin,
        "heights": lambda g, s: g.permutation(np.arange(1.0, s["m"] + 1)),
        "start": lambda g, s: np.array(-1.0),  # _inside_a_bin
        "stop": lambda g, s: np.array(2.0),
    },
    mistakes=(
        Mistake(
            "Your steps only go up: each bin also needs a step down at its right edge.",
            _never_down,
        ),
        Mistake(
            "You made one bin too few: m bins have m + 1 edges.",
            _one_bin_less,
            seen="numpy.linspace: m edges make m - 1 bins",
        ),
        Mistake(
            "Your bins are too wide: m bins have m + 1 edges, and you made m.",
            _bins_too_wide,
            seen="numpy.linspace: m edges",
        ),
        Mistake(
            "You returned a number for each bin: the last layer sums them.",
            _each_bin,
        ),
        Mistake(
            "At an edge two of your bins answer: a bin does not contain its right end.",
            _both_at_an_edge,
        ),
        Mistake(
            "Your bins are upside down: the sign of the steps is wrong.",
            lambda *args: -step_network(*args),
        ),
        Mistake(
            "You gave the bins their heights in the opposite order.",
            lambda x, heights, start, stop: step_network(x, heights[::-1], start, stop),
        ),
        Mistake(
            "You left out start: that is where the first bin begins.",
            lambda x, heights, start, stop: step_network(
                x + start, heights, start, stop
            ),
        ),
        Mistake(
            "Your bins have the width 1: together they fill [start, stop).",
            lambda x, heights, start, stop: step_network(
                x, heights, start, start + len(heights)
            ),
        ),
        Mistake(
            "You put the bins on [0, 1): start and stop say where they lie.",
            lambda x, heights, start, stop: step_network(
                x, heights, np.array(0.0), np.array(1.0)
            ),
        ),
        Mistake(
            "Your steps are not steep: a sigmoid of slope 4 rises for a long way.",
            _not_steep,
            seen="a sigmoid with a slope that is not steep",
        ),
        Mistake(
            "Your last bin never ends: from stop on, the result is 0.",
            lambda x, heights, start, stop: step_network(
                np.minimum(x, stop - 1e-3), heights, start, stop
            ),
        ),
        Mistake(
            "You step just after the edge: a bin contains its left edge, and not its "
            "right one.",
            lambda x, heights, start, stop: step_network(
                x - 1e-9, heights, start, stop
            ),
        ),
    ),
    without=WITHOUT,
    checks=(
        Check(
            values(
                [
                    *((x, [5, 7, 9], -1, 2) for x in (-2, -0.5, 0.5, 1.5, 3)),
                    *((x, [5, 7, 9, 6], 0, 4) for x in (0, 1, 3, 4)),  # edges
                    *((x, [8], -1, 2) for x in (-1, 1.5, 2)),
                    *((x, [5, 7, 9, 6], 0, 2) for x in (0.75, 1.25)),
                ]
            ),
            4,
            "Draw one bin: where does the network step up, and where down?",
            "B.1",
        ),
        Check(
            linear_in("heights"),
            2,
            "The heights are the weights of the last layer, which is linear.",
            "B.1",
        ),
        Check(
            gradients(), 1, "Each height gets the value of its bin as gradient.", "B.1"
        ),
        Check(
            without_operations("gather", "dynamic_slice", name="a network"),
            2,
            "Build 2m neurons and sum them; do not look a height up by its index.",
            "B.1",
        ),
        Check(no_python_loop("m"), 1, "All edges at once, by jnp.arange(m).", "2.3"),
    ),
)
