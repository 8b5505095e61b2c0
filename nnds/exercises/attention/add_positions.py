"""Exercise: sinusoidal positions, by which order can be read."""

from math import cos, sin, sqrt

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.law import Law
from nnds.checks.laws import same_under_vmap, values
from nnds.checks.structure import no_python_loop
from nnds.checks.trial import Trial
from nnds.exercises.attention import TOPIC


def add_positions(x: Float[Array, "n d"]) -> Float[Array, "n d"]:
    """Return `x + p` with the sinusoidal position p, so that order can be read.

    p[t, 2i] = sin(t · 10000^(-2i/d)) and p[t, 2i+1] = cos(t · 10000^(-2i/d)), d even.
    """
    n, d = x.shape
    out = np.zeros((n, d))
    for t in range(n):
        for i in range(d // 2):
            angle = t * 10000 ** (-2 * i / d)
            out[t, 2 * i] = x[t, 2 * i] + sin(angle)
            out[t, 2 * i + 1] = x[t, 2 * i + 1] + cos(angle)
    return out


def _positions(x: Array) -> Array:
    return add_positions(0 * x)


def _own_frequency(x: Array) -> Array:
    out = x.copy()
    for t, i in np.ndindex(x.shape):
        angle = t * 10000 ** (-2 * i / x.shape[1])
        out[t, i] += cos(angle) if i % 2 else sin(angle)
    return out


def _order_is_seen(trial: Trial) -> None:
    """Items in another order must not merely give the result in that order."""
    x = trial.args["x"]
    if len(x) < 2:
        return
    (turned,) = trial.call({"x": x[::-1].copy()})
    (straight,) = trial.call()
    if turned.shape == straight.shape and np.allclose(turned[::-1], straight):
        trial.fail(
            "reversed tokens give the reversed result: the order cannot be read from it"
        )


ADD_POSITIONS = Exercise(
    spec=add_positions,
    minutes=10,
    mistakes=(
        Mistake(
            "You put all sines first: sine and cosine of one angle are neighbours.",
            lambda x: (
                x + np.concatenate([_positions(x)[:, 0::2], _positions(x)[:, 1::2]], 1)
            ),
            seen="github tatp22/multidim-positional-encoding#20",
        ),
        Mistake(
            "You gave each feature its own frequency: sine and cosine share one.",
            _own_frequency,
            seen="github BrianPulfer/PapersReimplementations#9",
        ),
        Mistake(
            "You added no positions: every place gets its own vector.", lambda x: x
        ),
        Mistake(
            "You added the same vector at every place.",
            lambda x: x + add_positions(np.zeros((2, x.shape[1])))[1],
        ),
        Mistake(
            "You multiplied by the positions: they are added.",
            lambda x: x * _positions(x),
        ),
        Mistake(
            "You exchanged sines and cosines: the sine is at the even features.",
            lambda x: (
                x
                + _positions(x)
                .reshape(len(x), x.shape[1] // 2, 2)[:, :, ::-1]
                .reshape(x.shape)
            ),
        ),
        Mistake(
            "You scaled the tokens: they are added as they are.",
            lambda x: x * sqrt(x.shape[1]) + _positions(x),
        ),
    ),
    sizes={"n": (1, 2, 3, 5, 7, 16, 0), "d": (2, 4, 6, 8)},
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "Sines at even features, cosines at odd ones, at the same angle.",
            "10.2",
        ),
        Check(
            Law("equivariance is broken", _order_is_seen),
            3,
            "Each place must get its own vector.",
            "10.2",
        ),
        Check(
            equality(
                "the position is added",
                lambda f, x: (f(x) - f(0 * x), x),
                of="f(x) - f(0)",
            ),
            1,
            "The position does not depend on the token.",
            "10.2",
        ),
        Check(
            same_under_vmap(),
            1,
            "Positions count along the first axis of one sequence.",
            "2.3",
        ),
        Check(
            no_python_loop("n"),
            1,
            "All angles at once: the outer product of positions and frequencies.",
            "2.3",
        ),
    ),
)
