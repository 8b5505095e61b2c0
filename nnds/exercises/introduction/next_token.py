"""Exercise: a token drawn at a temperature."""

from math import exp

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.equations import shift_invariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, same_under_vmap, values
from nnds.checks.structure import no_python_loop, own_work


def next_token(
    logits: Float[Array, " v"], temperature: Float[Array, ""], u: Float[Array, ""]
) -> Int[Array, ""]:
    """Return the number of the token that u, uniform in [0, 1), chooses.

    Token i has the probability `p_i = exp(logits_i / temperature) / sum of all such`.
    The result is the first i with `u < p_0 + ... + p_i`. The temperature is positive.
    Logits of any finite size, and any temperature from 0.01 on, give the right token.
    If rounding leaves all sums at or below u, it is the last one.
    """
    most = max(logits)
    weights = [exp((z - most) / temperature) for z in logits]
    total, passed = sum(weights), 0.0
    for i, weight in enumerate(weights):
        passed += weight / total
        if u < passed:
            return np.array(i)
    return np.array(len(weights) - 1)


def _chosen(p: Array, u: Array) -> Array:
    return np.array(min(int((np.cumsum(p) <= u).sum()), len(p) - 1))


def _probabilities(logits: Array, temperature: Array) -> Array:
    z = np.exp((logits - logits.max()) / temperature)
    return z / z.sum()


def _likely_first(logits: Array, temperature: Array, u: Array) -> Array:
    order = np.argsort(-logits, kind="stable")
    return np.array(order[next_token(logits[order], temperature, u)])


def _overflowing(logits: Array, temperature: Array, u: Array) -> Array:
    p = np.exp(np.float32(logits / temperature))
    return np.array((np.cumsum(p / p.sum()) <= u).sum())


def _away_from_a_step(generator: np.random.Generator, sizes: Sizes) -> Array:
    """Return logits whose sums of probabilities are not at a u in twentieths."""
    return np.round(generator.normal(size=sizes["v"]) * 2, 1) + 0.03


# in float32, 12 times 1/12 and 19 times 1/19 are not more
ALMOST_ONE = float(np.nextafter(np.float32(1), np.float32(0)))

NEXT_TOKEN = Exercise(
    spec=next_token,
    minutes=12,
    sizes={"v": (2, 3, 4, 5, 6)},
    given={
        "logits": _away_from_a_step,
        "temperature": lambda g, s: np.array(g.choice([0.5, 1.0, 2.0])),
        "u": lambda g, s: np.array(g.integers(20) / 20 + 0.01),
    },
    without=("nnds.bigram",),
    mistakes=(
        Mistake(
            "You took the likeliest token: that is what a temperature near 0 does.",
            lambda logits, temperature, u: np.array(logits.argmax()),
        ),
        Mistake(
            "You forgot the temperature.",
            lambda logits, temperature, u: next_token(logits, np.array(1.0), u),
        ),
        Mistake(
            "You multiplied by the temperature: it divides the logits.",
            lambda logits, temperature, u: next_token(logits, 1 / temperature, u),
        ),
        Mistake(
            "You divided the probabilities by the temperature, and not the logits: "
            "afterwards they do not sum to 1.",
            lambda logits, temperature, u: _chosen(
                _probabilities(logits, np.array(1.0)) / temperature, u
            ),
        ),
        Mistake(
            "You are one token too late: it is the first whose sum passes u.",
            lambda logits, temperature, u: np.array(
                1 + int((np.cumsum(_probabilities(logits, temperature)) <= u).sum())
            ),
        ),
        Mistake(
            "You stopped where the sum equals u: it must be more than u.",
            lambda logits, temperature, u: np.array(
                int((np.cumsum(_probabilities(logits, temperature)) < u).sum())
            ),
        ),
        Mistake(
            "You are one token too early: the sum includes the token itself.",
            lambda logits, temperature, u: np.array(
                int((np.cumsum(_probabilities(logits, temperature)) <= u).sum()) - 1
            ),
        ),
        Mistake(
            "You did not sum: you looked for a single probability above u.",
            lambda logits, temperature, u: np.array(
                int(np.argmax(_probabilities(logits, temperature) > u))
            ),
        ),
        Mistake(
            "You began with the likeliest token: here they go in their own order.",
            _likely_first,
        ),
        Mistake(
            "You went from the last token to the first.",
            lambda logits, temperature, u: (
                len(logits) - 1 - next_token(logits[::-1], temperature, u)
            ),
        ),
        Mistake(
            "You did not divide by the sum: the weights are no probabilities yet.",
            lambda logits, temperature, u: _chosen(np.exp(logits / temperature), u),
        ),
        Mistake(
            "You gave each token the same share of u: likely ones have more.",
            lambda logits, temperature, u: np.array(int(u * len(logits))),
        ),
        Mistake(
            "Your exponential overflows: exp(1000) is infinite in 32 bits. A constant "
            "taken off all logits changes no probability.",
            _overflowing,
        ),
    ),
    checks=(
        Check(
            values(
                [
                    *(([0.0, 0.0], 1.0, u) for u in (0.0, 0.25, 0.75)),
                    *(([1.0, 0.0, 2.0], t, 0.35) for t in (0.5, 1.0, 5.0)),
                    ([1000.0, -1000.0, 999.5], 1.0, 0.9),
                    ([3.0, 5.0, 4.0], 0.01, 0.99),
                    ([0.05, 0.0], 0.01, 0.9),
                    *(([0.0] * 4, 1.0, u) for u in (0.25, 0.5, 0.75)),  # at a step
                    *(([0.0] * v, 1.0, ALMOST_ONE) for v in (12, 19)),
                ]
            ),
            5,
            "Put the probabilities one after the other on a line from 0 to 1: in whose "
            "part does u fall?",
            "8.2",
        ),
        Check(
            shift_invariant("logits", by=200.0),
            2,
            "A constant added to all logits cancels: which one keeps exp small?",
            "4.2",
        ),
        Check(same_under_jit(), 1, "Count what is passed; no `if`, no `while`.", "2.3"),
        Check(
            same_under_vmap(),
            1,
            "One token of one distribution; vmap does many.",
            "2.3",
        ),
        Check(no_python_loop("v"), 1, "jnp.cumsum sums all at once.", "2.3"),
        Check(own_work(), 1, "Choose it yourself.", "8.2"),
    ),
)
