"""Exercise: the vector-Jacobian product of a product of matrices."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import linear_in
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import no_python_loop, own_work
from nnds.exercises.autodiff import WITHOUT


def matmul_vjp(
    g: Float[Array, "n c"], x: Float[Array, "n d"], w: Float[Array, "d c"]
) -> tuple[Float[Array, "n d"], Float[Array, "d c"]]:
    """Return the cotangents of x and of w, where `y = x w` and g is that of y.

    With a loss L, `g[i, k] = ∂L/∂y[i, k]` is given; `∂L/∂x[i, j]` and `∂L/∂w[j, k]` are
    wanted, in this order.
    """
    of_x, of_w = np.zeros_like(x), np.zeros_like(w)
    for i in range(g.shape[0]):
        for j in range(w.shape[0]):
            for k in range(g.shape[1]):  # y[i, k] holds x[i, j] w[j, k]
                of_x[i, j] += g[i, k] * w[j, k]
                of_w[j, k] += g[i, k] * x[i, j]
    return of_x, of_w


MATMUL_VJP = Exercise(
    spec=matmul_vjp,
    minutes=8,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "You returned the cotangent of w first: that of x comes first.",
            lambda g, x, w: matmul_vjp(g, x, w)[::-1],
        ),
        Mistake(
            "You forgot g: both are products with the cotangent of y.",
            lambda g, x, w: matmul_vjp(np.ones_like(g), x, w),
        ),
        Mistake(
            "Your cotangent of w is transposed: it has the shape of w.",
            lambda g, x, w: (matmul_vjp(g, x, w)[0], matmul_vjp(g, x, w)[1].T),
        ),
        Mistake(
            "Your cotangent of x is transposed: it has the shape of x.",
            lambda g, x, w: (matmul_vjp(g, x, w)[0].T, matmul_vjp(g, x, w)[1]),
        ),
        Mistake(
            "You took the mean over the n rows: a VJP adds them.",
            lambda g, x, w: (
                matmul_vjp(g, x, w)[0],
                matmul_vjp(g, x, w)[1] / max(len(g), 1),
            ),
        ),
    ),
    checks=(
        Check(values(), 6, "Write ∂L/∂w[j, k] as a sum over the rows i.", "6.3"),
        Check(linear_in("g"), 1, "A VJP is linear in the cotangent.", "6.3"),
        Check(same_under_jit(), 1, "No value may choose a branch.", "6.3"),
        Check(same_under_vmap(), 1, "One example at a time.", "6.3"),
        Check(no_python_loop("n"), 1, "All rows in one product.", "6.3"),
        Check(own_work(), 1, "Write both products yourself.", "6.3"),
    ),
)
