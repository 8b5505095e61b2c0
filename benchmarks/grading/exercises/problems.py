"""The set that is graded: two light functions, one with a loss, one that trains."""

from math import exp, log, sqrt

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array

from nnds.checks.equations import shift_invariant
from nnds.checks.form import Check, Exercise
from nnds.checks.laws import gradients, same_under_jit, values
from nnds.checks.structure import no_python_loop


def softmax(x: Float[Array, " d"]) -> Float[Array, " d"]:
    """Return `exp(x_i) / sum_j exp(x_j)`, without overflow."""
    largest = max(x)
    powers = [exp(v - largest) for v in x]
    return np.array([p / sum(powers) for p in powers])


def layer_norm(
    x: Float[Array, "n d"], gain: Float[Array, " d"], bias: Float[Array, " d"]
) -> Float[Array, "n d"]:
    """Return `gain (row - mean) / sqrt(variance + 1) + bias` for each row."""
    out = np.zeros(x.shape)
    for i, row in enumerate(x):
        mean = sum(row) / len(row)
        scale = sqrt(sum((v - mean) ** 2 for v in row) / len(row) + 1)
        out[i] = [
            (v - mean) / scale * g + b for v, g, b in zip(row, gain, bias, strict=True)
        ]
    return out


def mlp_loss(
    x: Float[Array, "n d"],
    labels: Int[Array, " n"],
    w: Float[Array, "d h"],
    v: Float[Array, "h c"],
) -> Float[Array, ""]:
    """Return the mean cross-entropy of `tanh(x w) v` against the labels."""
    total = 0.0
    for row, label in zip(np.tanh(x @ w) @ v, labels, strict=True):
        total += log(sum(exp(z) for z in row)) - row[label]
    return np.array(total / len(x))


def train(
    x: Float[Array, "n d"], y: Float[Array, " n"], w: Float[Array, " d"]
) -> Float[Array, " d"]:
    """Return w after 100 steps, of rate 0.01, down the mean of `(x w - y)²`."""
    for _ in range(100):
        w = w - 0.01 * 2 / len(x) * (x.T @ (x @ w - y))
    return w


def check(law, points: int) -> Check:
    return Check(law, points, "See the lecture.", "0.1")


SOFTMAX = Exercise(
    spec=softmax,
    sizes={"d": (1, 2, 3, 4, 5)},
    checks=(check(values(), 3), check(shift_invariant("x"), 1)),
)
LAYER_NORM = Exercise(
    spec=layer_norm,
    sizes={"n": (1, 2, 3, 4, 5), "d": (1, 2, 3, 4, 5)},
    checks=(check(values(), 3), check(no_python_loop("n"), 1)),
)
MLP_LOSS = Exercise(
    spec=mlp_loss,
    sizes=dict.fromkeys("ndh", (1, 2, 3, 4, 5)) | {"c": (3, 4, 5, 6)},
    checks=(
        check(values(), 3),
        check(gradients(), 2),
        check(same_under_jit(), 1),
    ),
)
TRAIN = Exercise(
    spec=train,
    sizes={"n": (2, 3, 4, 5), "d": (1, 2, 3, 4)},
    checks=(check(values(), 3), check(same_under_jit(), 1)),
    tolerance=1e-3,
)
