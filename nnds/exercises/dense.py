"""Exercises on fully connected models: trainable activations, gates, approximation."""

from math import exp, pi, sqrt

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.key import Key
from nnds.checks.laws import (
    finite_gradients,
    gradients,
    linear_in,
    permutation_equivariant,
    runs_in_bf16,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.checks.randomness import (
    distributed,
    no_global_generator,
    no_key_used_twice,
    normal,
    other_key_other_result,
    same_key_same_result,
    shapes,
)
from nnds.checks.structure import (
    flops_within,
    no_python_loop,
    own_work,
    without_operations,
)


def _sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


def swish(x: Float[Array, ""], beta: Float[Array, ""]) -> Float[Array, ""]:
    """Return `x · sigmoid(beta · x)` for one unit, with its trainable slope `beta`.

    Any size of x gives a finite value and finite gradients for x and beta.
    """
    return np.array(x * _sigmoid(float(beta * x)))


def _overflowing(x: Array, beta: Array) -> Array:
    large = np.exp(np.float32(beta * x))
    return np.array(x * large / (1 + large))


EXTREME = [(x, beta) for x in (-1000, 0, 1000) for beta in (1, -2, 0)]
WITHOUT = ("nnds.dense", "nnds.activations", "nnds.gated")

SWISH = Exercise(
    spec=swish,
    minutes=5,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "You forgot the slope: beta does not change your result.",
            lambda x, beta: swish(x, np.array(1.0)),
        ),
        Mistake(
            "You multiplied the result by beta: the slope belongs inside the sigmoid.",
            lambda x, beta: beta * swish(x, np.array(1.0)),
        ),
        Mistake(
            "You multiplied by beta twice: the x in front of the sigmoid has no slope.",
            lambda x, beta: beta * swish(x, beta),
        ),
        Mistake(
            "You returned the gate alone: x still has to be multiplied with it.",
            lambda x, beta: np.array(_sigmoid(float(beta * x))),
        ),
        Mistake(
            "Your exponential overflows: exp(1000) is infinite in 32 bits, and "
            "infinity over infinity is not a number.",
            _overflowing,
            seen="github jeshraghian/snntorch#427: inf / inf is NaN",
        ),
        Mistake(
            "You have the sign of the slope wrong: a large positive x passes as it is.",
            lambda x, beta: swish(x, -beta),
        ),
    ),
    checks=(
        Check(
            values(EXTREME),
            3,
            "Try it at x = 0 and at a very large x: what should come out?",
            "5.4",
        ),
        Check(gradients(), 2, "Both x and beta are trained.", "5.4"),
        Check(
            finite_gradients(EXTREME),
            2,
            "A value may be finite while its gradient is not: where does an infinite "
            "number appear on the way?",
            "5.4",
        ),
        Check(
            same_under_vmap(name="per unit by vmap"),
            1,
            "Write the function of one number; vmap gives each unit its own beta.",
            "5.4",
        ),
        Check(
            same_under_jit(),
            1,
            "Under jit a value cannot choose a branch of `if`; use jnp.where.",
            "2.3",
        ),
        Check(
            own_work(),
            1,
            "Write the formula; do not call the function of the package.",
            "5.4",
        ),
    ),
)


def swish_units(
    x: Float[Array, " d"], beta: Float[Array, " d"]
) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
    """Return the activations of d units, and how steep each of them is.

    Unit i has the value `x_i · sigmoid(beta_i · x_i)`, and as its steepness the
    derivative of that value with respect to x_i. Both have shape (d,).
    """
    values = np.array([float(swish(x[i], beta[i])) for i in range(len(x))])
    steepness = np.zeros(len(x))
    for i in range(len(x)):
        gate = _sigmoid(float(beta[i] * x[i]))
        steepness[i] = gate + beta[i] * x[i] * gate * (1 - gate)
    return values, steepness


def _all_pairs(x: Array, beta: Array) -> tuple[Array, ...]:
    """Return what each unit gives with the slope of each unit."""
    d = len(x)
    pairs = swish_units(np.repeat(x, d), np.tile(beta, d))
    return tuple(part.reshape(d, d) for part in pairs)


def _gates(x: Array, beta: Array) -> Array:
    return np.array([_sigmoid(float(b * z)) for z, b in zip(x, beta, strict=True)])


def _by_slope(x: Array, beta: Array) -> tuple[Array, Array]:
    gates = _gates(x, beta)
    return swish_units(x, beta)[0], x**2 * gates * (1 - gates)


def _no_inner(x: Array, beta: Array) -> Array:
    gates = _gates(x, beta)
    return gates + x * gates * (1 - gates)


SWISH_UNITS = Exercise(
    spec=swish_units,
    minutes=6,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "You used the slope of the first unit for all: each unit has its own.",
            lambda x, beta: swish_units(x, np.full_like(beta, beta[:1].sum())),
        ),
        Mistake(
            "You used the mean of the slopes for all: each unit has its own.",
            lambda x, beta: swish_units(
                x, np.full_like(beta, beta.sum() / max(len(beta), 1))
            ),
        ),
        Mistake(
            "You combined every x with every slope: unit i has x[i] and beta[i] alone, "
            "so vmap goes over both arguments at once.",
            _all_pairs,
        ),
        Mistake(
            "You gave the units the slopes in the opposite order.",
            lambda x, beta: swish_units(x, beta[::-1]),
        ),
        Mistake(
            "You took the derivative with respect to beta: asked is the one with "
            "respect to x.",
            _by_slope,
        ),
        Mistake(
            "You returned the values alone: the derivatives are the second result.",
            lambda x, beta: swish_units(x, beta)[0],
        ),
        Mistake(
            "You returned the derivatives first: the values come first.",
            lambda x, beta: swish_units(x, beta)[::-1],
        ),
        Mistake(
            "You returned the derivatives alone: the values are the first result.",
            lambda x, beta: swish_units(x, beta)[1],
        ),
        Mistake(
            "You stacked the results into one array: asked is a pair of two.",
            lambda x, beta: np.stack(swish_units(x, beta)),
        ),
        Mistake(
            "Your derivative takes the gate for a constant, but it depends on x too.",
            lambda x, beta: (swish_units(x, beta)[0], _gates(x, beta)),
        ),
        Mistake(
            "Your derivative takes the x in front of the gate for a constant.",
            lambda x, beta: (
                swish_units(x, beta)[0],
                swish_units(x, beta)[1] - _gates(x, beta),
            ),
        ),
        Mistake(
            "Your derivative has no inner derivative: the gate is one of beta times x.",
            lambda x, beta: (swish_units(x, beta)[0], _no_inner(x, beta)),
        ),
    ),
    checks=(
        Check(
            values(),
            4,
            "Your function of one unit, its value and its derivative, mapped over the "
            "units: which transformations of JAX do that?",
            "5.4",
        ),
        Check(
            permutation_equivariant({"x": (0,), "beta": (0,)}),
            2,
            "The units have no order.",
            "5.4",
        ),
        Check(
            same_under_jit(),
            2,
            "Under jit a value cannot choose a branch of `if`.",
            "2.3",
        ),
        Check(
            no_python_loop("d"), 2, "vmap in place of a Python loop over units.", "2.3"
        ),
    ),
)


def init_units(
    key: Key, d: int, c: int
) -> tuple[Float[Array, "d c"], Float[Array, " c"]]:
    """Return the first parameters (w, beta) of c units with trainable Swish.

    The weights w, of shape (d, c), are normal numbers of mean 0 and variance
    2 / (d + c). The slopes beta, of shape (c,), are normal numbers of mean 1 and
    standard deviation 0.1. All of them are independent, and come from the key alone.
    """
    return np.zeros((d, c)), np.ones(c)  # their means: what is known before the draw


INIT_UNITS = Exercise(
    spec=init_units,
    minutes=8,
    given={"d": lambda g, s: 60, "c": lambda g, s: 600},  # enough to tell a scale
    without=("nnds.init",),
    mistakes=(
        Mistake(
            "Your weights have the shape (c, d): a row of w belongs to an input, a "
            "column to a unit.",
            lambda key, d, c: init_units(key, c, d)[:1] + init_units(key, d, c)[1:],
        ),
        Mistake(
            "You returned the slopes first: the weights come first.",
            lambda key, d, c: init_units(key, d, c)[::-1],
        ),
    ),
    checks=(
        Check(
            shapes([(Key(0), 2, 3)]),
            1,
            "w is (d, c) and beta is (c,), in this order.",
            "5.4",
        ),
        Check(
            distributed(0.0, lambda d, c, **key: sqrt(2 / (d + c)), name="scale of w"),
            1,
            "The variance is the square of what normal numbers are multiplied by.",
            "5.2",
        ),
        Check(
            normal(name="normal weights"),
            1,
            "jax.random has a function for each distribution.",
            "5.2",
        ),
        Check(
            distributed(1.0, lambda **args: 0.1, result=1, name="scale of beta"),
            1,
            "The mean is 1 and the deviation 0.1: at a slope of 1, Swish is SiLU.",
            "5.4",
        ),
        Check(
            normal(1, name="normal slopes"),
            1,
            "jax.random has a function for each distribution.",
            "5.4",
        ),
        Check(
            no_key_used_twice(),
            1,
            "Split the key in two; each draw takes one of its own.",
            "2.3",
        ),
        Check(same_key_same_result(), 1, "Draw with jax.random only.", "2.3"),
        Check(other_key_other_result(), 1, "Use the key that you are given.", "2.3"),
        Check(no_global_generator(), 1, "Draw with jax.random only.", "2.3"),
    ),
)


def swiglu(
    x: Float[Array, " d"],
    w: Float[Array, "d h"],
    v: Float[Array, "d h"],
    u: Float[Array, "h c"],
) -> Float[Array, " c"]:
    """Return `uᵀ (silu(wᵀx) * vᵀx)` with `silu(z) = z · sigmoid(z)`: w is the gate."""
    hidden = np.zeros(w.shape[1])
    for i in range(w.shape[1]):
        gate = sum((x[k] * w[k, i] for k in range(len(x))), 0.0)
        value = sum((x[k] * v[k, i] for k in range(len(x))), 0.0)
        hidden[i] = gate * _sigmoid(gate) * value
    out = np.zeros(u.shape[1])
    for o in range(u.shape[1]):
        out[o] = sum((hidden[i] * u[i, o] for i in range(len(hidden))), 0.0)
    return out


def _silu(z: Array) -> Array:
    return np.array([v * _sigmoid(v) for v in z])


def _gelu(z: Array) -> Array:
    return z / 2 * (1 + np.tanh(sqrt(2 / pi) * (z + 0.044715 * z**3)))


SWIGLU = Exercise(
    spec=swiglu,
    minutes=6,
    without=WITHOUT,
    mistakes=(
        Mistake(
            "You exchanged the branches: the activation belongs to wᵀx, and vᵀx has "
            "none.",
            lambda x, w, v, u: swiglu(x, v, w, u),
            seen="github ml-explore/mlx-lm#767: branches swapped",
        ),
        Mistake(
            "You applied the activation to the product: only wᵀx goes through silu.",
            lambda x, w, v, u: _silu((x @ w) * (x @ v)) @ u,
            seen="github Nijikadesu/breakdown-minimind#3: silu of a product",
        ),
        Mistake(
            "You left out vᵀx: nothing is gated.",
            lambda x, w, v, u: _silu(x @ w) @ u,
            seen="github google-research/timesfm#493: SiLU, not gated",
        ),
        Mistake(
            "You left out the last map: u still has to be multiplied.",
            lambda x, w, v, u: swiglu(x, w, v, np.eye(len(u))),
            seen="github bkitano/llama-from-scratch#7: no last map",
        ),
        Mistake(
            "You wrote a GLU: its gate is a sigmoid alone, while silu(z) is z times "
            "the sigmoid of z.",
            lambda x, w, v, u: (np.array([_sigmoid(z) for z in x @ w]) * (x @ v)) @ u,
            seen="Shazeer (2020): GLU has a sigmoid, SwiGLU has Swish",
        ),
        Mistake(
            "You wrote a GEGLU: its gate is GELU in place of silu.",
            lambda x, w, v, u: (_gelu(x @ w) * (x @ v)) @ u,
            seen="Shazeer (2020): GEGLU, the tanh form of GELU",
        ),
        Mistake(
            "You added the branches: a gate multiplies.",
            lambda x, w, v, u: (_silu(x @ w) + x @ v) @ u,
        ),
        Mistake(
            "You applied silu to both branches: vᵀx has no activation.",
            lambda x, w, v, u: (_silu(x @ w) * _silu(x @ v)) @ u,
        ),
        Mistake(
            "You applied silu to x: it acts on wᵀx.",
            lambda x, w, v, u: ((_silu(x) @ w) * (x @ v)) @ u,
        ),
        Mistake(
            "You used w for both branches: the value branch has the matrix v.",
            lambda x, w, v, u: swiglu(x, w, w, u),
        ),
        Mistake(
            "You used v for both branches: the gate has the matrix w.",
            lambda x, w, v, u: swiglu(x, v, v, u),
        ),
        Mistake(
            "You wrote a ReGLU: its gate is ReLU in place of silu.",
            lambda x, w, v, u: (np.maximum(x @ w, 0) * (x @ v)) @ u,
            seen="Shazeer (2020): ReGLU",
        ),
        Mistake(
            "You have a sign wrong in silu: a large positive z passes as it is.",
            lambda x, w, v, u: swiglu(x, -w, -v, u),
        ),
    ),
    checks=(
        Check(
            values(),
            4,
            "Two branches read x; which of them has an activation, and how do they "
            "meet?",
            "5.4",
        ),
        Check(
            linear_in("v"),
            2,
            "The value branch vᵀx has no activation: only the gate w has.",
            "5.4",
        ),
        Check(gradients(), 2, "All three matrices are trained.", "5.4"),
        Check(
            runs_in_bf16(),
            1,
            "Do not name a dtype: let it follow the arguments.",
            "2.3",
        ),
        Check(
            flops_within(3.0, lambda s: 2 * s["h"] * (2 * s["d"] + s["c"])),
            1,
            "Two products with x and one with u are enough.",
            "5.4",
        ),
    ),
)


def step_network(
    x: Float[Array, ""],
    heights: Float[Array, " m"],
    start: Float[Array, ""],
    stop: Float[Array, ""],
) -> Float[Array, ""]:
    """Return a function of x that is constant on m equal bins of [start, stop).

    Bin i has the height `heights[i]`; outside the bins the result is 0. It is a network
    of 2m neurons: bin i is a step up at its left edge plus a step down at its right.
    """
    width = (stop - start) / max(len(heights), 1)
    total = 0.0
    for i in range(len(heights)):
        left, right = start + i * width, start + (i + 1) * width
        up = 1.0 if x >= left else 0.0
        down = 1.0 if x >= right else 0.0
        total += heights[i] * (up - down)
    return np.array(total)


def _inside_a_bin(generator: np.random.Generator, sizes: Sizes) -> Array:
    """Return x at a third of a bin of [-1, 2): on an edge, rounding decides."""
    m = max(sizes["m"], 1)
    return np.array(-1 + 3 * (generator.integers(m) + 1 / 3) / m)


def _edges(heights: Array, start: Array, stop: Array) -> Array:
    return start + (stop - start) * np.arange(len(heights) + 1) / max(len(heights), 1)


def _never_down(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    return np.array((heights * (x >= _edges(heights, start, stop)[:-1])).sum())


def _one_bin_less(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    up = (x >= np.linspace(start, stop, len(heights))).astype(float)
    return np.array((heights * (up - np.append(up[1:], 0.0)[: len(up)])).sum())


def _bins_too_wide(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    edges = np.linspace(start, stop, len(heights))
    width = edges[1] - edges[0] if len(edges) > 1 else 0.0
    return np.array((heights * ((edges <= x) & (x < edges + width))).sum())


def _each_bin(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    edges = _edges(heights, start, stop)
    return heights * ((edges[:-1] <= x) & (x < edges[1:]))


def _both_at_an_edge(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    edges = _edges(heights, start, stop)
    return np.array((heights * ((edges[:-1] <= x) & (x <= edges[1:]))).sum())


def _not_steep(x: Array, heights: Array, start: Array, stop: Array) -> Array:
    gates = [_sigmoid(4 * float(x - e)) for e in _edges(heights, start, stop)]
    return np.array((heights * -np.diff(gates)).sum())


STEP_NETWORK = Exercise(
    spec=step_network,
    minutes=12,
    given={
        "x": _inside_a_bin,
        "heights": lambda g, s: g.permutation(np.arange(1.0, s["m"] + 1)),
        "start": lambda g, s: np.array(-1.0),
        "stop": lambda g, s: np.array(2.0),
    },
    mistakes=(
        Mistake(
            "Your steps only go up: each bin also needs a step down at its right edge.",
            _never_down,
        ),
        Mistake(
            "You made one bin too few: m bins have m + 1 edges.",
            _one_bin_less,
            seen="numpy.linspace: m edges make m - 1 bins",
        ),
        Mistake(
            "Your bins are too wide: m bins have m + 1 edges, and you made m.",
            _bins_too_wide,
            seen="numpy.linspace: m edges",
        ),
        Mistake(
            "You returned a number for each bin: the last layer sums them.",
            _each_bin,
        ),
        Mistake(
            "At an edge two of your bins answer: a bin does not contain its right end.",
            _both_at_an_edge,
        ),
        Mistake(
            "Your bins are upside down: the sign of the steps is wrong.",
            lambda *args: -step_network(*args),
        ),
        Mistake(
            "You gave the bins their heights in the opposite order.",
            lambda x, heights, start, stop: step_network(x, heights[::-1], start, stop),
        ),
        Mistake(
            "You left out start: that is where the first bin begins.",
            lambda x, heights, start, stop: step_network(
                x + start, heights, start, stop
            ),
        ),
        Mistake(
            "Your bins have the width 1: together they fill [start, stop).",
            lambda x, heights, start, stop: step_network(
                x, heights, start, start + len(heights)
            ),
        ),
        Mistake(
            "You put the bins on [0, 1): start and stop say where they lie.",
            lambda x, heights, start, stop: step_network(
                x, heights, np.array(0.0), np.array(1.0)
            ),
        ),
        Mistake(
            "Your steps are not steep: a sigmoid of slope 4 rises for a long way.",
            _not_steep,
            seen="a sigmoid with a slope that is not steep",
        ),
        Mistake(
            "Your last bin never ends: from stop on, the result is 0.",
            lambda x, heights, start, stop: step_network(
                np.minimum(x, stop - 1e-3), heights, start, stop
            ),
        ),
        Mistake(
            "You step just after the edge: a bin contains its left edge, and not its "
            "right one.",
            lambda x, heights, start, stop: step_network(
                x - 1e-9, heights, start, stop
            ),
        ),
    ),
    without=WITHOUT,
    checks=(
        Check(
            values(
                [
                    *((x, [5, 7, 9], -1, 2) for x in (-2, -0.5, 0.5, 1.5, 3)),
                    *((x, [5, 7, 9, 6], 0, 4) for x in (0, 1, 3, 4)),  # edges
                ]
            ),
            4,
            "Draw one bin: where does the network step up, and where down?",
            "B.1",
        ),
        Check(
            linear_in("heights"),
            2,
            "The heights are the weights of the last layer, which is linear.",
            "B.1",
        ),
        Check(
            gradients(), 1, "Each height gets the value of its bin as gradient.", "B.1"
        ),
        Check(
            without_operations("gather", "dynamic_slice", name="a network"),
            2,
            "Build 2m neurons and sum them; do not look a height up by its index.",
            "B.1",
        ),
        Check(no_python_loop("m"), 1, "All edges at once, by jnp.arange(m).", "2.3"),
    ),
)
