"""Exercise: how many inputs one output reads."""

from typing import Any

import numpy as np
from jaxtyping import Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import same_under_jit, values


def receptive_field(
    kernel: Int[Array, " l"], stride: Int[Array, " l"], dilation: Int[Array, " l"]
) -> Int[Array, ""]:
    """Return how many inputs one output reads, after l layers on a line.

    A layer reaches `(kernel - 1) · dilation` steps of its own input further, and one
    such step is as many inputs as the product of the strides of the layers before.
    """
    field, step = 1, 1
    for k, s, r in zip(kernel, stride, dilation, strict=True):
        field += (k - 1) * r * step
        step *= s
    return np.array(field)


def _one_by_one_first(
    f: Any, kernel: Array, stride: Array, dilation: Array
) -> tuple[Any, Any]:
    layers = (kernel, stride, dilation)
    more = (np.insert(a, 0, v) for a, v in zip(layers, (1, 1, 3), strict=True))
    return f(*more), f(*layers)


def _other_last_stride(
    f: Any, kernel: Array, stride: Array, dilation: Array
) -> tuple[Any, Any]:
    other = stride.copy()
    other[-1:] = 7
    return f(kernel, other, dilation), f(kernel, stride, dilation)


RECEPTIVE_FIELD = Exercise(
    spec=receptive_field,
    minutes=10,
    sizes={"l": (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)},  # 3^11 inputs a step at the most
    given={
        "kernel": lambda g, s: g.integers(2, 6, s["l"], dtype=np.int32),
        "stride": lambda g, s: g.integers(1, 4, s["l"], dtype=np.int32),
        "dilation": lambda g, s: g.integers(1, 4, s["l"], dtype=np.int32),
    },
    without=("nnds.conv",),
    mistakes=(
        Mistake(
            "You ignored the dilation: it spreads the kernel, so that it reaches "
            "further.",
            lambda kernel, stride, dilation: receptive_field(
                kernel, stride, np.ones_like(dilation)
            ),
            seen="github Fangyh09/pytorch-receptive-field#6",
        ),
        Mistake(
            "You are one too high: a kernel of k reaches k - 1 steps beyond the first.",
            lambda kernel, stride, dilation: (
                1 + receptive_field(kernel, stride, dilation)
            ),
            seen="github ibab/tensorflow-wavenet#259: one too many",
        ),
        Mistake(
            "You are one too low: with no layer at all, one output reads one input.",
            lambda kernel, stride, dilation: (
                receptive_field(kernel, stride, dilation) - 1
            ),
        ),
        Mistake(
            "You stretched the whole kernel by its dilation: only the steps from one "
            "weight to the next grow.",
            lambda kernel, stride, dilation: receptive_field(
                kernel * dilation, stride, np.ones_like(dilation)
            ),
        ),
        Mistake(
            "You added the strides of the layers before: steps of steps multiply.",
            lambda kernel, stride, dilation: (
                1 + ((kernel - 1) * dilation * (np.cumsum(stride) - stride)).sum()
            ),
        ),
        Mistake(
            "You counted the stride of one layer before: those of all layers before "
            "it count.",
            lambda kernel, stride, dilation: (
                1 + ((kernel - 1) * dilation * np.append(1, stride)[:-1]).sum()
            ),
        ),
        Mistake(
            "You counted all strides for all layers: a stride widens only what the "
            "layers after it reach.",
            lambda kernel, stride, dilation: (
                1 + ((kernel - 1) * dilation).sum() * np.prod(stride)
            ),
        ),
        Mistake(
            "You counted the stride of a layer for that layer itself: it widens only "
            "what the layers after it reach.",
            lambda kernel, stride, dilation: (
                1 + ((kernel - 1) * dilation * np.cumprod(stride)).sum()
            ),
        ),
        Mistake(
            "You ignored the strides: one step of a later layer is as many inputs as "
            "the strides before it multiply to.",
            lambda kernel, stride, dilation: receptive_field(
                kernel, np.ones_like(stride), dilation
            ),
            seen="github AlexeyAB/darknet#1206: strides ignored",
        ),
        Mistake(
            "You went through the layers from the last to the first: a stride counts "
            "for the layers after it.",
            lambda kernel, stride, dilation: receptive_field(
                kernel[::-1], stride[::-1], dilation[::-1]
            ),
            seen="github frgfm/torch-scan#33: layers reversed",
        ),
        Mistake(
            "You added whole kernels: two layers share a step, so each adds k - 1.",
            lambda kernel, stride, dilation: (
                receptive_field(kernel + 1, stride, dilation) - 1
            ),
            seen="github sfzhang15/SFD#69: k for k - 1",
        ),
    ),
    checks=(
        Check(
            values(
                [
                    ([3, 3], [1, 1], [1, 1]),
                    ([3, 3], [2, 1], [1, 1]),
                    ([3, 3, 3], [1, 1, 1], [1, 2, 4]),
                    ([5] * 9, [5] * 9, [3] * 9),  # floats round so large a number
                ]
            ),
            3,
            "The stride of a layer counts for the layers after it only.",
            "7.1",
        ),
        Check(
            equality("a 1x1 layer adds nothing", _one_by_one_first),
            1,
            "A kernel of 1 reaches no further, whatever its dilation.",
            "7.1",
        ),
        Check(
            equality("the last stride is free", _other_last_stride),
            1,
            "A stride widens what later layers see; the last has none after it.",
            "7.1",
        ),
        Check(
            same_under_jit(),
            1,
            "Under jit the numbers of the layers are not known: neither int() nor "
            "an `if` may read them.",
            "2.3",
        ),
    ),
)
