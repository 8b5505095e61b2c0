"""Gradients and descent: slopes of a function, and the steps that go down it.

Read `derivatives.py`, then `optimizers.py`: each is a pair of pure functions `(init,
update)`, as in optax, so `nnds.train.fit` and `optax.apply_updates` take it.
"""

from nnds.optimize.derivatives import directional_derivative, jacobian, surface, taylor
from nnds.optimize.optimizers import (
    adam,
    adamw,
    gradient_descent,
    momentum,
    nesterov,
    path,
    rmsprop,
)
from nnds.optimize.schedules import cosine, warm_up

__all__ = [
    "adam",
    "adamw",
    "cosine",
    "directional_derivative",
    "gradient_descent",
    "jacobian",
    "momentum",
    "nesterov",
    "path",
    "rmsprop",
    "surface",
    "taylor",
    "warm_up",
]
