"""Exercise: messages summed at their targets."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality, permutation_invariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, same_under_jit, values
from nnds.checks.structure import no_python_loop, program_values
from nnds.exercises.graph import TOPIC


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
        "n": lambda g, s: int(g.integers(3, 9)),
        "target": lambda g, s: g.integers(0, 3, s["e"], dtype=np.int32),
    },
    without=TOPIC,
    checks=(
        Check(
            values([([[1, 2], [3, 4], [5, 6]], [0, 6, 0], 7), ([[2], [3]], [0, 0], 1)]),
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
