"""Exercises of lecture 12: adjacency, neighbours, scattering, walks."""

from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.grading.draw import Sizes
from nnds.grading.form import Check, Exercise
from nnds.grading.law import Law
from nnds.grading.laws import (
    equality,
    gradients,
    linear_in,
    permutation_equivariant,
    permutation_invariant,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.grading.structure import no_python_loop, program_values
from nnds.grading.trial import Trial

TOPIC = ("nnds.graph",)


def symmetric_graph(generator: np.random.Generator, sizes: Sizes) -> Array:
    """Return an adjacency of 0 and 1, symmetric, without self-loops.

    The last node of three and more has no neighbour.
    """
    n = sizes["n"]
    upper = np.triu(generator.random((n, n)) < 0.7, 1).astype(np.float32)
    if n > 2:
        upper[:, -1] = 0
    return upper + upper.T


def directed_graph(generator: np.random.Generator, sizes: Sizes) -> Array:
    """Return weights from 0 to 3: node i reads row i, and the last reads nothing."""
    n = sizes["n"]
    weights = generator.integers(0, 4, (n, n)).astype(np.float32)
    if n > 2:
        weights[-1] = 0
    return weights


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


SYM_NORMALISE = Exercise(
    spec=sym_normalise,
    lecture=12,
    given={"a": symmetric_graph},
    without=TOPIC,
    checks=(
        Check(
            law=values(),
            points=4,
            hint="Add the self-loops first, then count the degrees.",
            section="12.1",
        ),
        Check(
            law=equality(
                "symmetry",
                lambda f, a: (f(a), f(a).T),
                of="the result against its transpose, which",
                sizes=4,
            ),
            points=1,
            hint="Divide by the root of both degrees, of the row and of the column.",
            section="12.1",
        ),
        Check(
            law=permutation_equivariant({"a": (0, 1)}, out=(0, 1)),
            points=2,
            hint="Nodes have no order: rows and columns move together.",
            section="12.2",
        ),
        Check(
            law=gradients(),
            points=1,
            hint="A learned adjacency needs a gradient through the degrees too.",
            section="12.1",
        ),
        Check(
            law=same_under_vmap(),
            points=1,
            hint="Write the function of one graph: sum along axis 1 of two axes.",
            section="2.3",
        ),
        Check(
            law=no_python_loop("n"),
            points=1,
            hint="One broadcast product for all pairs of nodes.",
            section="2.3",
        ),
    ),
)


def neighbour_mean(
    x: Float[Array, "n d"], a: Float[Array, "n n"]
) -> Float[Array, "n d"]:
    """Return what each node reads on average: row i is sum_j a_ij x_j / sum_j a_ij.

    A node that reads nothing gets zeros, and finite gradients.
    """
    n, d = x.shape
    out = np.zeros((n, d))
    for i in range(n):
        total = sum((a[i, j] for j in range(n)), 0.0)
        for j in range(n):
            if total > 0:
                out[i] += a[i, j] * x[j] / total
    return out


def _features_only(trial: Trial) -> None:
    """The gradient for x is aᵀ divided by degrees, finite at a node with no edge."""
    for name, a in (("drawn", trial.args["a"]), ("empty", 0 * trial.args["a"])):
        args = {**trial.args, "a": a}
        ones = np.ones_like(trial.args["x"])
        got = trial.call(args, transform="grad", extra=[ones])
        degree = a.sum(1, keepdims=True)
        weights = np.divide(a, degree, out=np.zeros_like(a), where=degree > 0)
        want = weights.T @ ones
        trial.expect([got[0]], [want], of=f"on the {name} graph, the gradient of x")
        if not np.isfinite(got[1]).all():
            trial.fail(f"on the {name} graph, the gradient of a is not finite")


NEIGHBOUR_MEAN = Exercise(
    spec=neighbour_mean,
    lecture=12,
    given={"a": directed_graph},
    without=TOPIC,
    checks=(
        Check(
            law=values(),
            points=4,
            hint="Row i of a says what node i reads; divide by the sum of that row, "
            "where there is one.",
            section="12.2",
        ),
        Check(
            law=permutation_equivariant({"x": (0,), "a": (0, 1)}),
            points=2,
            hint="Nodes have no order: move x and both axes of a together.",
            section="12.2",
        ),
        Check(
            law=linear_in("x"),
            points=1,
            hint="An average is linear in what it averages.",
            section="12.2",
        ),
        Check(
            law=Law("finite gradients", _features_only, sizes=2),
            points=2,
            hint="jnp.where(d > 0, x / d, 0) still divides by zero in the gradient: "
            "make the divisor safe first.",
            section="12.2",
        ),
        Check(
            law=no_python_loop("n"),
            points=1,
            hint="One matrix product for all nodes.",
            section="2.3",
        ),
    ),
)


def scatter_sum(
    messages: Float[Array, "e d"], target: Int[Array, " e"], n: int
) -> Float[Array, "n d"]:
    """Return what n nodes receive: row i sums the messages whose target is i.

    A node that is no target gets zeros; several messages to one node add up.
    """
    out = np.zeros((n, messages.shape[1]))
    for e in range(len(target)):
        out[target[e]] += messages[e]
    return out


def _drop_last(f: Any, messages: Array, target: Array, n: int) -> tuple[Any, Any]:
    """A graph split in two gives the sum of what its parts give."""
    half = len(target) // 2
    parts = f(messages[:half], target[:half], n) + f(messages[half:], target[half:], n)
    return f(messages, target, n), parts


SCATTER_SUM = Exercise(
    spec=scatter_sum,
    lecture=12,
    sizes={"e": (1, 2, 3, 5, 7, 32, 0), "d": (1, 2, 3, 0)},
    given={
        "n": lambda g, s: 4,
        "target": lambda g, s: g.integers(0, 3, s["e"], dtype=np.int32),
    },
    without=TOPIC,
    checks=(
        Check(
            law=values(),
            points=4,
            hint="x.at[target].add(..), not .set(..): two messages to one node add up.",
            section="12.2",
        ),
        Check(
            law=permutation_invariant({"messages": (0,), "target": (0,)}),
            points=2,
            hint="Edges have no order.",
            section="12.2",
        ),
        Check(
            law=equality("additivity over edges", _drop_last, of="on all edges, it"),
            points=1,
            hint="It is a sum: no mean, no maximum.",
            section="12.2",
        ),
        Check(
            law=gradients(),
            points=1,
            hint="Each message gets the gradient of its target.",
            section="12.2",
        ),
        Check(
            law=same_under_jit(),
            points=1,
            hint="The size of the result is n, not jnp.max(target) + 1.",
            section="2.3",
        ),
        Check(
            law=no_python_loop("e"),
            points=1,
            hint="One scatter for all edges.",
            section="2.3",
        ),
        Check(
            law=program_values(),
            points=1,
            hint="The function must be one JAX program, without callbacks.",
            section="2.3",
            hidden=True,
        ),
    ),
)


def random_walk(a: Float[Array, "n n"], steps: int) -> Float[Array, "n steps"]:
    """Return the chance to be back after 1, 2, ..., `steps` steps of a random walk.

    From node i the walk goes to j with chance a_ij / sum_j a_ij; a node without
    neighbours is never left and never returned to (0).
    """
    n = len(a)
    walk = np.zeros((n, n))
    for i in range(n):
        degree = sum(a[i, j] for j in range(n))
        for j in range(n):
            walk[i, j] = a[i, j] / degree if degree > 0 else 0.0
    out = np.zeros((n, steps))
    power = np.eye(n)
    for k in range(steps):
        power = power @ walk
        for i in range(n):
            out[i, k] = power[i, i]
    return out


RANDOM_WALK = Exercise(
    spec=random_walk,
    lecture=12,
    sizes={"n": (1, 2, 3, 4, 5, 6, 7, 8, 0)},
    given={"a": symmetric_graph, "steps": lambda g, s: 4},
    without=TOPIC,
    checks=(
        Check(
            law=values(),
            points=4,
            hint="Normalise the rows, take powers of the matrix, read the diagonals; "
            "the first power comes first.",
            section="12.3",
        ),
        Check(
            law=permutation_equivariant({"a": (0, 1)}),
            points=2,
            hint="An encoding of nodes moves with them.",
            section="12.3",
        ),
        Check(
            law=equality(
                "scale invariance",
                lambda f, a, steps: (f(3 * a, steps), f(a, steps)),
                of="with every weight three times as large, the result",
            ),
            points=1,
            hint="Rows of the walk sum to 1, whatever the weights.",
            section="12.3",
        ),
        Check(
            law=same_under_jit(),
            points=1,
            hint="Use jnp.where for the nodes without neighbours.",
            section="2.3",
        ),
        Check(
            law=no_python_loop("n"),
            points=1,
            hint="Matrix products, and a loop over the steps only.",
            section="2.3",
        ),
    ),
)
