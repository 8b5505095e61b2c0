"""Exercise: an activation with a trainable slope."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import (
    finite_gradients,
    gradients,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.checks.structure import own_work
from nnds.exercises.dense import WITHOUT, sigmoid


def swish(x: Float[Array, ""], beta: Float[Array, ""]) -> Float[Array, ""]:
    """Return `x · sigmoid(beta · x)` for one unit, with its trainable slope `beta`.

    Any size of x gives a finite value and finite gradients for x and beta.
    """
    return np.array(x * sigmoid(float(beta * x)))


def _overflowing(x: Array, beta: Array) -> Array:
    large = np.exp(np.float32(beta * x))
    return np.array(x * large / (1 + large))


EXTREME = [(x, beta) for x in (-1000, 0, 1000) for beta in (1, -2, 0)]

SWISH = Exercise(
    spec=swish,
    minutes=5,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "You forgot the slope: beta does not change your result.",
            lambda x, beta: swish(x, np.array(1.0)),
        ),
        Mistake(
            "You multiplied the result by beta: the slope belongs inside the sigmoid.",
            lambda x, beta: beta * swish(x, np.array(1.0)),
        ),
        Mistake(
            "You multiplied by beta twice: the x in front of the sigmoid has no slope.",
            lambda x, beta: beta * swish(x, beta),
        ),
        Mistake(
            "You returned the gate alone: x still has to be multiplied with it.",
            lambda x, beta: np.array(sigmoid(float(beta * x))),
        ),
        Mistake(
            "Your exponential overflows: exp(1000) is infinite in 32 bits, and "
            "infinity over infinity is not a number.",
            _overflowing,
            seen="github jeshraghian/snntorch#427: inf / inf is NaN",
        ),
        Mistake(
            "You have the sign of the slope wrong: a large positive x passes as it is.",
            lambda x, beta: swish(x, -beta),
        ),
    ),
    checks=(
        Check(
            values(EXTREME),
            3,
            "Try it at x = 0 and at a very large x: what should come out?",
            "5.4",
        ),
        Check(gradients(), 2, "Both x and beta are trained.", "5.4"),
        Check(
            finite_gradients(EXTREME),
            2,
            "A value may be finite while its gradient is not: where does an infinite "
            "number appear on the way?",
            "5.4",
        ),
        Check(
            same_under_vmap(name="per unit by vmap"),
            1,
            "Write the function of one number; vmap gives each unit its own beta.",
            "5.4",
        ),
        Check(
            same_under_jit(),
            1,
            "Under jit a value cannot choose a branch of `if`; use jnp.where.",
            "2.3",
        ),
        Check(
            own_work(),
            1,
            "Write the formula; do not call the function of the package.",
            "5.4",
        ),
    ),
)
