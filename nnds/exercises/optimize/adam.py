"""Exercise: a step of Adam."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import no_python_loop, own_work
from nnds.exercises.optimize import WITHOUT


def adam(
    m: Float[Array, " d"],
    s: Float[Array, " d"],
    g: Float[Array, " d"],
    step: Int[Array, ""],
    rate: Float[Array, ""],
) -> tuple[Float[Array, " d"], Float[Array, " d"], Float[Array, " d"]]:
    """Return a step of Adam, and the new running means m and s.

    They become `m = 0.9 m + 0.1 g` and `s = 0.999 s + 0.001 g²`. Corrected for their
    start at 0, they are `m / (1 - 0.9^step)` and `s / (1 - 0.999^step)`, where `step`
    is 1 in the first step. What is added to the parameters is minus `rate` times the
    corrected m, over the root of the corrected s plus 1e-8. The means that are
    returned are not corrected. A gradient that was always 0 gives a step of 0.
    """
    return _adam(m, s, g, step, rate)


def _adam(
    m: Array, s: Array, g: Array, step: Array, rate: Array,
    betas: tuple[float, float] = (0.9, 0.999), late: int = 0, corrects: bool = True,
    square: Callable[[Array], Array] = np.square, inside: float = 0.0,
    root: Callable[[Any], Any] = sqrt,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Return Adam's step and means; each default, changed, is a mistake."""
    (one, two), t = betas, float(step) + late
    m, s = one * m + (1 - one) * g, two * s + (1 - two) * square(g)
    by = (1 - one**t, 1 - two**t) if corrects else (1.0, 1.0)
    update = np.zeros(len(m))
    for i in range(len(m)):
        m_hat, s_hat = m[i] / by[0], s[i] / by[1]
        update[i] = -rate * m_hat / (root(s_hat + inside) + (0 if inside else 1e-8))
    return update, m, s


def _returns_corrected(
    m: Array, s: Array, g: Array, step: Array, rate: Array
) -> tuple[Array, ...]:
    update, m, s = _adam(m, s, g, step, rate)
    return update, m / (1 - 0.9 ** float(step)), s / (1 - 0.999 ** float(step))


TINY = [([0, 0], [0, 0], [1e-4, -1e-4], 1, 1), ([0, 0], [0, 0], [1e-8, 0], 1, 1)]
LATE = [([1, -2], [4, 1], [3, 0.5], step, 0.5) for step in (20, 1000)]

ADAM = Exercise(
    spec=adam,
    minutes=12,
    without=WITHOUT,
    given={
        "s": lambda g, sizes: g.integers(0, 4, sizes["d"]).astype(float),
        "step": lambda g, sizes: np.array(g.integers(1, 9), np.int32),
    },
    mistakes=(
        Mistake(
            "You forgot the correction: after one step, m is only a tenth of g.",
            lambda *args: _adam(*args, corrects=False),
        ),
        Mistake(
            "Your 1e-8 stands inside the root, where it becomes 1e-4.",
            lambda *args: _adam(*args, inside=1e-8),
        ),
        Mistake(
            "You return corrected means: the next step would correct them once more.",
            _returns_corrected,
        ),
        Mistake(
            "You count one step too many: the first has the number 1 already.",
            lambda *args: _adam(*args, late=1),
        ),
        Mistake(
            "Your correction has no power: divide by 1 - 0.9^step and 1 - 0.999^step.",
            lambda m, s, g, step, rate: _adam(m, s, g, step, rate, late=1 - int(step)),
        ),
        Mistake(
            "You exchanged 0.9 and 0.999: the mean of the squares is the slow one.",
            lambda *args: _adam(*args, betas=(0.999, 0.9)),
        ),
        Mistake(
            "You have no root: divide by the size of gradients, not by its square.",
            lambda *args: _adam(*args, root=float),
        ),
        Mistake(
            "You averaged the squares over all parameters: each has its own s.",
            lambda *args: _adam(
                *args, square=lambda g: np.full_like(g, (g**2).sum() / max(len(g), 1))
            ),
        ),
        Mistake(
            "Your step goes uphill: it has a minus.",
            lambda m, s, g, step, rate: _adam(m, s, g, step, -rate),
        ),
        Mistake(
            "You returned the means first: the step comes first.",
            lambda *args: _adam(*args)[1:] + _adam(*args)[:1],
        ),
    ),
    checks=(
        Check(
            values([*TINY, *LATE]),
            6,
            "Write the two means, correct copies of them, and only then divide.",
            "2.2",
        ),
        Check(same_under_jit(), 2, "step may be a tracer: no `if` on it.", "2.3"),
        Check(
            same_under_vmap(name="many starts by vmap"),
            1,
            "One start at a time.",
            "2.2",
        ),
        Check(no_python_loop("d"), 2, "All parameters at once.", "2.1"),
        Check(own_work(), 1, "Write the update yourself.", "2.2"),
    ),
)
