"""Exercise: the chances of a random walk to be back."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality, permutation_equivariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, values
from nnds.checks.structure import no_python_loop
from nnds.exercises.graph import DIRECTED, TOPIC, directed_graph


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
            "You divided by 1 at least: weights may sum to less than 1.",
            lambda a, steps: _diagonals(
                _powers(a / np.maximum(a.sum(1, keepdims=True), 1), steps)
            ),
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
    given={"a": directed_graph, "steps": lambda g, s: int(g.integers(3, 7))},
    without=TOPIC,
    checks=(
        Check(
            values([(DIRECTED, 1), (DIRECTED, 6)]),
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
