"""Exercise on sets: a function that their order does not change."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality, permutation_invariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, values
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


def _hidden(x: Array, w: Array) -> Array:
    return np.maximum(x @ w, 0)


def _of_features(x: Array, w: Array, u: Array) -> Array:
    h = _hidden(x, w)
    return np.full(h.shape[1], h.sum() / max(h.size, 1)) @ u


def _by_place(x: Array, w: Array, u: Array) -> Array:
    weights = np.arange(1.0, len(x) + 1)
    return weights / max(weights.sum(), 1) @ _hidden(x, w) @ u


DEEP_SET = Exercise(
    spec=deep_set,
    minutes=8,
    mistakes=(
        Mistake(
            "You took the sum over the items: a mean does not grow with their number.",
            lambda x, w, u: deep_set(x, w, u) * len(x),
        ),
        Mistake(
            "You took the mean over the features: it goes over the items.",
            _of_features,
        ),
        Mistake(
            "You took the mean before the activation: each item goes through relu "
            "first.",
            lambda x, w, u: np.maximum(x.sum(0) @ w / max(len(x), 1), 0) @ u,
        ),
        Mistake(
            "You kept the last item alone: every item counts.",
            lambda x, w, u: deep_set(x[-1:], w, u),
        ),
        Mistake(
            "You divided by the number of items where there are none: the mean of an "
            "empty set is to be 0.",
            lambda x, w, u: deep_set(x, w, u) + (0 if len(x) else np.nan),
            seen="numpy: the mean of an empty set is NaN",
        ),
        Mistake(
            "You took the largest of the items: asked is their mean.",
            lambda x, w, u: _hidden(x, w).max(0, initial=0) @ u,
        ),
        Mistake("You gave each item a weight by its place in the set.", _by_place),
    ),
    without=("nnds.attention", "nnds.sets"),
    checks=(
        Check(
            values([([[2, 1]], [[1, 0], [3, -1]], [[1, 2], [4, 1]])]),
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
