"""The worked example of nnds/exercises/__init__.py, as a file."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # the specification runs on NumPy

from nnds.checks.equations import shift_invariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import values


def softmax(x: Float[Array, " d"]) -> Float[Array, " d"]:
    """Return `exp(x_i) / sum_j exp(x_j)`, without overflow."""
    largest = max(x)
    total = sum(np.exp(v - largest) for v in x)
    return np.array([np.exp(v - largest) / total for v in x])


SOFTMAX = Exercise(
    spec=softmax,
    minutes=5,
    sizes={"d": (1, 2, 3, 4)},  # no 0: the softmax of nothing is not defined
    mistakes=(
        Mistake("You forgot to divide by the sum.", lambda x: np.exp(x - max(x))),
        Mistake("You divided x itself by its sum.", lambda x: x / sum(x)),
    ),
    checks=(
        Check(values(), 3, "Does it sum to 1?", "4.2"),
        Check(
            shift_invariant("x", by=100.0),  # exp(100) is too large for float32
            2,
            "A constant cancels: which one keeps every power small?",
            "4.2",
        ),
    ),
)
