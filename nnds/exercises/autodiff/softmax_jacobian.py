"""Exercise: a Jacobian, row by row."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import no_python_loop, own_work
from nnds.exercises.autodiff import WITHOUT


def softmax_jacobian(
    w: Float[Array, "c d"], x: Float[Array, " d"]
) -> Float[Array, "c d"]:
    """Return `J[i, j] = ∂p[i]/∂x[j]`, where p is the softmax of `w x`.

    Row i is the VJP of x -> p with a cotangent that is 1 at i and 0 elsewhere: one
    `jax.vjp`, pulled by all rows of an identity at once. It is finite for logits of
    ±1000.
    """
    p = _softmax(w @ x)
    rows = [p[i] * (np.eye(len(p))[i] - p) @ w for i in range(len(p))]
    return np.array(rows).reshape(w.shape)


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(initial=-np.inf))
    return e / e.sum()


SOFTMAX_JACOBIAN = Exercise(
    spec=softmax_jacobian,
    minutes=8,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "Your Jacobian is transposed: a row for each result, a column for each "
            "input.",
            lambda w, x: softmax_jacobian(w, x).T,
        ),
        Mistake(
            "You differentiated with respect to the logits and forgot w, the chain "
            "rule's second factor.",
            lambda w, x: softmax_jacobian(np.eye(len(w)), w @ x),
        ),
        Mistake(
            "You added the rows up: a cotangent of ones gives their sum, which is 0.",
            lambda w, x: softmax_jacobian(w, x).sum(0),
        ),
        Mistake(
            "You kept the diagonal only: each probability depends on all logits.",
            lambda w, x: (_softmax(w @ x) * (1 - _softmax(w @ x)))[:, None] * w,
        ),
        Mistake(
            "You left out the softmax: this is the Jacobian of the logits, w.",
            lambda w, x: w,
        ),
        Mistake(
            "You returned the Jacobian of the log of the probabilities.",
            lambda w, x: (np.eye(len(w)) - _softmax(w @ x)) @ w,
        ),
    ),
    checks=(
        Check(
            values([([[1000.0], [-1000.0]], [1.0]), ([[1, 0], [0, 1]], [0, 0])]),
            5,
            "jax.vjp gives a function; call it with each row of an identity.",
            "6.3",
        ),
        Check(same_under_jit(), 1, "No value may choose a branch.", "6.3"),
        Check(same_under_vmap(), 1, "One x at a time; w may differ.", "6.3"),
        Check(no_python_loop("c"), 2, "All rows at once, by jax.vmap.", "6.3"),
        Check(own_work(), 1, "Use jax.vjp or a formula, not the package.", "6.3"),
    ),
)
