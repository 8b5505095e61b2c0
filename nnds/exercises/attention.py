"""Exercises on attention: several heads, and where order enters."""

from math import cos, exp, sin, sqrt
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise
from nnds.checks.law import Law
from nnds.checks.laws import (
    equality,
    gradients,
    linear_in,
    permutation_equivariant,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.checks.structure import flops_within, no_python_loop, program_values
from nnds.checks.trial import Trial

TOPIC = ("nnds.attention", "nnds.sets")


def multi_head(
    x: Float[Array, "n d"],
    q: Float[Array, "d d"],
    k: Float[Array, "d d"],
    v: Float[Array, "d d"],
    o: Float[Array, "d d"],
    heads: int,
) -> Float[Array, "n d"]:
    """Return multi-head self-attention of n tokens, without mask and without bias.

    With s = d / heads, head e reads columns e·s to (e+1)·s of xq, xk and xv. Its scores
    are divided by sqrt(s), its weights are their softmax over the tokens that are read,
    and the outputs of the heads side by side are multiplied by o.
    """
    n, d = x.shape
    s = d // heads
    queries, keys, contents = x @ q, x @ k, x @ v
    joined = np.zeros((n, d))
    for e in range(heads):
        part = slice(e * s, (e + 1) * s)
        for i in range(n):
            scores = [
                float(queries[i, part] @ keys[j, part]) / sqrt(s) for j in range(n)
            ]
            weights = [exp(z - max(scores)) for z in scores]
            for j in range(n):
                joined[i, part] += weights[j] / sum(weights) * contents[j, part]
    return joined @ o


def _attention_cost(s: Sizes) -> int:
    n, d = s["n"], s["d"]
    return 2 * (4 * n * d * d + 2 * n * n * d) + 10 * n * n


MULTI_HEAD = Exercise(
    spec=multi_head,
    sizes={"n": (1, 2, 3, 4, 5, 16), "d": (4, 6, 8, 12)},
    given={"heads": lambda g, s: 2},
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "Divide by the width of a head, not of the model, and bring the heads "
            "back behind the tokens before you merge them.",
            "10.1",
        ),
        Check(
            permutation_equivariant({"x": (0,)}),
            2,
            "Without positions, tokens in another order give the same in that "
            "order: is the softmax over the tokens that are read?",
            "10.2",
        ),
        Check(
            linear_in("o"),
            1,
            "The last map is linear, and comes after the heads are joined.",
            "10.1",
        ),
        Check(gradients(), 1, "All four matrices are trained.", "10.1"),
        Check(
            same_under_vmap(),
            1,
            "Write the function of one sequence; no batch axis.",
            "2.3",
        ),
        Check(no_python_loop("n"), 1, "einsum over all tokens at once.", "2.3"),
        Check(
            flops_within(3.0, _attention_cost),
            1,
            "Four d-by-d products, and two n-by-n ones.",
            "10.1",
            hidden=True,
        ),
        Check(
            program_values(),
            1,
            "The function must be one JAX program, without callbacks.",
            "2.3",
            hidden=True,
        ),
    ),
)


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


def _relative(f: Any, x: Array) -> tuple[Array, Array]:
    """The same query at every place: products depend on the distance of two places."""
    same = np.repeat(x[:1], len(x), 0)
    products = f(same) @ f(same).T
    return products[1:, 1:], products[:-1, :-1]


ROPE = Exercise(
    spec=rope,
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


def add_positions(x: Float[Array, "n d"]) -> Float[Array, "n d"]:
    """Return `x + p` with the sinusoidal position p, so that order can be read.

    p[t, 2i] = sin(t · 10000^(-2i/d)) and p[t, 2i+1] = cos(t · 10000^(-2i/d)), d even.
    """
    n, d = x.shape
    out = np.zeros((n, d))
    for t in range(n):
        for i in range(d // 2):
            angle = t * 10000 ** (-2 * i / d)
            out[t, 2 * i] = x[t, 2 * i] + sin(angle)
            out[t, 2 * i + 1] = x[t, 2 * i + 1] + cos(angle)
    return out


def _order_is_seen(trial: Trial) -> None:
    """Items in another order must not merely give the result in that order."""
    x = trial.args["x"]
    if len(x) < 2:
        return
    (turned,) = trial.call({"x": x[::-1].copy()})
    (straight,) = trial.call()
    if turned.shape == straight.shape and np.allclose(turned[::-1], straight):
        trial.fail(
            "reversed tokens give the reversed result: the order cannot be read from it"
        )


ADD_POSITIONS = Exercise(
    spec=add_positions,
    sizes={"n": (1, 2, 3, 5, 7, 16, 0), "d": (2, 4, 6, 8)},
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "Sines at even features, cosines at odd ones, at the same angle.",
            "10.2",
        ),
        Check(
            Law("equivariance is broken", _order_is_seen),
            3,
            "Each place must get its own vector.",
            "10.2",
        ),
        Check(
            equality(
                "the position is added",
                lambda f, x: (f(x) - f(0 * x), x),
                of="f(x) - f(0)",
            ),
            1,
            "The position does not depend on the token.",
            "10.2",
        ),
        Check(
            same_under_vmap(),
            1,
            "Positions count along the first axis of one sequence.",
            "2.3",
        ),
        Check(
            no_python_loop("n"),
            1,
            "All angles at once: the outer product of positions and frequencies.",
            "2.3",
        ),
    ),
)
