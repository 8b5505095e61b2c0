"""Exercises on descent: a function of many points, its slope, momentum, Adam."""

from collections.abc import Callable
from math import cos, sin, sqrt
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import (
    gradients,
    permutation_equivariant,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.checks.structure import no_python_loop, own_work

WITHOUT = ("nnds.optimize",)


def surface(x: Float[Array, "n 2"]) -> Float[Array, " n"]:
    """Return `sin x0 cos x1 + sin(x0/2) cos(x1/2)` for each of n points.

    Row i of x holds the two coordinates x0 and x1 of point i, in radians.
    """
    heights = [sin(a) * cos(b) + sin(a / 2) * cos(b / 2) for a, b in x]
    return np.array(heights).reshape(len(x))


def _heights(a: Array, b: Array) -> Array:
    return np.sin(a) * np.cos(b) + np.sin(a / 2) * np.cos(b / 2)


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
        Check(values(), 4, "Which axis of x holds the coordinates?", "2.1"),
        Check(
            permutation_equivariant({"x": (0,)}), 1, "The points have no order.", "2.1"
        ),
        Check(gradients(), 1, "Descent needs the slope of each point.", "2.2"),
        Check(no_python_loop("n"), 1, "All points at once, by columns of x.", "2.1"),
        Check(own_work(), 1, "Write the formula yourself.", "2.1"),
    ),
)


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
        Check(gradients("second derivatives"), 1, "Use jnp, so that it has a slope.", "2.2"),
        Check(same_under_vmap(name="many points by vmap"), 1, "One point is enough.", "2.2"),
        Check(same_under_jit(), 1, "Under jit no value can choose a branch.", "2.3"),
        Check(own_work(), 1, "Differentiate by hand, and do not borrow.", "2.2"),
    ),
)  # fmt: skip


def momentum(
    v: Float[Array, " d"],
    g: Float[Array, " d"],
    rate: Float[Array, ""],
    beta: Float[Array, ""],
) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
    """Return the step of gradient descent with momentum, and the new velocity.

    The new velocity is `beta · v + g`, where g is the gradient; the step, which is
    added to the parameters, is minus `rate` times the new velocity.
    """
    new = np.array([beta * v[i] + g[i] for i in range(len(v))]).reshape(v.shape)
    return -rate * new, new


def _velocity(change: Callable[..., Array]) -> Callable[..., Any]:
    """Return the mistake whose velocity is `change(v, g, beta)`."""

    def wrong(v: Array, g: Array, rate: Array, beta: Array) -> tuple[Array, Array]:
        new = change(v, g, beta)
        return -rate * new, new

    return wrong


MOMENTUM = Exercise(
    spec=momentum,
    minutes=5,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "Your step goes uphill: it is minus the rate times the velocity.",
            lambda v, g, rate, beta: momentum(v, g, -rate, beta),
        ),
        Mistake(
            "You return the old velocity: then no step remembers the one before.",
            lambda v, g, rate, beta: (momentum(v, g, rate, beta)[0], v),
        ),
        Mistake(
            "You start each step from velocity 0: v is not used.",
            _velocity(lambda v, g, beta: g),
        ),
        Mistake(
            "You took a running mean: the gradient is added whole, not times 1 - beta.",
            _velocity(lambda v, g, beta: beta * v + (1 - beta) * g),
        ),
        Mistake(
            "You forgot beta: the old velocity is to fade.",
            _velocity(lambda v, g, beta: v + g),
        ),
        Mistake(
            "You multiplied the gradient by beta: it belongs to the old velocity.",
            _velocity(lambda v, g, beta: v + beta * g),
        ),
        Mistake(
            "Your velocity holds the rate: it is to stay a sum of gradients.",
            lambda v, g, rate, beta: (beta * v - rate * g,) * 2,
        ),
        Mistake(
            "You returned the velocity first: the step comes first.",
            lambda *args: momentum(*args)[::-1],
        ),
        Mistake(
            "You wrote Nesterov's step, which looks one velocity ahead.",
            lambda v, g, rate, beta: (
                -rate * (beta * (beta * v + g) + g),
                beta * v + g,
            ),
        ),
    ),
    checks=(
        Check(values(), 5, "First the new velocity, then the step along it.", "2.2"),
        Check(same_under_jit(), 1, "Under jit no value can choose a branch.", "2.3"),
        Check(same_under_vmap(name="many starts by vmap"), 1, "One start at a time.", "2.2"),
        Check(no_python_loop("d"), 1, "All parameters at once.", "2.1"),
        Check(own_work(), 1, "Write both lines yourself.", "2.2"),
    ),
)  # fmt: skip


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
            values(TINY),
            6,
            "Write the two means, correct copies of them, and only then divide.",
            "2.2",
        ),
        Check(same_under_jit(), 2, "step may be a tracer: no `if` on it.", "2.3"),
        Check(same_under_vmap(name="many starts by vmap"), 1, "One start at a time.", "2.2"),
        Check(no_python_loop("d"), 2, "All parameters at once.", "2.1"),
        Check(own_work(), 1, "Write the update yourself.", "2.2"),
    ),
)  # fmt: skip
