"""Exercises on graphs: adjacency, neighbours, scattering, walks."""

from collections.abc import Iterable
from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.law import Law
from nnds.checks.laws import (
    equality,
    gradients,
    linear_in,
    permutation_equivariant,
    permutation_invariant,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.checks.structure import no_python_loop, program_values
from nnds.checks.trial import Trial

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
    given={"a": symmetric_graph},
    without=TOPIC,
    checks=(
        Check(values(), 4, "Add the self-loops first, then count the degrees.", "12.1"),
        Check(
            equality(
                "symmetry",
                lambda f, a: (f(a), f(a).T),
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


def _last_wins(messages: Array, target: Array, n: int) -> Array:
    out = np.zeros((n, messages.shape[1]))
    for message, node in zip(messages, target, strict=True):
        out[node] = message
    return out


def _largest(messages: Array, target: Array, n: int) -> Array:
    out = np.zeros((n, messages.shape[1]))
    np.maximum.at(out, target, messages)
    return out


def _mean_of(messages: Array, target: Array, n: int) -> Array:
    count = np.bincount(target, minlength=n)[:, None]
    return scatter_sum(messages, target, n) / np.maximum(count, 1)


def _gathered(messages: Array, target: Array, n: int) -> Array:
    if not len(messages):
        return np.zeros((n, messages.shape[1]))
    return messages[np.arange(n) % len(messages)]


def _sum_of_parts(f: Any, messages: Array, target: Array, n: int) -> tuple[Any, Any]:
    """A graph split in two gives the sum of what its parts give."""
    half = len(target) // 2
    parts = f(messages[:half], target[:half], n) + f(messages[half:], target[half:], n)
    return f(messages, target, n), parts


SCATTER_SUM = Exercise(
    spec=scatter_sum,
    minutes=8,
    mistakes=(
        Mistake(
            "You kept one of several messages to a node: they add up.",
            _last_wins,
            seen="github jax-ml/jax#9344: the last one wins in NumPy",
        ),
        Mistake("You took the mean of the messages: they add up.", _mean_of),
        Mistake(
            "Your result ends at the largest target: n says how many nodes there are.",
            lambda messages, target, n: scatter_sum(messages, target, n)[
                : target.max(initial=-1) + 1
            ],
        ),
        Mistake(
            "You read messages by the number of a node: the target of a message says "
            "where it goes.",
            _gathered,
        ),
        Mistake(
            "You counted the targets from 1: the first node is 0.",
            lambda messages, target, n: scatter_sum(messages, (target - 1) % n, n),
            seen="jax.ops.segment_sum(indices_are_sorted=True) unsorted",
        ),
        Mistake(
            "You took the largest message: they add up.",
            _largest,
            seen="jax.ops.segment_max where segment_sum is meant",
        ),
    ),
    sizes={"e": (1, 2, 3, 5, 7, 32, 0), "d": (1, 2, 3, 0)},
    given={
        "n": lambda g, s: 4,
        "target": lambda g, s: g.integers(0, 3, s["e"], dtype=np.int32),
    },
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "What becomes of two messages that have the same target?",
            "12.2",
        ),
        Check(
            permutation_invariant({"messages": (0,), "target": (0,)}),
            2,
            "Edges have no order.",
            "12.2",
        ),
        Check(
            equality("additivity over edges", _sum_of_parts, of="on all edges, it"),
            1,
            "It is a sum: no mean, no maximum.",
            "12.2",
        ),
        Check(gradients(), 1, "Each message gets the gradient of its target.", "12.2"),
        Check(
            same_under_jit(),
            1,
            "The size of the result is n, not jnp.max(target) + 1.",
            "2.3",
        ),
        Check(no_python_loop("e"), 1, "One scatter for all edges.", "2.3"),
        Check(
            program_values(),
            1,
            "The function must be one JAX program, without callbacks.",
            "2.3",
            hidden=True,
        ),
    ),
)


def random_walk(a: Float[Array, "n n"], steps: int) -> Float[Array, "n steps"]:
    """Return the chance to be back after 1, 2, ..., `steps` steps of a random walk.

    From node i the walk goes to j with chance a_ij / sum_j a_ij; a node without
    neighbours has chance 0 at every step.
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


def _walk(a: Array) -> Array:
    degree = a.sum(1, keepdims=True)
    return a / np.where(degree > 0, degree, 1)


def _diagonals(powers: Iterable[Array]) -> Array:
    return np.stack([np.diagonal(power) for power in powers], axis=1)


def _powers(a: Array, steps: int) -> list[Array]:
    powers = [a]
    for _ in range(steps - 1):
        powers.append(powers[-1] @ a)
    return powers


def _squares(a: Array, steps: int) -> Array:
    powers = [_walk(a)]
    for _ in range(steps - 1):
        powers.append(powers[-1] @ powers[-1])
    return _diagonals(powers)


RANDOM_WALK = Exercise(
    spec=random_walk,
    minutes=12,
    mistakes=(
        Mistake(
            "You began before the first step: there, every walk is at its start.",
            lambda a, steps: np.insert(random_walk(a, steps - 1), 0, 1, axis=1),
        ),
        Mistake(
            "You squared the matrix at every step: each step multiplies by the walk "
            "once.",
            _squares,
            seen="github pykeen/pykeen#918: squares the matrix each time",
        ),
        Mistake(
            "You took the powers of each number: asked are powers of the matrix.",
            lambda a, steps: _diagonals(_walk(a) ** k for k in range(1, steps + 1)),
        ),
        Mistake(
            "You did not divide by the sums of the rows: these are no chances.",
            lambda a, steps: _diagonals(_powers(a, steps)),
        ),
        Mistake(
            "You divided by 0 at a node without neighbours: its chances are 0.",
            lambda a, steps: _diagonals(_powers(a / a.sum(1, keepdims=True), steps)),
            seen="github mlx-graphs/mlx-graphs#18: 0 / 0 is NaN",
        ),
        Mistake(
            "You let the walk stay where it is: every step goes to a neighbour.",
            lambda a, steps: random_walk(a + np.eye(len(a)), steps),
            seen="github ysig/GraKeL#20: a lazy walk, which may stay",
        ),
        Mistake(
            "You took the sums of the rows: the chance to be back is on the diagonal.",
            lambda a, steps: np.stack(
                [power.sum(1) for power in _powers(_walk(a), steps)], axis=1
            ),
        ),
    ),
    sizes={"n": (1, 2, 3, 4, 5, 6, 7, 8, 0)},
    given={"a": symmetric_graph, "steps": lambda g, s: 4},
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "What is the chance to go from i to j in one step, and in two? Where in "
            "the matrix is the chance to be back?",
            "12.3",
        ),
        Check(
            permutation_equivariant({"a": (0, 1)}),
            2,
            "An encoding of nodes moves with them.",
            "12.3",
        ),
        Check(
            equality(
                "scale invariance",
                lambda f, a, steps: (f(3 * a, steps), f(a, steps)),
                of="with every weight three times as large, the result",
            ),
            1,
            "Rows of the walk sum to 1, whatever the weights.",
            "12.3",
        ),
        Check(
            same_under_jit(),
            1,
            "Use jnp.where for the nodes without neighbours.",
            "2.3",
        ),
        Check(
            no_python_loop("n"),
            1,
            "Matrix products, and a loop over the steps only.",
            "2.3",
        ),
    ),
)
