"""Exercises of the first lecture: a perceptron, a count, an exponent, a sampler."""

from math import exp, log

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import (
    equality,
    same_under_jit,
    same_under_vmap,
    shift_invariant,
    values,
)
from nnds.checks.structure import no_python_loop, own_work

Pair = tuple[Array, Array]


def perceptron_step(
    w: Float[Array, " d"],
    b: Float[Array, ""],
    x: Float[Array, " d"],
    y: Float[Array, ""],
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """Return (w, b) after the perceptron has seen the example x with label y, 1 or -1.

    A mistake is `y · (w·x + b) <= 0`: on the line is a mistake too. Then y·x is added
    to w, and y to b. With no mistake both stay as they are.
    """
    score = sum((w[i] * x[i] for i in range(len(x))), 0.0) + b
    if y * score <= 0:
        return w + y * x, b + y
    return w, b


def _moved(w: Array, b: Array, x: Array, y: Array, wrong: bool) -> Pair:
    return (w + y * x, b + y) if wrong else (w, b)


PERCEPTRON_STEP = Exercise(
    spec=perceptron_step,
    minutes=8,
    given={"y": lambda g, s: np.array(g.choice([-1.0, 1.0]))},
    without=("nnds.perceptron",),
    mistakes=(
        Mistake(
            "You moved the line at every example: without a mistake it stays.",
            lambda w, b, x, y: _moved(w, b, x, y, True),
        ),
        Mistake(
            "You moved the line where it is right: it learns from mistakes.",
            lambda w, b, x, y: _moved(w, b, x, y, y * (w @ x + b) > 0),
        ),
        Mistake(
            "You let a point on the line pass: with w = 0 and b = 0 every point is on "
            "it, and nothing would ever be learned.",
            lambda w, b, x, y: _moved(w, b, x, y, y * (w @ x + b) < 0),
        ),
        Mistake(
            "You moved the line away from the example: y·x is added.",
            lambda w, b, x, y: (
                2 * w - perceptron_step(w, b, x, y)[0],
                2 * b - perceptron_step(w, b, x, y)[1],
            ),
        ),
        Mistake(
            "You added x whatever its label: a label of -1 subtracts.",
            lambda w, b, x, y: _moved(
                w, b, x, np.array(1.0), perceptron_step(w, b, x, y)[1] != b
            ),
        ),
        Mistake(
            "You left b as it was: y is added to it.",
            lambda w, b, x, y: (perceptron_step(w, b, x, y)[0], b),
        ),
        Mistake(
            "You left b out of the score: a mistake is y (w·x + b) <= 0.",
            lambda w, b, x, y: _moved(w, b, x, y, y * (w @ x) <= 0),
        ),
        Mistake(
            "You returned w alone: b is the second result.",
            lambda w, b, x, y: perceptron_step(w, b, x, y)[0],
        ),
        Mistake(
            "You moved by the size of the error: the perceptron adds y·x, however "
            "wrong it is.",
            lambda w, b, x, y: (
                w + (y - (w @ x + b)) * x,
                b + (y - (w @ x + b)),
            ),
        ),
        Mistake(
            "You moved twice as far: y minus the answer is 2 or -2 at a mistake.",
            lambda w, b, x, y: (
                2 * perceptron_step(w, b, x, y)[0] - w,
                2 * perceptron_step(w, b, x, y)[1] - b,
            ),
        ),
    ),
    checks=(
        Check(
            values(
                [
                    ([0.0, 0.0], 0.0, [2.0, 1.0], -1.0),  # on the line
                    ([1.0, 0.0], -3.0, [2.0, 1.0], 1.0),  # b alone makes it wrong
                    ([1.0, 0.0], 3.0, [2.0, 1.0], 1.0),
                    ([1.0, 0.0], 3.0, [2.0, 1.0], -1.0),
                ]
            ),
            5,
            "When is the sign of the score not that of the label? What is added then?",
            "1",
        ),
        Check(
            same_under_jit(),
            2,
            "Under jit a value cannot choose a branch of `if`; use jnp.where.",
            "2.3",
        ),
        Check(
            same_under_vmap(),
            1,
            "A product w @ x of one example; vmap does many.",
            "2.3",
        ),
        Check(no_python_loop("d"), 1, "One product w @ x, however long x is.", "2.3"),
        Check(own_work(), 1, "Write the rule; do not call the package's.", "1"),
    ),
)


def count_lenet(side: int, kernel: int, sizes: Int[Array, "5"]) -> Int[Array, ""]:
    """Return how many parameters a LeNet-5 has, for images of side by side pixels.

    `sizes` are the channels of C1 and C3, the units of C5 and F6, and the classes.
    C1 pads the image, so that its maps have its size; C3 does not pad, and reads all
    maps of C1. After each of the two, pooling halves the side. C5 reads all numbers
    that are left. Every layer of these five has biases; pooling has no parameters.
    """
    c1, c3, c5, f6, classes = (int(n) for n in sizes)
    total = kernel * kernel * 1 * c1 + c1
    total += kernel * kernel * c1 * c3 + c3
    left = (side // 2 - kernel + 1) // 2
    for d, c in ((left * left * c3, c5), (c5, f6), (f6, classes)):
        total += d * c + c
    return np.array(total)


def _with_left(
    side: int, kernel: int, sizes: Array, left: int, pixels: int = 2
) -> Array:
    """Return the count if C5 read `left` pixels to the power of `pixels` a map."""
    c3, c5 = int(sizes[1]), int(sizes[2])
    right = ((side // 2 - kernel + 1) // 2) ** 2
    return count_lenet(side, kernel, sizes) + (left**pixels - right) * c3 * c5


def _kernels(sizes: Array) -> tuple[int, int]:
    return int(sizes[0]), int(sizes[1])


COUNT_LENET = Exercise(
    spec=count_lenet,
    minutes=10,
    given={
        "side": lambda g, s: int(g.choice([20, 28, 36])),
        "kernel": lambda g, s: int(g.choice([3, 5])),
        "sizes": lambda g, s: g.permutation([2, 3, 5, 7, 4]).astype(np.int32),
    },
    without=("nnds.conv",),
    mistakes=(
        Mistake(
            "You counted no biases: each channel, unit and class has one.",
            lambda side, kernel, sizes: count_lenet(side, kernel, sizes) - sizes.sum(),
        ),
        Mistake(
            "You counted one bias a layer: each channel, unit and class has one.",
            lambda side, kernel, sizes: (
                count_lenet(side, kernel, sizes) - sizes.sum() + 5
            ),
        ),
        Mistake(
            "You forgot that pooling halves the maps of C3 before C5 reads them.",
            lambda side, kernel, sizes: _with_left(
                side, kernel, sizes, side // 2 - kernel + 1
            ),
        ),
        Mistake(
            "You let C1 shrink the image: it pads, and its maps have the image's size.",
            lambda side, kernel, sizes: _with_left(
                side, kernel, sizes, ((side - kernel + 1) // 2 - kernel + 1) // 2
            ),
        ),
        Mistake(
            "You let C3 keep the size of its maps: it does not pad.",
            lambda side, kernel, sizes: _with_left(side, kernel, sizes, side // 4),
        ),
        Mistake(
            "You counted pixels along one side only: a map is an area.",
            lambda side, kernel, sizes: _with_left(
                side, kernel, sizes, (side // 2 - kernel + 1) // 2, 1
            ),
        ),
        Mistake(
            "You let C3 read one map: each of its kernels reads all maps of C1.",
            lambda side, kernel, sizes: (
                count_lenet(side, kernel, sizes)
                - kernel**2 * (_kernels(sizes)[0] - 1) * _kernels(sizes)[1]
            ),
        ),
        Mistake(
            "You counted kernels as lines: a kernel has kernel times kernel weights.",
            lambda side, kernel, sizes: (
                count_lenet(side, kernel, sizes)
                - kernel * (kernel - 1) * (sizes[0] + sizes[0] * sizes[1])
            ),
        ),
        Mistake(
            "You left out the last layer: from F6 to the classes.",
            lambda side, kernel, sizes: (
                count_lenet(side, kernel, sizes) - (sizes[3] + 1) * sizes[4]
            ),
        ),
        Mistake(
            "You gave the paper's LeNet-5 for any sizes: 61,706 is one case of many.",
            lambda side, kernel, sizes: np.array(61706),
        ),
        Mistake(
            "You gave pooling parameters, as the paper of 1998 does: here it has none.",
            lambda side, kernel, sizes: (
                count_lenet(side, kernel, sizes) + 2 * (sizes[0] + sizes[1])
            ),
        ),
        Mistake(
            "You counted a convolution as a dense layer: one kernel serves all pixels.",
            lambda side, kernel, sizes: (
                count_lenet(side, kernel, sizes)
                + kernel**2 * sizes[0] * (side * side - 1)
            ),
        ),
    ),
    checks=(
        Check(
            values([(28, 5, [6, 16, 120, 84, 10]), (20, 3, [1, 1, 1, 1, 1])]),
            4,
            "Layer by layer: how many numbers does one output read, how many outputs "
            "are there, and which of them share weights?",
            "7.1",
        ),
        Check(
            equality(
                "a class more costs F6 + 1",
                lambda f, side, kernel, sizes: (
                    f(side, kernel, sizes + np.array([0, 0, 0, 0, 1], np.int32)),
                    f(side, kernel, sizes) + sizes[3] + 1,
                ),
                sizes=1,
            ),
            1,
            "A class is one unit of the last layer: what does that unit read?",
            "5.2",
        ),
        Check(own_work(), 1, "Count it; do not build the package's network.", "7.1"),
    ),
)


def exponent(
    c: Float[Array, " n"], loss: Float[Array, " n"], floor: Float[Array, ""]
) -> Float[Array, ""]:
    """Return the b for which `a · c^-b + floor` is nearest to the losses.

    Nearest is meant in logarithms: the line through `log(loss - floor)` against `log c`
    with the least squared error has the slope -b. All sizes c are positive and not
    equal, and all losses above the floor.
    """
    n = len(c)
    u = [log(c[i]) for i in range(n)]
    v = [log(loss[i] - floor) for i in range(n)]
    mean_u, mean_v = sum(u) / n, sum(v) / n
    above = sum((u[i] - mean_u) * (v[i] - mean_v) for i in range(n))
    return np.array(-above / sum((u[i] - mean_u) ** 2 for i in range(n)))


def _slope(u: Array, v: Array) -> Array:
    u, v = u - u.mean(), v - v.mean()
    return np.array(u @ v / (u @ u))


EXPONENT = Exercise(
    spec=exponent,
    minutes=8,
    sizes={"n": (3, 4, 5, 6, 7)},
    given={
        "c": lambda g, s: 2.0 ** np.sort(g.choice(12, s["n"], replace=False)),
        "loss": lambda g, s: 3 + np.round(g.uniform(0.2, 4.0, s["n"]), 1),
        "floor": lambda g, s: np.array(round(g.uniform(1.0, 2.5), 1)),
    },
    without=("nnds.scaling",),
    mistakes=(
        Mistake(
            "You have the sign wrong: a loss that falls has a positive exponent.",
            lambda c, loss, floor: -exponent(c, loss, floor),
        ),
        Mistake(
            "You forgot the floor: only what lies above it falls as a power.",
            lambda c, loss, floor: exponent(c, loss, 0 * floor),
        ),
        Mistake(
            "You took no logarithm of the loss: a power law is a line in both "
            "logarithms.",
            lambda c, loss, floor: -_slope(np.log(c), loss - floor),
        ),
        Mistake(
            "You took no logarithm of the size: that is an exponential law.",
            lambda c, loss, floor: -_slope(c, np.log(loss - floor)),
        ),
        Mistake(
            "You took no logarithm at all: that is the slope of a straight line.",
            lambda c, loss, floor: -_slope(c, loss - floor),
        ),
        Mistake(
            "You used the first and the last size only: the runs between count too.",
            lambda c, loss, floor: exponent(c[[0, -1]], loss[[0, -1]], floor),
        ),
        Mistake(
            "You exchanged the axes: the size explains the loss.",
            lambda c, loss, floor: -_slope(np.log(loss - floor), np.log(c)),
        ),
        Mistake(
            "You put the line through the origin: its height, log a, is free.",
            lambda c, loss, floor: (
                -np.array(np.log(c) @ np.log(loss - floor) / (np.log(c) @ np.log(c)))
            ),
        ),
    ),
    checks=(
        Check(
            values([([1.0, 2.0, 4.0], [3.0, 2.0, 1.5], 1.0)]),
            5,
            "Of which two numbers is a power law a straight line?",
            "1",
        ),
        Check(
            equality(
                "another unit of size",
                lambda f, c, loss, floor: (f(16 * c, loss, floor), f(c, loss, floor)),
                sizes=1,
            ),
            2,
            "Whether c counts parameters or millions of them changes a, and not b.",
            "1",
        ),
        Check(same_under_jit(), 1, "jnp.polyfit and jnp.linalg run under jit.", "2.3"),
        Check(own_work(), 1, "Fit it; do not call the package's fit.", "1"),
    ),
)


def next_token(
    logits: Float[Array, " v"], temperature: Float[Array, ""], u: Float[Array, ""]
) -> Int[Array, ""]:
    """Return the number of the token that u, uniform in [0, 1), chooses.

    Token i has the probability `p_i = exp(logits_i / temperature) / sum of all such`.
    The result is the first i with `u < p_0 + ... + p_i`. The temperature is positive.
    Logits of any finite size, and any temperature from 0.01 on, give the right token.
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
