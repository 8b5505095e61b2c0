"""Exercise on sets: a function that their order does not change."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.form import Check, Exercise
from nnds.checks.laws import equality, gradients, permutation_invariant, values
from nnds.checks.structure import no_python_loop


def deep_set(
    x: Float[Array, "n d"], w: Float[Array, "d h"], u: Float[Array, "h c"]
) -> Float[Array, " c"]:
    """Return a function of a set: `uᵀ` times the mean over items of `relu(wᵀ x_i)`.

    A set of no items raises no error and gives zeros.
    """
    n, h = x.shape[0], w.shape[1]
    pooled = np.zeros(h)
    for i in range(n):
        for j in range(h):
            z = sum((x[i, k] * w[k, j] for k in range(x.shape[1])), 0.0)
            pooled[j] += max(z, 0.0) / n
    out = np.zeros(u.shape[1])
    for o in range(u.shape[1]):
        out[o] = sum((pooled[j] * u[j, o] for j in range(h)), 0.0)
    return out


DEEP_SET = Exercise(
    spec=deep_set,
    without=("nnds.attention", "nnds.sets"),
    checks=(
        Check(
            values(),
            4,
            "Map every item, take the mean over the items (not over the features, "
            "not the sum), then map once.",
            "10.1",
        ),
        Check(
            permutation_invariant({"x": (0,)}),
            3,
            "The items of a set have no order: pool over them before anything "
            "that tells one from another.",
            "10.1",
        ),
        Check(
            equality(
                "invariance to repetition",
                lambda f, x, w, u: (f(np.repeat(x, 2, 0), w, u), f(x, w, u)),
                of="with every item twice, the result",
            ),
            1,
            "A mean does not see how many items there are; a sum does.",
            "10.1",
        ),
        Check(gradients(), 1, "Every weight gets a gradient.", "10.1"),
        Check(
            no_python_loop("n"), 1, "vmap over the items, or one matrix product.", "2.3"
        ),
    ),
)
