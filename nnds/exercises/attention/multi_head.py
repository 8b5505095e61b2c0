"""Exercise: self-attention of several heads."""

from math import exp, sqrt
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.equations import linear_in, permutation_equivariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, same_under_vmap, values
from nnds.checks.structure import flops_within, no_python_loop, program_values
from nnds.exercises.attention import TOPIC


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


def _some_divisor(generator: np.random.Generator, sizes: Sizes) -> int:
    """Return a number of heads that divides the features, and is more than one."""
    d = sizes["d"]
    return int(generator.choice([n for n in range(2, d) if d % n == 0]))


# scores in the hundreds, whose powers are too large for float32
LARGE = ([[9, 0, 3, 1], [0, 9, 1, 3], [9, 0, 1, 3]], *[3 * np.eye(4)] * 4, 2)


def _example(d: int, heads: int) -> tuple[Any, ...]:
    """Return arguments with another number of heads than those that are drawn."""
    generator = np.random.default_rng(d)
    sides = [generator.normal(size=(d, d)) for _ in range(4)]
    return generator.normal(size=(3, d)), *sides, heads


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
    given={"heads": _some_divisor},
    without=TOPIC,
    checks=(
        Check(
            values([_example(6, 1), _example(6, 3), _example(8, 4), LARGE]),
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
