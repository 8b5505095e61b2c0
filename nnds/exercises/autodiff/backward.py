"""Exercise: the sweep along a tape whose nodes are used more than once."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import own_work
from nnds.exercises.autodiff import WITHOUT


def backward(
    parents: Int[Array, "n 2"], slopes: Float[Array, "n 2"]
) -> Float[Array, " n"]:
    """Return the derivative of the last node of a tape with respect to each node.

    Node i was computed from the nodes `parents[i, 0]` and `parents[i, 1]`, which stand
    before it and may be the same; `slopes[i, k]` is the derivative of node i with
    respect to its parent k alone. Where a node has no parent, the slope is 0 and the
    number of the parent is i itself or any before it. n is at least 1.
    """
    return _swept(parents, slopes, range(len(parents)))


def _swept(parents: Array, slopes: Array, numbers: Any, adds: bool = True) -> Array:
    g = np.zeros(len(parents))
    g[-1] = 1
    for i in reversed(numbers):
        for j, slope in zip(parents[i], slopes[i], strict=True):
            g[j] = (g[j] if adds else 0) + slope * g[i]
    return g


def _adds_once_where_shared(parents: Array, slopes: Array) -> Array:
    g = np.zeros(len(parents))
    g[-1] = 1
    for i in reversed(range(len(parents))):
        before = g.copy()
        for j, slope in zip(parents[i], slopes[i], strict=True):
            g[j] = before[j] + slope * g[i]  # x.at[parents].set: the second one wins
    return g


def _draw_parents(generator: Any, sizes: Any) -> Array:
    rows = [generator.integers(0, max(i, 1), 2) for i in range(sizes["n"])]
    return np.array(rows, np.int32).reshape(-1, 2)


def _draw_slopes(generator: Any, sizes: Any) -> Array:
    slopes = generator.integers(-2, 4, (sizes["n"], 2)).astype(float)
    slopes[0] = 0  # the first node is an input
    return slopes


SQUARE = ([[0, 0], [0, 0]], [[0, 0], [3, 3]])  # x · x at x = 3
FOURTH = ([[0, 0], [0, 0], [1, 1]], [[0, 0], [2, 2], [4, 4]])  # x² · x² at 2
TWO_WAYS = ([[0, 0], [0, 0], [0, 0], [1, 2]], [[0, 0], [3, 0], [5, 0], [1, 1]])
UNUSED = ([[0, 0], [0, 0], [0, 0]], [[0, 0], [7, 0], [2, 0]])

BACKWARD = Exercise(
    spec=backward,
    minutes=15,
    without=WITHOUT,
    sizes={"n": (1, 2, 3, 4, 5, 6, 7, 8, 9)},
    given={"parents": _draw_parents, "slopes": _draw_slopes},
    mistakes=(
        Mistake(
            "You overwrite: a node that is used twice gets the sum of both ways.",
            lambda parents, slopes: _swept(
                parents, slopes, range(len(parents)), adds=False
            ),
        ),
        Mistake(
            "In x · x both parents are the same node: add each of the two slopes.",
            _adds_once_where_shared,
        ),
        Mistake(
            "You go forward: a node must have all of its cotangent before it passes "
            "it on, so start at the end.",
            lambda parents, slopes: _swept(parents, slopes, range(len(parents))[::-1]),
        ),
        Mistake(
            "You follow the first parent only.",
            lambda parents, slopes: backward(parents, slopes * [1, 0]),
        ),
        Mistake(
            "You forgot the factor g[i]: the chain rule multiplies along a way.",
            lambda parents, slopes: (
                np.bincount(parents.ravel(), slopes.ravel(), len(parents))
                + np.eye(len(parents))[-1]
            ),
        ),
        Mistake(
            "You start with g = 0 at the end: the last node's own derivative is 1.",
            lambda parents, slopes: np.zeros(len(parents)),
        ),
        Mistake(
            "You returned only the derivative for the first node: all are wanted.",
            lambda parents, slopes: backward(parents, slopes)[0],
        ),
        Mistake(
            "You start with ones at all nodes: only the last has 1.",
            lambda parents, slopes: _from_ones(parents, slopes),
        ),
    ),
    checks=(
        Check(
            values([SQUARE, FOURTH, TWO_WAYS, UNUSED]),
            10,
            "g[parent] += slope · g[node], for each node from the last to the first.",
            "6.3",
        ),
        Check(same_under_jit(), 1, "parents may be a tracer: use .at[j].add.", "6.3"),
        Check(same_under_vmap(), 1, "One tape at a time.", "6.3"),
        Check(own_work(), 1, "Write the sweep yourself.", "6.3"),
    ),
)


def _from_ones(parents: Array, slopes: Array) -> Array:
    g = np.ones(len(parents))
    for i in reversed(range(len(parents))):
        for j, slope in zip(parents[i], slopes[i], strict=True):
            g[j] += slope * g[i]
    return g
