"""Exercises of lecture 5: activations with parameters, gates, approximation."""

from math import exp

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.grading.draw import Sizes
from nnds.grading.form import Check, Exercise
from nnds.grading.laws import (
    gradients,
    linear_in,
    permutation_equivariant,
    reads_only,
    runs_in_bf16,
    same_under_jit,
    same_under_vmap,
    values,
)
from nnds.grading.structure import (
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
    lecture=5,
    without=("nnds.dense",),
    checks=(
        Check(
            law=values([(x, 1) for x in (-1000, 0, 1000)]),
            points=3,
            hint="The slope beta multiplies x inside the sigmoid, and only there.",
            section="5.4",
        ),
        Check(
            law=gradients(),
            points=3,
            hint="beta is trained: the result must depend on it, and exp(1000) "
            "must not appear in the gradient.",
            section="5.4",
        ),
        Check(
            law=same_under_vmap(name="per unit by vmap"),
            points=2,
            hint="Write the function of one number; vmap gives each unit its own beta.",
            section="5.4",
        ),
        Check(
            law=same_under_jit(),
            points=1,
            hint="Under jit a value cannot choose a branch of `if`; use jnp.where.",
            section="2.3",
        ),
        Check(
            law=own_work(),
            points=1,
            hint="Write the formula; do not call the function of the package.",
            section="5.4",
        ),
    ),
)


def swish_units(x: Float[Array, " d"], beta: Float[Array, " d"]) -> Float[Array, " d"]:
    """Return the activation of d units, `x_i · sigmoid(beta_i · x_i)` for unit i."""
    return np.array([x[i] * _sigmoid(beta[i] * x[i]) for i in range(len(x))])


SWISH_UNITS = Exercise(
    spec=swish_units,
    lecture=5,
    without=("nnds.dense",),
    checks=(
        Check(
            law=values(),
            points=3,
            hint="vmap the function of one unit over both arguments.",
            section="5.4",
        ),
        Check(
            law=reads_only("beta", lambda i, j: i == j, "one slope per unit"),
            points=2,
            hint="Unit i reads beta[i] and no other slope.",
            section="5.4",
        ),
        Check(
            law=permutation_equivariant({"x": (0,), "beta": (0,)}),
            points=2,
            hint="The units have no order.",
            section="5.4",
        ),
        Check(
            law=gradients(),
            points=2,
            hint="Both x and every slope get a gradient.",
            section="5.4",
        ),
        Check(
            law=no_python_loop("d"),
            points=1,
            hint="vmap instead of a Python loop over the units.",
            section="2.3",
        ),
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
    lecture=5,
    without=("nnds.dense",),
    checks=(
        Check(
            law=values(),
            points=4,
            hint="silu(wᵀx) is multiplied with vᵀx number by number, then mapped by u.",
            section="5.4",
        ),
        Check(
            law=linear_in("v"),
            points=2,
            hint="The value branch vᵀx has no activation: only the gate w has.",
            section="5.4",
        ),
        Check(
            law=gradients(),
            points=2,
            hint="All three matrices are trained.",
            section="5.4",
        ),
        Check(
            law=runs_in_bf16(),
            points=1,
            hint="Do not name a dtype: let it follow the arguments.",
            section="2.3",
        ),
        Check(
            law=flops_within(3.0, lambda s: 2 * s["h"] * (2 * s["d"] + s["c"])),
            points=1,
            hint="Two products with x and one with u are enough.",
            section="5.4",
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
    lecture=5,
    given={
        "x": _inside_a_bin,
        "heights": lambda g, s: g.permutation(np.arange(1.0, s["m"] + 1)),
        "start": lambda g, s: np.array(-1.0),
        "stop": lambda g, s: np.array(2.0),
    },
    without=("nnds.dense",),
    checks=(
        Check(
            law=values([(x, [5, 7, 9], -1, 2) for x in (-2, -0.5, 0.5, 1.5, 3)]),
            points=4,
            hint="A bin is a step up at its left edge and one down at its right.",
            section="B.1",
        ),
        Check(
            law=linear_in("heights"),
            points=2,
            hint="The heights are the weights of the last layer, which is linear.",
            section="B.1",
        ),
        Check(
            law=gradients(),
            points=1,
            hint="Each height gets the value of its bin as gradient.",
            section="B.1",
        ),
        Check(
            law=without_operations("gather", "dynamic_slice", name="a network"),
            points=2,
            hint="Build 2m neurons and sum them; do not look a height up by its index.",
            section="B.1",
        ),
        Check(
            law=no_python_loop("m"),
            points=1,
            hint="All edges at once, by jnp.arange(m).",
            section="2.3",
        ),
    ),
)
