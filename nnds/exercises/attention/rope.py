"""Exercise: rotary positions."""

from math import cos, sin
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality, linear_in
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, values
from nnds.checks.structure import no_python_loop
from nnds.exercises.attention import TOPIC


def rope(x: Float[Array, "n d"]) -> Float[Array, "n d"]:
    """Return rows rotated by their position: rotary position embedding.

    In row p, the pair (x[2i], x[2i+1]) turns by the angle p · 10000^(-2i/d),
    counter-clockwise. d is even; positions count from 0.
    """
    n, d = x.shape
    out = np.zeros((n, d))
    for p in range(n):
        for i in range(d // 2):
            angle = p * 10000 ** (-2 * i / d)
            a, b = x[p, 2 * i], x[p, 2 * i + 1]
            out[p, 2 * i] = a * cos(angle) - b * sin(angle)
            out[p, 2 * i + 1] = a * sin(angle) + b * cos(angle)
    return out


def _angles(x: Array, step: int) -> Array:
    """Return the angle of each row and pair, with the exponents of every `step`-th."""
    n, d = x.shape
    return np.array(
        [[p * 10000 ** (-2 * step * i / d) for i in range(d // 2)] for p in range(n)]
    ).reshape(n, d // 2)


def _halves(x: Array) -> Array:
    n, d = x.shape
    turned = rope(np.stack(np.split(x, 2, axis=1), -1).reshape(n, d))
    return np.concatenate([turned[:, 0::2], turned[:, 1::2]], axis=1)


def _two_conventions(x: Array) -> Array:
    turn = np.repeat(_angles(x, 1), 2, axis=1)
    a, b = np.split(x, 2, axis=1)
    return x * np.cos(turn) + np.concatenate([-b, a], axis=1) * np.sin(turn)


def _halved_twice(x: Array) -> Array:
    turned = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(1j * _angles(x, 2))
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)


def _sign_wrong(x: Array) -> Array:
    out, signs = rope(x), np.ones(x.shape)
    signs[:, 0::2] = -1
    out[:, 1::2] = rope(x * signs)[:, 1::2]  # a enters the second number negated
    return out


def _signs(x: Array) -> Array:
    return np.where(np.arange(x.shape[1]) % 2 == 0, 1.0, -1.0)


def _relative(f: Any, x: Array) -> tuple[Array, Array]:
    """The same query at every place: products depend on the distance of two places."""
    same = np.repeat(x[:1], len(x), 0)
    products = f(same) @ f(same).T
    return products[1:, 1:], products[:-1, :-1]


ROPE = Exercise(
    spec=rope,
    minutes=12,
    mistakes=(
        Mistake(
            "You paired feature i with feature i + d/2: here neighbours form a pair.",
            _halves,
            seen="github EleutherAI/gpt-neox#834: halves, not neighbours",
        ),
        Mistake(
            "You mixed two conventions: the angles belong to neighbours, and you "
            "turned halves.",
            _two_conventions,
            seen="github raiyanyahya/how-to-train-your-gpt#6",
        ),
        Mistake(
            "Your angles fall twice as fast: i counts pairs, and not features.",
            _halved_twice,
            seen="github lucidrains/RETRO-pytorch#12: halved twice",
        ),
        Mistake(
            "You counted positions from 1: the first row is not turned.",
            lambda x: rope(np.concatenate([x[:1], x]))[1:],
        ),
        Mistake(
            "You turned clockwise: the signs of both sines are exchanged.",
            lambda x: rope(x * _signs(x)) * _signs(x),
        ),
        Mistake(
            "One sine has the wrong sign: a rotation keeps the length of every pair.",
            _sign_wrong,
        ),
    ),
    sizes={"n": (1, 2, 3, 5, 7, 16, 0), "d": (2, 4, 6, 8)},
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "Neighbours (2i, 2i+1) form a pair, and the angle falls with i.",
            "10.2",
        ),
        Check(
            equality("relative position", _relative, of="the product of two rows"),
            2,
            "Turning both by the same angle keeps their product, so only the "
            "distance of the two positions is left.",
            "10.2",
        ),
        Check(
            equality(
                "rotation keeps length",
                lambda f, x: ((f(x) ** 2).sum(1), (x**2).sum(1)),
                of="the squared length",
            ),
            1,
            "cos² + sin² = 1: check the sign of one of the sines.",
            "10.2",
        ),
        Check(linear_in("x"), 1, "A rotation is linear.", "10.2"),
        Check(
            same_under_jit(), 1, "Sizes are read from x.shape, which jit knows.", "2.3"
        ),
        Check(
            no_python_loop("n"),
            1,
            "All angles at once: the outer product of positions and frequencies.",
            "2.3",
        ),
    ),
)
