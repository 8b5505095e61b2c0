"""Exercise: units with a slope each, and their derivatives."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import permutation_equivariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, values
from nnds.checks.structure import no_python_loop
from nnds.exercises.dense import WITHOUT, sigmoid
from nnds.exercises.dense.swish import swish


def swish_units(
    x: Float[Array, " d"], beta: Float[Array, " d"]
) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
    """Return the activations of d units, and how steep each of them is.

    Unit i has the value `x_i · sigmoid(beta_i · x_i)`, and as its steepness the
    derivative of that value with respect to x_i. Both have shape (d,).
    """
    units = zip(map(np.array, x), map(np.array, beta), strict=True)
    values = np.array([float(swish(*unit)) for unit in units])
    steepness = np.zeros(len(x))
    for i in range(len(x)):
        gate = sigmoid(float(beta[i] * x[i]))
        steepness[i] = gate + beta[i] * x[i] * gate * (1 - gate)
    return values, steepness


def _all_pairs(x: Array, beta: Array) -> tuple[Array, ...]:
    """Return what each unit gives with the slope of each unit."""
    d = len(x)
    pairs = swish_units(np.repeat(x, d), np.tile(beta, d))
    return tuple(part.reshape(d, d) for part in pairs)


def _gates(x: Array, beta: Array) -> Array:
    return np.array([sigmoid(float(b * z)) for z, b in zip(x, beta, strict=True)])


def _by_slope(x: Array, beta: Array) -> tuple[Array, Array]:
    gates = _gates(x, beta)
    return swish_units(x, beta)[0], x**2 * gates * (1 - gates)


def _no_inner(x: Array, beta: Array) -> Array:
    gates = _gates(x, beta)
    return gates + x * gates * (1 - gates)


SWISH_UNITS = Exercise(
    spec=swish_units,
    minutes=6,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "You used the slope of the first unit for all: each unit has its own.",
            lambda x, beta: swish_units(x, np.full_like(beta, beta[:1].sum())),
        ),
        Mistake(
            "You used the mean of the slopes for all: each unit has its own.",
            lambda x, beta: swish_units(
                x, np.full_like(beta, beta.sum() / max(len(beta), 1))
            ),
        ),
        Mistake(
            "You combined every x with every slope: unit i has x[i] and beta[i] alone, "
            "so vmap goes over both arguments at once.",
            _all_pairs,
        ),
        Mistake(
            "You gave the units the slopes in the opposite order.",
            lambda x, beta: swish_units(x, beta[::-1]),
        ),
        Mistake(
            "You took the derivative with respect to beta: asked is the one with "
            "respect to x.",
            _by_slope,
        ),
        Mistake(
            "You returned the values alone: the derivatives are the second result.",
            lambda x, beta: swish_units(x, beta)[0],
        ),
        Mistake(
            "You returned the derivatives first: the values come first.",
            lambda x, beta: swish_units(x, beta)[::-1],
        ),
        Mistake(
            "You returned the derivatives alone: the values are the first result.",
            lambda x, beta: swish_units(x, beta)[1],
        ),
        Mistake(
            "You stacked the results into one array: asked is a pair of two.",
            lambda x, beta: np.stack(swish_units(x, beta)),
        ),
        Mistake(
            "Your derivative takes the gate for a constant, but it depends on x too.",
            lambda x, beta: (swish_units(x, beta)[0], _gates(x, beta)),
        ),
        Mistake(
            "Your derivative takes the x in front of the gate for a constant.",
            lambda x, beta: (
                swish_units(x, beta)[0],
                swish_units(x, beta)[1] - _gates(x, beta),
            ),
        ),
        Mistake(
            "Your derivative has no inner derivative: the gate is one of beta times x.",
            lambda x, beta: (swish_units(x, beta)[0], _no_inner(x, beta)),
        ),
    ),
    checks=(
        Check(
            values(
                [
                    ([1, -2, 3], [0, 0, 0]),
                    ([2, -1], [0, 3]),
                    ([0.02, -0.05, 0.1], [60, 40, -20]),  # bends in little space
                    ([100, -100, 90], [1, 2, -1]),
                ]
            ),
            4,
            "Your function of one unit, its value and its derivative, mapped over the "
            "units: which transformations of JAX do that?",
            "5.4",
        ),
        Check(
            permutation_equivariant({"x": (0,), "beta": (0,)}),
            2,
            "The units have no order.",
            "5.4",
        ),
        Check(
            same_under_jit(),
            2,
            "Under jit a value cannot choose a branch of `if`.",
            "2.3",
        ),
        Check(
            no_python_loop("d"), 2, "vmap in place of a Python loop over units.", "2.3"
        ),
    ),
)
