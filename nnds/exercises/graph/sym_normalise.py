"""Exercise: a symmetrically normalised adjacency."""

from math import sqrt

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality, permutation_equivariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, same_under_vmap, values
from nnds.checks.structure import no_python_loop
from nnds.exercises.graph import DIRECTED, TOPIC, directed_graph


def sym_normalise(a: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Return the adjacency with self-loops, symmetrically normalised.

    With B = a + 1 on the diagonal and d_i the sum of row i of B, entry (i, j) is
    B_ij / (sqrt(d_i) sqrt(d_j)).
    """
    n = len(a)
    b = a.copy()
    for i in range(n):
        b[i, i] += 1
    degree = [sum(b[i, j] for j in range(n)) for i in range(n)]
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            out[i, j] = b[i, j] / (sqrt(degree[i]) * sqrt(degree[j]))
    return out


def _looped(a: Array) -> Array:
    return a + np.eye(len(a))


def _scaled(b: Array, by: Array) -> Array:
    """Return b with its rows and its columns divided."""
    return b / np.outer(by, by)


SYM_NORMALISE = Exercise(
    spec=sym_normalise,
    minutes=8,
    mistakes=(
        Mistake(
            "You counted the degrees before the self-loops: add the loops first.",
            lambda a: _scaled(_looped(a), np.sqrt(np.maximum(a.sum(1), 1))),
            seen="github pyg-team/pytorch_geometric#48",
        ),
        Mistake(
            "You forgot the self-loops: every node also reads itself.",
            lambda a: _scaled(a, np.sqrt(np.maximum(a.sum(1), 1))),
            seen="github pyg-team/pytorch_geometric#6251: no loops",
        ),
        Mistake(
            "You divided by the rows alone: the columns have degrees too.",
            lambda a: _looped(a) / _looped(a).sum(1, keepdims=True),
            seen="github dmlc/dgl#4976: by the rows only",
        ),
        Mistake(
            "You multiplied by the roots of the degrees: they divide.",
            lambda a: _scaled(_looped(a), 1 / np.sqrt(_looped(a).sum(1))),
            seen="github YukeWang96/GNNAdvisor_OSDI21#7: multiplied",
        ),
        Mistake(
            "You forgot the root: each degree counts with its square root.",
            lambda a: _scaled(_looped(a), _looped(a).sum(1)),
        ),
        Mistake(
            "You added a small number to the degrees: with self-loops none is 0.",
            lambda a: _scaled(_looped(a), np.sqrt(_looped(a).sum(1)) + 1e-2),
            seen="github mlx-graphs/mlx-graphs#18: a large epsilon",
        ),
    ),
    given={"a": directed_graph},
    without=TOPIC,
    checks=(
        Check(
            values([(DIRECTED,)]),
            4,
            "Add the self-loops first, then count the degrees.",
            "12.1",
        ),
        Check(
            equality(
                "symmetry",
                lambda f, a: (f(a + a.T), f(a + a.T).T),
                of="the result against its transpose, which",
                sizes=4,
            ),
            1,
            "Divide by the root of both degrees, of the row and of the column.",
            "12.1",
        ),
        Check(
            permutation_equivariant({"a": (0, 1)}, out=(0, 1)),
            2,
            "Rows and columns move together.",
            "12.2",
        ),
        Check(gradients(), 1, "The degrees have a gradient too.", "12.1"),
        Check(same_under_vmap(), 1, "Sum along axis 1 of two axes.", "2.3"),
        Check(
            no_python_loop("n"),
            1,
            "One broadcast product for all pairs of nodes.",
            "2.3",
        ),
    ),
)
