"""Exercise: a step of gradient descent with momentum."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import no_python_loop, own_work
from nnds.exercises.optimize import WITHOUT


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
        Check(
            values([([1, -2], [20, 3], 0.1, beta) for beta in (0, 0.9, 0.99, 1)]),
            5,
            "First the new velocity, then the step along it.",
            "2.2",
        ),
        Check(same_under_jit(), 1, "Under jit no value can choose a branch.", "2.3"),
        Check(
            same_under_vmap(name="many starts by vmap"),
            1,
            "One start at a time.",
            "2.2",
        ),
        Check(no_python_loop("d"), 1, "All parameters at once.", "2.1"),
        Check(own_work(), 1, "Write both lines yourself.", "2.2"),
    ),
)
