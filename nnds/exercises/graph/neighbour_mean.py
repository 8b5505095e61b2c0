"""Exercise: what a node reads on average."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import linear_in, permutation_equivariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.law import Law
from nnds.checks.laws import values
from nnds.checks.structure import no_python_loop
from nnds.checks.trial import Trial
from nnds.exercises.graph import TOPIC, directed_graph


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


def _by_columns(x: Array, a: Array) -> Array:
    degree = a.sum(0)
    return a / np.where(degree > 0, degree, 1) @ x


NEIGHBOUR_MEAN = Exercise(
    spec=neighbour_mean,
    minutes=10,
    mistakes=(
        Mistake(
            "You divided by the sums of the columns: node i reads row i.",
            _by_columns,
            seen="github pyg-team/pytorch_geometric#9915: by columns",
        ),
        Mistake(
            "You went along the edges in the wrong direction: node i reads row i.",
            lambda x, a: neighbour_mean(x, a.T),
        ),
        Mistake(
            "You divided by 0 at a node that reads nothing: it is to get zeros.",
            lambda x, a: a @ x / a.sum(1, keepdims=True),
            seen="github MrLeeeee/GCN-GAT-and-Graphsage#3: 0 / 0",
        ),
        Mistake(
            "You took the sum: a mean divides by the weights of what is read.",
            lambda x, a: a @ x,
        ),
        Mistake(
            "You let each node read itself too: it reads its neighbours only.",
            lambda x, a: neighbour_mean(x, a + np.eye(len(a))),
            seen="github danielegrattarola/spektral#21: own loops",
        ),
        Mistake(
            "You counted the neighbours: the divisor is the sum of their weights.",
            lambda x, a: a @ x / np.maximum((a > 0).sum(1, keepdims=True), 1),
        ),
        Mistake(
            "You divided by 1 at least: weights may sum to less than 1.",
            lambda x, a: a @ x / np.maximum(a.sum(1, keepdims=True), 1),
        ),
        Mistake(
            "You left out the first node: every node can be read.",
            lambda x, a: neighbour_mean(np.where(np.arange(len(x)) > 0, x.T, 0).T, a),
        ),
    ),
    given={"a": directed_graph},
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "Row i of a says what node i reads; divide by the sum of that row, "
            "where there is one.",
            "12.2",
        ),
        Check(
            permutation_equivariant({"x": (0,), "a": (0, 1)}),
            2,
            "Nodes have no order: move x and both axes of a together.",
            "12.2",
        ),
        Check(linear_in("x"), 1, "An average is linear in what it averages.", "12.2"),
        Check(
            Law("finite gradients", _features_only, sizes=2),
            2,
            "jnp.where(d > 0, x / d, 0) still divides by zero in the gradient: "
            "make the divisor safe first.",
            "12.2",
        ),
        Check(no_python_loop("n"), 1, "One matrix product for all nodes.", "2.3"),
    ),
)
