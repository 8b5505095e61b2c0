"""Exercise: the cotangent of what was broadcast."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import linear_in
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import no_python_loop, own_work
from nnds.exercises.autodiff import WITHOUT


def unbroadcast(g: Float[Array, "n c"], x: Float[Array, "a b"]) -> Float[Array, "a b"]:
    """Return the cotangent of x, where x was repeated to the shape of g.

    a is n or 1, and b is c or 1. g is the cotangent of the repeated x: its number i, j
    belongs to the copy of x that stands there. The values of x do not matter.
    """
    out = np.zeros_like(x)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            out[i % x.shape[0], j % x.shape[1]] += g[i, j]
    return out


G = [[1, 2, 3], [4, 5, 6]]
OTHERS = [(G, [[7], [8]]), (G, [[7]]), (G, G), (G, [[7, 8, 9]])]

UNBROADCAST = Exercise(
    spec=unbroadcast,
    minutes=6,
    without=WITHOUT,
    sizes={"a": (1,)},  # drawn as a bias; the examples have the other shapes
    where=lambda s: s["a"] in (1, s["n"]) and s["b"] in (1, s["c"]),
    mistakes=(
        Mistake(
            "You returned g as it is: the cotangent of x has the shape of x.",
            lambda g, x: g,
        ),
        Mistake(
            "You took the mean: each copy counts whole, so add them.",
            lambda g, x: unbroadcast(g, x) * x.size / max(g.size, 1),
        ),
        Mistake(
            "You took one of the copies: every copy moves the loss, so add them.",
            lambda g, x: g[: x.shape[0], : x.shape[1]],
        ),
        Mistake(
            "You lost an axis: keep it, with size 1 (keepdims=True).",
            lambda g, x: g.sum(0),
        ),
        Mistake(
            "You always sum the first axis: sum those on which x has size 1.",
            lambda g, x: g.sum(0, keepdims=True),
        ),
        Mistake(
            "You added up everything: only axes on which x has size 1 are summed.",
            lambda g, x: np.full(x.shape, g.sum()),
        ),
        Mistake(
            "You looked at the first axis only.",
            lambda g, x: g.sum(0, keepdims=True) if len(x) < len(g) else g,
        ),
        Mistake(
            "You multiplied by x: the copies are equal to x, so their slope is 1.",
            lambda g, x: unbroadcast(g, x) * x,
        ),
    ),
    checks=(
        Check(values(OTHERS), 4, "Which numbers of g touch x[0, 0]?", "6.3"),
        Check(linear_in("g"), 1, "A VJP is linear in the cotangent.", "6.3"),
        Check(same_under_jit(), 1, "Only shapes may choose a branch.", "6.3"),
        Check(same_under_vmap(), 1, "One example at a time.", "6.3"),
        Check(no_python_loop("n"), 1, "Sum an axis, not its rows one by one.", "6.3"),
        Check(own_work(), 1, "Write the sum yourself.", "6.3"),
    ),
)
