"""Exercises on convolution: the layer, its symmetry, its cost and what it sees."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise
from nnds.checks.laws import (
    circular_equivariant,
    equality,
    gradients,
    linear_in,
    same_under_jit,
    same_under_vmap,
    translation_equivariant,
    values,
)
from nnds.checks.structure import (
    flops_within,
    no_python_loop,
    own_work,
    program_values,
    without_operations,
)


def conv2d(
    x: Float[Array, "h w d"], k: Float[Array, "i j d c"]
) -> Float[Array, "h-i+1 w-j+1 c"]:
    """Return the valid convolution of an image with a bank of kernels, stride 1.

    Pixel (y, z) of channel o is the sum over (a, b, p) of x[y+a, z+b, p] k[a, b, p, o]:
    the kernel is not flipped. Write it with array operations, not by lax.conv.
    """
    i, j, d, c = k.shape
    out = np.zeros((len(x) - i + 1, x.shape[1] - j + 1, c))
    for y, z, o in np.ndindex(out.shape):
        for a, b, p in np.ndindex(i, j, d):
            out[y, z, o] += x[y + a, z + b, p] * k[a, b, p, o]
    return out


def _conv_cost(s: Sizes) -> int:
    out = (s["h"] - s["i"] + 1) * (s["w"] - s["j"] + 1)
    return 2 * out * s["i"] * s["j"] * s["d"] * s["c"]


CONV2D = Exercise(
    spec=conv2d,
    sizes={
        "h": (1, 2, 3, 4, 5, 6, 7, 16),
        "w": (1, 2, 3, 4, 5, 6, 7, 16),
        "i": (1, 2, 3),
        "j": (1, 2, 3),
        "d": (1, 2, 3, 4, 0),
        "c": (1, 2, 3, 4, 0),
    },
    where=lambda s: s["h"] >= s["i"] and s["w"] >= s["j"],
    without=("nnds.conv",),
    checks=(
        Check(
            values(),
            4,
            "Collect the patches x[y:y+i, z:z+j], then sum patch times kernel "
            "over i, j and d.",
            "7.1",
        ),
        Check(
            translation_equivariant("x", axis=0, out=0),
            1,
            "The same kernel at every place: a shifted image gives a shifted map.",
            "7.1",
        ),
        Check(
            linear_in("k"),
            1,
            "A convolution is linear in its kernel: no bias, no activation.",
            "7.1",
        ),
        Check(gradients(), 1, "Both the image and the kernel get a gradient.", "7.1"),
        Check(
            same_under_vmap(),
            1,
            "Write the function of one image; vmap makes the batch.",
            "2.3",
        ),
        Check(
            without_operations("convolution"),
            1,
            "lax.conv is what you are writing.",
            "7.1",
        ),
        Check(
            no_python_loop("h"),
            1,
            "A loop over the kernel is fine, a loop over the image is not.",
            "2.3",
        ),
        Check(
            program_values(),
            1,
            "The function must be one JAX program, without callbacks.",
            "2.3",
            hidden=True,
        ),
        Check(
            flops_within(4.0, _conv_cost),
            1,
            "Count the products: i·j·d·c for each pixel.",
            "7.1",
            hidden=True,
        ),
    ),
)


def circular_conv(x: Float[Array, " n"], k: Float[Array, " m"]) -> Float[Array, " n"]:
    """Return the convolution on a circle: `y[t] = sum_s k[s] x[(t + s) mod n]`."""
    n = len(x)
    out = np.zeros(n)
    for t in range(n):
        for s in range(len(k)):
            out[t] += k[s] * x[(t + s) % n]
    return out


CIRCULAR_CONV = Exercise(
    spec=circular_conv,
    sizes={"n": (1, 2, 3, 4, 5, 6, 7, 16), "m": (1, 2, 3, 4)},
    where=lambda s: s["n"] >= s["m"],
    without=("nnds.conv",),
    checks=(
        Check(
            values(),
            3,
            "The kernel is not flipped, and reading past the end starts again.",
            "7.1",
        ),
        Check(
            circular_equivariant({"x": (0,)}),
            3,
            "On a circle no place is special: pad by wrapping, not by zeros.",
            "7.1",
        ),
        Check(linear_in("x"), 1, "Nothing but sums of products.", "7.1"),
        Check(gradients(), 1, "Both the signal and the kernel get a gradient.", "7.1"),
        Check(
            no_python_loop("n"),
            1,
            "A loop over the kernel is fine, a loop over the signal is not.",
            "2.3",
        ),
        Check(
            own_work(),
            1,
            "Write the sum; do not call the function of the package.",
            "7.1",
        ),
    ),
)


def separable_count(i: int, j: int, d: int, c: int) -> int:
    """Return how many weights a depthwise separable convolution has, without bias.

    One i-by-j kernel for each of d channels, then a 1x1 convolution from d to c.
    """
    count = 0
    for _ in range(d):
        count += i * j
    for _ in range(d):
        for _ in range(c):
            count += 1
    return count


SEPARABLE_COUNT = Exercise(
    spec=separable_count,
    given={
        "i": lambda g, s: int(g.integers(2, 6)),
        "j": lambda g, s: int(g.integers(6, 9)),
        "d": lambda g, s: int(g.integers(9, 17)),
        "c": lambda g, s: int(g.integers(17, 33)),
    },
    without=("nnds.conv",),
    checks=(
        Check(
            values([(1, 1, 1, 1), (3, 3, 32, 64), (5, 5, 1, 6), (3, 1, 8, 8)]),
            3,
            "i·j weights for each input channel, then d·c for the 1x1.",
            "7.2",
        ),
        Check(
            equality(
                "only the 1x1 reads c",
                lambda f, i, j, d, c: (f(i, j, d, 2 * c) - f(i, j, d, c), d * c),
                of="f(.., 2c) - f(.., c)",
            ),
            1,
            "The depthwise part keeps its d channels, whatever c is.",
            "7.2",
        ),
        Check(
            equality(
                "linear in the area",
                lambda f, i, j, d, c: (f(2 * i, j, d, c) - f(i, j, d, c), i * j * d),
                of="f(2i, ..) - f(i, ..)",
            ),
            1,
            "Only the depthwise part reads i and j, and multiplies them.",
            "7.2",
        ),
    ),
)


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
    given={
        "kernel": lambda g, s: g.integers(2, 6, s["l"], dtype=np.int32),
        "stride": lambda g, s: g.integers(1, 4, s["l"], dtype=np.int32),
        "dilation": lambda g, s: g.integers(1, 4, s["l"], dtype=np.int32),
    },
    without=("nnds.conv",),
    checks=(
        Check(
            values(
                [
                    ([3, 3], [1, 1], [1, 1]),
                    ([3, 3], [2, 1], [1, 1]),
                    ([3, 3, 3], [1, 1, 1], [1, 2, 4]),
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
            same_under_jit(), 1, "jnp.cumprod and jnp.sum, so that it traces.", "2.3"
        ),
    ),
)
