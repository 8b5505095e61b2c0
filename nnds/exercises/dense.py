"""Exercises on fully connected models: trainable activations, gates, approximation."""

from math import exp, sqrt

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise
from nnds.checks.key import Key
from nnds.checks.laws import (
    gradients,
    linear_in,
    permutation_equivariant,
    reads_only,
    runs_in_bf16,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.checks.randomness import (
    distributed,
    no_global_generator,
    no_key_used_twice,
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


SWISH = Exercise(
    spec=swish,
    without=("nnds.dense",),
    checks=(
        Check(
            values([(x, 1) for x in (-1000, 0, 1000)]),
            3,
            "The slope beta multiplies x inside the sigmoid, and only there.",
            "5.4",
        ),
        Check(
            gradients(),
            3,
            "beta is trained: the result must depend on it, and exp(1000) "
            "must not appear in the gradient.",
            "5.4",
        ),
        Check(
            same_under_vmap(name="per unit by vmap"),
            2,
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


def swish_units(x: Float[Array, " d"], beta: Float[Array, " d"]) -> Float[Array, " d"]:
    """Return the activation of d units, `x_i · sigmoid(beta_i · x_i)` for unit i."""
    return np.array([x[i] * _sigmoid(beta[i] * x[i]) for i in range(len(x))])


SWISH_UNITS = Exercise(
    spec=swish_units,
    without=("nnds.dense",),
    checks=(
        Check(values(), 3, "vmap the function of one unit over both arguments.", "5.4"),
        Check(
            reads_only("beta", lambda i, j: i == j, "one slope per unit"),
            2,
            "Unit i reads beta[i] and no other slope.",
            "5.4",
        ),
        Check(
            permutation_equivariant({"x": (0,), "beta": (0,)}),
            2,
            "The units have no order.",
            "5.4",
        ),
        Check(gradients(), 2, "Both x and every slope get a gradient.", "5.4"),
        Check(
            no_python_loop("d"),
            1,
            "vmap instead of a Python loop over the units.",
            "2.3",
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
    given={"d": lambda g, s: 60, "c": lambda g, s: 90},  # enough to tell a scale
    without=("nnds.init",),
    checks=(
        Check(shapes(), 1, "w is (d, c) and beta is (c,), in this order.", "5.4"),
        Check(
            distributed(0.0, lambda d, c, **key: sqrt(2 / (d + c)), name="scale of w"),
            2,
            "Multiply normal numbers by the root of the variance.",
            "5.2",
        ),
        Check(
            distributed(1.0, lambda **args: 0.1, result=1, name="scale of beta"),
            1,
            "1 + 0.1 · normal: at a slope of 1, Swish is SiLU.",
            "5.4",
        ),
        Check(
            no_key_used_twice(),
            2,
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


SWIGLU = Exercise(
    spec=swiglu,
    without=("nnds.dense",),
    checks=(
        Check(
            values(),
            4,
            "silu(wᵀx) is multiplied with vᵀx number by number, then mapped by u.",
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


STEP_NETWORK = Exercise(
    spec=step_network,
    given={
        "x": _inside_a_bin,
        "heights": lambda g, s: g.permutation(np.arange(1.0, s["m"] + 1)),
        "start": lambda g, s: np.array(-1.0),
        "stop": lambda g, s: np.array(2.0),
    },
    without=("nnds.dense",),
    checks=(
        Check(
            values([(x, [5, 7, 9], -1, 2) for x in (-2, -0.5, 0.5, 1.5, 3)]),
            4,
            "A bin is a step up at its left edge and one down at its right.",
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
