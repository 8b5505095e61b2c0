"""Exercises on convolution: the layer, its symmetry, its cost and what it sees."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise, Mistake
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


IMAGES = {
    "h": (1, 2, 3, 4, 5, 6, 7, 16),
    "w": (1, 2, 3, 4, 5, 6, 7, 16),
    "i": (1, 2, 3),
    "j": (1, 2, 3),
    "d": (1, 2, 3, 4),  # no 0: a reshape to (-1, c) is right, and fails on none
    "c": (1, 2, 3, 4),
}
FLIPPED = (
    "You flipped the kernel: its first row and column belong to the top and the left "
    "of the window, since this convolution is a cross-correlation."
)
PADDED = (
    "You padded the image with zeros: a valid convolution keeps only the windows that "
    "lie inside the image, so the result is smaller."
)
EXCHANGED = (
    "You exchanged the two axes of the kernel: k[a, b] meets pixel (y + a, z + b)."
)
ACTIVATED = (
    "You applied an activation: the layer is the sum alone, and may be negative."
)


def _same(x: Array, k: Array) -> Array:
    """Return the image with the zeros that keep its size."""
    i, j = k.shape[:2]
    above, left = (i - 1) // 2, (j - 1) // 2
    return np.pad(x, ((above, i - 1 - above), (left, j - 1 - left), (0, 0)))


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
            lambda x, k: conv2d(_same(x, k), k),
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
    minutes=8,
    sizes={"n": (1, 2, 3, 4, 5, 6, 7, 16), "m": (1, 2, 3, 4)},
    where=lambda s: s["n"] >= s["m"],
    without=("nnds.conv",),
    mistakes=(
        Mistake(
            "You read the signal backwards, x[t - s]: that flips the kernel, which "
            "here reads x[t + s].",
            lambda x, k: circular_conv(x[::-1], k)[::-1],
            seen="numpy.convolve: its kernel is flipped",
        ),
        Mistake(
            "You padded the signal with zeros at its end: on a circle, the first "
            "number comes after the last.",
            lambda x, k: circular_conv(np.pad(x, (0, len(k) - 1)), k)[: len(x)],
            seen="zero padding for wrap",
        ),
        Mistake(
            "Your result ends where the kernel would reach past the end: on a circle "
            "there is no end, and the result is as long as the signal.",
            lambda x, k: circular_conv(x, k)[: len(x) - len(k) + 1],
            seen="numpy.convolve mode='valid': shorter result",
        ),
        Mistake(
            "You centred the kernel: its first weight belongs to x[t] itself.",
            lambda x, k: np.roll(circular_conv(x, k), len(k) // 2),
            seen="scipy.ndimage: the kernel is centred by default",
        ),
        Mistake(
            "You read past the end of the signal, where JAX repeats the last number: "
            "on a circle, the first number comes there.",
            lambda x, k: circular_conv(np.pad(x, (0, len(k) - 1), mode="edge"), k)[
                : len(x)
            ],
            seen="JAX: an index out of bounds is clamped",
        ),
        Mistake(
            "You are one place too far: the first weight meets x[t] itself.",
            lambda x, k: np.roll(circular_conv(x, k), -1),
        ),
        Mistake(
            "You reflected the signal at its end: on a circle, the first number comes "
            "after the last.",
            lambda x, k: circular_conv(np.pad(x, (0, len(k) - 1), mode="reflect"), k)[
                : len(x)
            ],
            seen="numpy.pad mode='reflect' where 'wrap' is meant",
        ),
    ),
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


def separable_conv(
    x: Float[Array, "h w d"], k: Float[Array, "i j d"], p: Float[Array, "d c"]
) -> Float[Array, "h-i+1 w-j+1 c"]:
    """Return the depthwise separable convolution of an image, valid, stride 1.

    First each channel is convolved with a kernel of its own, k[:, :, channel]; then p
    maps the d channels of every pixel to c, as a 1x1 convolution does. No bias. Use
    array operations, and neither lax.conv nor a full kernel of i·j·d·c weights.
    """
    i, j, d = k.shape
    out = np.zeros((len(x) - i + 1, x.shape[1] - j + 1, p.shape[1]))
    for y, z, o in np.ndindex(out.shape):
        for channel in range(d):
            patch = x[y : y + i, z : z + j, channel]
            out[y, z, o] += (patch * k[:, :, channel]).sum() * p[channel, o]
    return out


def _separable_cost(s: Sizes) -> int:
    out = (s["h"] - s["i"] + 1) * (s["w"] - s["j"] + 1)
    return 2 * out * s["d"] * (s["i"] * s["j"] + s["c"])


SEPARABLE_CONV = Exercise(
    spec=separable_conv,
    minutes=10,
    sizes=IMAGES,
    where=lambda s: s["h"] >= s["i"] and s["w"] >= s["j"],
    without=("nnds.conv",),
    mistakes=(
        Mistake(
            "You summed over the channels before p: each kernel reads one channel, "
            "and the first step still gives d channels.",
            lambda x, k, p: separable_conv(
                np.repeat(x.sum(2, keepdims=True), x.shape[2], 2), k, p
            ),
            seen="github yonghenglh6/DepthwiseConvolution#12",
        ),
        Mistake(
            "You used one kernel for all channels: each channel has a kernel of its "
            "own, k[:, :, channel].",
            lambda x, k, p: separable_conv(x, np.repeat(k[:, :, :1], x.shape[2], 2), p),
            seen="github alexandrosstergiou/keras-DepthwiseConv3D#7",
        ),
        Mistake(
            FLIPPED,
            lambda x, k, p: separable_conv(x, k[::-1, ::-1], p),
            seen="github claroche-r/DMBSR#4: convolution flips",
        ),
        Mistake(
            "You read p by its columns: p[a, b] is what channel a gives to output b.",
            lambda x, k, p: separable_conv(x, k, p.T.reshape(p.shape)),
        ),
        Mistake(
            "You left out the second step: p still has to mix the channels.",
            lambda x, k, p: separable_conv(x, k, np.eye(x.shape[2])),
            seen="github huggingface/pytorch-image-models#241",
        ),
        Mistake(
            "You put an activation between the two steps: both are linear.",
            lambda x, k, p: np.maximum(separable_conv(x, k, np.eye(len(p))), 0) @ p,
            seen="Chollet (2017), Xception, fig. 10: ReLU between",
        ),
        Mistake(
            PADDED,
            lambda x, k, p: separable_conv(_same(x, k), k, p),
            seen="tensorflow/tensorflow#11864: 'same' for 'valid'",
        ),
        Mistake(
            EXCHANGED,
            lambda x, k, p: separable_conv(x, k.swapaxes(0, 1).reshape(k.shape), p),
            seen="github hi-abhi/tensorflow-value-iteration-networks#2",
        ),
        Mistake(ACTIVATED, lambda x, k, p: np.maximum(separable_conv(x, k, p), 0)),
    ),
    checks=(
        Check(
            values(),
            4,
            "Two steps: what has each channel become after the first, before any "
            "channel has met another?",
            "7.2",
        ),
        Check(linear_in("k"), 1, "Nothing but sums of products.", "7.1"),
        Check(
            gradients(), 1, "The image, the kernels and p all get a gradient.", "7.1"
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
            flops_within(2.0, _separable_cost, name="cheaper than a full kernel"),
            2,
            "Count the products of both steps for one pixel; a full kernel of "
            "i·j·d·c weights needs many more.",
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
    minutes=10,
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
