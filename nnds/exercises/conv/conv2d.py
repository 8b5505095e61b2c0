"""Exercise: the convolution of an image."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.equations import linear_in, translation_equivariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, same_under_vmap, values
from nnds.checks.structure import (
    flops_within,
    no_python_loop,
    program_values,
    without_operations,
)
from nnds.exercises.conv import ACTIVATED, EXCHANGED, FLIPPED, IMAGES, PADDED, same


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


def _around(x: Array, k: Array) -> Array:
    """Return the image with all zeros that a kernel can reach."""
    i, j = k.shape[:2]
    return np.pad(x, ((i - 1, i - 1), (j - 1, j - 1), (0, 0)))


def _wrapped(x: Array, k: Array) -> Array:
    """Return the image, that starts again below and on the right."""
    i, j = k.shape[:2]
    return np.pad(x, ((0, i - 1), (0, j - 1), (0, 0)), mode="wrap")


def _conv_cost(s: Sizes) -> int:
    out = (s["h"] - s["i"] + 1) * (s["w"] - s["j"] + 1)
    return 2 * out * s["i"] * s["j"] * s["d"] * s["c"]


CONV2D = Exercise(
    spec=conv2d,
    minutes=15,
    sizes=IMAGES,
    where=lambda s: s["h"] >= s["i"] and s["w"] >= s["j"],
    without=("nnds.conv",),
    mistakes=(
        Mistake(
            FLIPPED,
            lambda x, k: conv2d(x, k[::-1, ::-1]),
            seen="github claroche-r/DMBSR#4: convolution flips, this not",
        ),
        Mistake(
            PADDED,
            lambda x, k: conv2d(same(x, k), k),
            seen="github tensorflow/tensorflow#11864: 'same' for 'valid'",
        ),
        Mistake(
            "You let the kernel hang over all edges of the image: a valid convolution "
            "keeps only the windows that lie inside it, so the result is smaller.",
            lambda x, k: conv2d(_around(x, k), k),
            seen="scipy.signal.convolve2d: mode='full' by default",
        ),
        Mistake(
            "You let the image start again at its edges: a valid convolution keeps "
            "only the windows that lie inside it, so the result is smaller.",
            lambda x, k: conv2d(_wrapped(x, k), k),
        ),
        Mistake(
            "You took the mean over the window: the layer is the sum.",
            lambda x, k: conv2d(x, k) / (k.shape[0] * k.shape[1]),
        ),
        Mistake(
            EXCHANGED,
            lambda x, k: conv2d(x, k.swapaxes(0, 1).reshape(k.shape)),
            seen="github hi-abhi/tensorflow-value-iteration-networks#2",
        ),
        Mistake(
            "You summed the channels of the image and of the kernel apart: channel p "
            "of the image meets channel p of the kernel, before the sum.",
            lambda x, k: conv2d(x.sum(2, keepdims=True), k.sum(2, keepdims=True)),
        ),
        Mistake(
            "You took the mean over the channels, of the image and of the kernel "
            "apart: channel p meets channel p, and their products are summed.",
            lambda x, k: (
                conv2d(x.sum(2, keepdims=True), k.sum(2, keepdims=True))
                / max(x.shape[2], 1)
            ),
            seen="github yonghenglh6/DepthwiseConvolution#12: depthwise",
        ),
        Mistake(ACTIVATED, lambda x, k: np.maximum(conv2d(x, k), 0)),
    ),
    checks=(
        Check(
            values(),
            4,
            "Take one number of the result: which pixels does it read, and which "
            "weight meets which pixel?",
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
            "The library does in one call what this exercise asks you to write.",
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
