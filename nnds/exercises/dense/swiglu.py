"""Exercise: a gated layer."""

from math import pi, sqrt

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import linear_in
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, runs_in_bf16, values
from nnds.checks.structure import flops_within
from nnds.exercises.dense import sigmoid


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
        hidden[i] = gate * sigmoid(gate) * value
    out = np.zeros(u.shape[1])
    for o in range(u.shape[1]):
        out[o] = sum((hidden[i] * u[i, o] for i in range(len(hidden))), 0.0)
    return out


def _silu(z: Array) -> Array:
    return np.array([v * sigmoid(v) for v in z])


def _gelu(z: Array) -> Array:
    return z / 2 * (1 + np.tanh(sqrt(2 / pi) * (z + 0.044715 * z**3)))


SWIGLU = Exercise(
    spec=swiglu,
    minutes=6,
    without=("nnds.gated",),  # `dense` and `silu` it may call
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
            lambda x, w, v, u: (np.array([sigmoid(z) for z in x @ w]) * (x @ v)) @ u,
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
