"""Exercise: a function of many points."""

from math import cos, sin

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import permutation_equivariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, values
from nnds.checks.structure import no_python_loop, own_work
from nnds.exercises.optimize import WITHOUT


def surface(x: Float[Array, "n 2"]) -> Float[Array, " n"]:
    """Return `sin x0 cos x1 + sin(x0/2) cos(x1/2)` for each of n points.

    Row i of x holds the two coordinates x0 and x1 of point i, in radians.
    """
    heights = [sin(a) * cos(b) + sin(a / 2) * cos(b / 2) for a, b in x]
    return np.array(heights).reshape(len(x))


def _heights(a: Array, b: Array) -> Array:
    waves = [np.sin(k * a) * np.cos(k * b) for k in (1.0, 0.5)]
    return waves[0] + waves[1]


SURFACE = Exercise(
    spec=surface,
    minutes=5,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "You combined every x0 with every x1: a column (n, 1) and a row (n) spread "
            "to (n, n).",
            lambda x: _heights(x[:, :1], x[None, :, 1]),
        ),
        Mistake(
            "Your result is a column (n, 1): x[:, 0] drops the axis that x[:, :1] "
            "keeps.",
            lambda x: surface(x)[:, None],
        ),
        Mistake(
            "You read rows for columns: x[0] is the first point, and x[:, 0] the first "
            "coordinate of all.",
            lambda x: _heights(x[0], x[min(1, len(x) - 1)]),
        ),
        Mistake(
            "You added the heights up: each point has its own.",
            lambda x: surface(x).sum(),
        ),
        Mistake("You exchanged the two coordinates.", lambda x: surface(x[:, ::-1])),
        Mistake(
            "You halved the sine and not its angle: sin(x0/2) is not sin(x0)/2.",
            lambda x: 1.25 * np.sin(x[:, 0]) * np.cos(x[:, 1]),
        ),
        Mistake(
            "You left out the second, wider wave.",
            lambda x: np.sin(x[:, 0]) * np.cos(x[:, 1]),
        ),
        Mistake(
            "Your second wave has the angles of the first: halve them.",
            lambda x: 2 * np.sin(x[:, 0]) * np.cos(x[:, 1]),
        ),
    ),
    checks=(
        Check(
            values([([[7, -9], [12, 30], [-20, 4]],)]),
            4,
            "Which axis of x holds the coordinates?",
            "2.1",
        ),
        Check(
            permutation_equivariant({"x": (0,)}), 1, "The points have no order.", "2.1"
        ),
        Check(gradients(), 1, "Descent needs the slope of each point.", "2.2"),
        Check(no_python_loop("n"), 1, "All points at once, by columns of x.", "2.1"),
        Check(own_work(), 1, "Write the formula yourself.", "2.1"),
    ),
)
