"""Exercises on attention: several heads, and where order enters."""

from math import cos, exp, sin, sqrt
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise, Mistake
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
    return _joined(x @ q, x @ k, x @ v, heads) @ o


def _joined(queries: Array, keys: Array, contents: Array, heads: int) -> Array:
    """Return the outputs of the heads, side by side."""
    n, d = queries.shape
    s = d // heads
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
    return joined


def _mixed(x: Array, heads: int) -> Array:
    """Return tokens that were reshaped to heads first, and not transposed."""
    n, d = x.shape
    return x.reshape(heads, n, d // heads).swapaxes(0, 1).reshape(n, d)


def _merged_wrongly(
    x: Array, q: Array, k: Array, v: Array, o: Array, heads: int
) -> Array:
    n, d = x.shape
    each = _joined(x @ q, x @ k, x @ v, heads).reshape(n, heads, d // heads)
    return each.swapaxes(0, 1).reshape(n, d) @ o


def _over_queries(
    x: Array, q: Array, k: Array, v: Array, o: Array, heads: int
) -> Array:
    queries, keys, contents = x @ q, x @ k, x @ v
    s = x.shape[1] // heads
    out = np.zeros(x.shape)
    for first in range(0, x.shape[1], s):
        part = slice(first, first + s)
        scores = queries[:, part] @ keys[:, part].T / sqrt(s)
        weights = np.exp(scores - scores.max())
        out[:, part] = weights / weights.sum(0) @ contents[:, part]
    return out @ o


def _attention_cost(s: Sizes) -> int:
    n, d = s["n"], s["d"]
    return 2 * (4 * n * d * d + 2 * n * n * d) + 10 * n * n


MULTI_HEAD = Exercise(
    spec=multi_head,
    minutes=15,
    mistakes=(
        Mistake(
            "You divided the scores by the root of the model's width: the width of one "
            "head counts.",
            lambda x, q, k, v, o, heads: multi_head(x, q / sqrt(heads), k, v, o, heads),
            seen="github Graylab/DL4Proteins-notebooks#12",
        ),
        Mistake(
            "You divided the scores by the root of the number of heads: the width of "
            "one head counts.",
            lambda x, q, k, v, o, heads: multi_head(
                x, q * sqrt(x.shape[1]) / heads, k, v, o, heads
            ),
            seen="github tenstorrent/tt-metal#56789",
        ),
        Mistake(
            "You multiplied the scores by the root of the width: they are divided.",
            lambda x, q, k, v, o, heads: multi_head(
                x, q * (x.shape[1] // heads), k, v, o, heads
            ),
            seen="github esceptico/perceiver-io#9: divides by 1/sqrt(s)",
        ),
        Mistake(
            "You merged the heads without a transpose: bring the heads back behind the "
            "tokens before you reshape.",
            _merged_wrongly,
            seen="github jsbaan/transformer-from-scratch#6: a reshape alone",
        ),
        Mistake(
            "You split the heads by a reshape alone, which mixes tokens: split the "
            "features first, then transpose.",
            lambda x, q, k, v, o, heads: (
                _joined(
                    _mixed(x @ q, heads),
                    _mixed(x @ k, heads),
                    _mixed(x @ v, heads),
                    heads,
                )
                @ o
            ),
            seen="github reczoo/FuxiCTR#30: no transpose",
        ),
        Mistake(
            "You took the softmax over the tokens that ask: it goes over those that "
            "are read.",
            _over_queries,
        ),
        Mistake(
            "You used a single head: heads says how many there are.",
            lambda x, q, k, v, o, heads: multi_head(x, q, k, v, o, 1),
            seen="github MarcoMeter/episodic-transformer-memory-ppo#22",
        ),
        Mistake(
            "You left out the last map: the joined heads are multiplied by o.",
            lambda x, q, k, v, o, heads: multi_head(
                x, q, k, v, np.eye(x.shape[1]), heads
            ),
        ),
    ),
    sizes={"n": (1, 2, 3, 4, 5, 16), "d": (4, 6, 8, 12)},
    given={"heads": lambda g, s: 2},
    without=TOPIC,
    checks=(
        Check(
            values(),
            4,
            "Write the shape of every array beside it: which axis are the heads, and "
            "how wide is one of them?",
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


def _positions(x: Array) -> Array:
    return add_positions(0 * x)


def _own_frequency(x: Array) -> Array:
    out = x.copy()
    for t, i in np.ndindex(x.shape):
        angle = t * 10000 ** (-2 * i / x.shape[1])
        out[t, i] += cos(angle) if i % 2 else sin(angle)
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
    minutes=10,
    mistakes=(
        Mistake(
            "You put all sines first: sine and cosine of one angle are neighbours.",
            lambda x: (
                x + np.concatenate([_positions(x)[:, 0::2], _positions(x)[:, 1::2]], 1)
            ),
            seen="github tatp22/multidim-positional-encoding#20",
        ),
        Mistake(
            "You gave each feature its own frequency: sine and cosine share one.",
            _own_frequency,
            seen="github BrianPulfer/PapersReimplementations#9",
        ),
        Mistake(
            "You added no positions: every place gets its own vector.", lambda x: x
        ),
        Mistake(
            "You added the same vector at every place.",
            lambda x: x + add_positions(np.zeros((2, x.shape[1])))[1],
        ),
        Mistake(
            "You multiplied by the positions: they are added.",
            lambda x: x * _positions(x),
        ),
        Mistake(
            "You exchanged sines and cosines: the sine is at the even features.",
            lambda x: (
                x
                + _positions(x)
                .reshape(len(x), x.shape[1] // 2, 2)[:, :, ::-1]
                .reshape(x.shape)
            ),
        ),
        Mistake(
            "You scaled the tokens: they are added as they are.",
            lambda x: x * sqrt(x.shape[1]) + _positions(x),
        ),
    ),
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
