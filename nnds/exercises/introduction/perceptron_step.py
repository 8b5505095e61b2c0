"""Exercise: one step of the perceptron."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import no_python_loop, own_work

Pair = tuple[Array, Array]


def perceptron_step(
    w: Float[Array, " d"],
    b: Float[Array, ""],
    x: Float[Array, " d"],
    y: Float[Array, ""],
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """Return (w, b) after the perceptron has seen the example x with label y, 1 or -1.

    A mistake is `y · (w·x + b) <= 0`: on the line is a mistake too. Then y·x is added
    to w, and y to b. With no mistake both stay as they are.
    """
    score = sum((w[i] * x[i] for i in range(len(x))), 0.0) + b
    if y * score <= 0:
        return w + y * x, b + y
    return w, b


def _moved(w: Array, b: Array, x: Array, y: Array, wrong: bool) -> Pair:
    return (w + y * x, b + y) if wrong else (w, b)


PERCEPTRON_STEP = Exercise(
    spec=perceptron_step,
    minutes=8,
    given={"y": lambda g, s: np.array(g.choice([-1.0, 1.0]))},
    without=("nnds.perceptron",),
    mistakes=(
        Mistake(
            "You moved the line at every example: without a mistake it stays.",
            lambda w, b, x, y: _moved(w, b, x, y, True),
        ),
        Mistake(
            "You moved the line where it is right: it learns from mistakes.",
            lambda w, b, x, y: _moved(w, b, x, y, y * (w @ x + b) > 0),
        ),
        Mistake(
            "You let a point on the line pass: with w = 0 and b = 0 every point is on "
            "it, and nothing would ever be learned.",
            lambda w, b, x, y: _moved(w, b, x, y, y * (w @ x + b) < 0),
        ),
        Mistake(
            "You moved the line away from the example: y·x is added.",
            lambda w, b, x, y: (
                2 * w - perceptron_step(w, b, x, y)[0],
                2 * b - perceptron_step(w, b, x, y)[1],
            ),
        ),
        Mistake(
            "You added x whatever its label: a label of -1 subtracts.",
            lambda w, b, x, y: _moved(
                w, b, x, np.array(1.0), perceptron_step(w, b, x, y)[1] != b
            ),
        ),
        Mistake(
            "You left b as it was: y is added to it.",
            lambda w, b, x, y: (perceptron_step(w, b, x, y)[0], b),
        ),
        Mistake(
            "You left b out of the score: a mistake is y (w·x + b) <= 0.",
            lambda w, b, x, y: _moved(w, b, x, y, y * (w @ x) <= 0),
        ),
        Mistake(
            "You returned w alone: b is the second result.",
            lambda w, b, x, y: perceptron_step(w, b, x, y)[0],
        ),
        Mistake(
            "You moved by the size of the error: the perceptron adds y·x, however "
            "wrong it is.",
            lambda w, b, x, y: (
                w + (y - (w @ x + b)) * x,
                b + (y - (w @ x + b)),
            ),
        ),
        Mistake(
            "You moved twice as far: y minus the answer is 2 or -2 at a mistake.",
            lambda w, b, x, y: (
                2 * perceptron_step(w, b, x, y)[0] - w,
                2 * perceptron_step(w, b, x, y)[1] - b,
            ),
        ),
    ),
    checks=(
        Check(
            values(
                [
                    ([0.0, 0.0], 0.0, [2.0, 1.0], -1.0),  # on the line
                    ([1.0, 0.0], -2.0, [2.0, 1.0], 1.0),
                    ([1.0, 0.0], 2.0**-10 - 2, [2.0, 1.0], 1.0),  # beside it
                    ([1.0, 0.0], -(2.0**-10) - 2, [2.0, 1.0], -1.0),
                    ([1.0, 0.0], -3.0, [2.0, 1.0], 1.0),  # b alone makes it wrong
                    ([1.0, 0.0], 3.0, [2.0, 1.0], 1.0),
                    ([1.0, 0.0], 3.0, [2.0, 1.0], -1.0),
                ]
            ),
            5,
            "When is the sign of the score not that of the label? What is added then?",
            "1",
        ),
        Check(
            same_under_jit(),
            2,
            "Under jit a value cannot choose a branch of `if`; use jnp.where.",
            "2.3",
        ),
        Check(
            same_under_vmap(),
            1,
            "A product w @ x of one example; vmap does many.",
            "2.3",
        ),
        Check(no_python_loop("d"), 1, "One product w @ x, however long x is.", "2.3"),
        Check(own_work(), 1, "Write the rule; do not call the package's.", "1"),
    ),
)
