"""Exercise: its gradient, by hand."""

from math import cos, sin

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, same_under_jit, same_under_vmap, values
from nnds.checks.structure import own_work
from nnds.exercises.optimize import WITHOUT


def surface_gradient(x: Float[Array, " 2"]) -> Float[Array, " 2"]:
    """Return the gradient of `sin x0 cos x1 + sin(x0/2) cos(x1/2)` at one point.

    Number i is the derivative with respect to coordinate i of x.
    """
    return np.array(
        [
            cos(x[0]) * cos(x[1]) + cos(x[0] / 2) * cos(x[1] / 2) / 2,
            -sin(x[0]) * sin(x[1]) - sin(x[0] / 2) * sin(x[1] / 2) / 2,
        ]
    )


def _first_wave(x: Array) -> Array:
    return np.array([cos(x[0]) * cos(x[1]), -sin(x[0]) * sin(x[1])])


def _no_inner(x: Array) -> Array:
    return _first_wave(x) + _first_wave(x / 2)


SURFACE_GRADIENT = Exercise(
    spec=surface_gradient,
    minutes=6,
    without=WITHOUT,
    tolerance=1e-5,  # a difference of two heights is not by hand
    mistakes=(
        Mistake(
            "You forgot the inner derivative: the slope of sin(x0/2) is cos(x0/2)/2.",
            _no_inner,
        ),
        Mistake(
            "You have the sign of the second number wrong: the slope of a cosine is "
            "minus the sine.",
            lambda x: surface_gradient(x) * [1, -1],
        ),
        Mistake("You left out the second, wider wave.", _first_wave),
        Mistake(
            "You exchanged the two derivatives: the first is that of x0.",
            lambda x: surface_gradient(x)[::-1],
        ),
        Mistake(
            "You returned the way down, which is minus the gradient.",
            lambda x: -surface_gradient(x),
        ),
        Mistake(
            "You added the two derivatives up: a gradient has one number for each "
            "coordinate.",
            lambda x: surface_gradient(x).sum(),
        ),
    ),
    checks=(
        Check(
            values([([0, 0],), ([3, 7],)]),
            5,
            "Keep one coordinate fixed, and differentiate by the other.",
            "2.2",
        ),
        Check(
            gradients("second derivatives"),
            1,
            "Use jnp, so that it has a slope.",
            "2.2",
        ),
        Check(
            same_under_vmap(name="many points by vmap"),
            1,
            "One point is enough.",
            "2.2",
        ),
        Check(same_under_jit(), 1, "Under jit no value can choose a branch.", "2.3"),
        Check(own_work(), 1, "Differentiate by hand, and do not borrow.", "2.2"),
    ),
)
