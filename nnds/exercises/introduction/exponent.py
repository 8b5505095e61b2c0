"""Exercise: the exponent of a power law."""

from math import log

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, values
from nnds.checks.structure import own_work


def exponent(
    c: Float[Array, " n"], loss: Float[Array, " n"], floor: Float[Array, ""]
) -> Float[Array, ""]:
    """Return the b for which `a · c^-b + floor` is nearest to the losses.

    Nearest is meant in logarithms: the line through `log(loss - floor)` against `log c`
    with the least squared error has the slope -b. All sizes c are positive and not
    equal, and all losses above the floor.
    """
    n = len(c)
    u = [log(c[i]) for i in range(n)]
    v = [log(loss[i] - floor) for i in range(n)]
    mean_u, mean_v = sum(u) / n, sum(v) / n
    above = sum((u[i] - mean_u) * (v[i] - mean_v) for i in range(n))
    return np.array(-above / sum((u[i] - mean_u) ** 2 for i in range(n)))


def _slope(u: Array, v: Array) -> Array:
    u, v = u - u.mean(), v - v.mean()
    return np.array(u @ v / (u @ u))


EXPONENT = Exercise(
    spec=exponent,
    minutes=8,
    sizes={"n": (3, 4, 5, 6, 7)},
    given={
        "c": lambda g, s: 2.0 ** np.sort(g.choice(12, s["n"], replace=False)),
        "loss": lambda g, s: 3 + np.round(g.uniform(0.2, 4.0, s["n"]), 1),
        "floor": lambda g, s: np.array(round(g.uniform(1.0, 2.5), 1)),
    },
    without=("nnds.scaling",),
    mistakes=(
        Mistake(
            "You have the sign wrong: a loss that falls has a positive exponent.",
            lambda c, loss, floor: -exponent(c, loss, floor),
        ),
        Mistake(
            "You forgot the floor: only what lies above it falls as a power.",
            lambda c, loss, floor: exponent(c, loss, 0 * floor),
        ),
        Mistake(
            "You took no logarithm of the loss: a power law is a line in both "
            "logarithms.",
            lambda c, loss, floor: -_slope(np.log(c), loss - floor),
        ),
        Mistake(
            "You took no logarithm of the size: that is an exponential law.",
            lambda c, loss, floor: -_slope(c, np.log(loss - floor)),
        ),
        Mistake(
            "You took no logarithm at all: that is the slope of a straight line.",
            lambda c, loss, floor: -_slope(c, loss - floor),
        ),
        Mistake(
            "You used the first and the last size only: the runs between count too.",
            lambda c, loss, floor: exponent(c[[0, -1]], loss[[0, -1]], floor),
        ),
        Mistake(
            "You exchanged the axes: the size explains the loss.",
            lambda c, loss, floor: -_slope(np.log(loss - floor), np.log(c)),
        ),
        Mistake(
            "You put the line through the origin: its height, log a, is free.",
            lambda c, loss, floor: (
                -np.array(np.log(c) @ np.log(loss - floor) / (np.log(c) @ np.log(c)))
            ),
        ),
    ),
    checks=(
        Check(
            values([([1.0, 2.0, 4.0], [3.0, 2.0, 1.5], 1.0)]),
            5,
            "Of which two numbers is a power law a straight line?",
            "1",
        ),
        Check(
            equality(
                "another unit of size",
                lambda f, c, loss, floor: (f(16 * c, loss, floor), f(c, loss, floor)),
                sizes=1,
            ),
            2,
            "Whether c counts parameters or millions of them changes a, and not b.",
            "1",
        ),
        Check(same_under_jit(), 1, "jnp.polyfit and jnp.linalg run under jit.", "2.3"),
        Check(own_work(), 1, "Fit it; do not call the package's fit.", "1"),
    ),
)
