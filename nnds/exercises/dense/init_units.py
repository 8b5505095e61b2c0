"""Exercise: first parameters of units with trainable Swish."""

from math import sqrt

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.key import Key
from nnds.checks.randomness import (
    distributed,
    no_global_generator,
    no_key_used_twice,
    normal,
    other_key_other_result,
    same_key_same_result,
    shapes,
)


def init_units(
    key: Key, d: int, c: int
) -> tuple[Float[Array, "d c"], Float[Array, " c"]]:
    """Return the first parameters (w, beta) of c units with trainable Swish.

    The weights w, of shape (d, c), are normal numbers of mean 0 and variance
    2 / (d + c). The slopes beta, of shape (c,), are normal numbers of mean 1 and
    standard deviation 0.1. All of them are independent, and come from the key alone.
    """
    return np.zeros((d, c)), np.ones(c)  # their means: what is known before the draw


INIT_UNITS = Exercise(
    spec=init_units,
    minutes=8,
    given={"d": lambda g, s: 60, "c": lambda g, s: 600},  # enough to tell a scale
    without=("nnds.init",),
    mistakes=(
        Mistake(
            "Your weights have the shape (c, d): a row of w belongs to an input, a "
            "column to a unit.",
            lambda key, d, c: init_units(key, c, d)[:1] + init_units(key, d, c)[1:],
        ),
        Mistake(
            "You returned the slopes first: the weights come first.",
            lambda key, d, c: init_units(key, d, c)[::-1],
        ),
    ),
    checks=(
        Check(
            shapes([(Key(0), 2, 3)]),
            1,
            "w is (d, c) and beta is (c,), in this order.",
            "5.4",
        ),
        Check(
            distributed(0.0, lambda d, c, **key: sqrt(2 / (d + c)), name="scale of w"),
            1,
            "The variance is the square of what normal numbers are multiplied by.",
            "5.2",
        ),
        Check(
            normal(name="normal weights"),
            1,
            "jax.random has a function for each distribution.",
            "5.2",
        ),
        Check(
            distributed(1.0, lambda **args: 0.1, result=1, name="scale of beta"),
            1,
            "The mean is 1 and the deviation 0.1: at a slope of 1, Swish is SiLU.",
            "5.4",
        ),
        Check(
            normal(1, name="normal slopes"),
            1,
            "jax.random has a function for each distribution.",
            "5.4",
        ),
        Check(
            no_key_used_twice(),
            1,
            "Split the key in two; each draw takes one of its own.",
            "2.3",
        ),
        Check(same_key_same_result(), 1, "Draw with jax.random only.", "2.3"),
        Check(other_key_other_result(), 1, "Use the key that you are given.", "2.3"),
        Check(no_global_generator(), 1, "Draw with jax.random only.", "2.3"),
    ),
)
