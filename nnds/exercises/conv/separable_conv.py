"""Exercise: depthwise separable convolution."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes
from nnds.checks.equations import linear_in
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, values
from nnds.checks.structure import flops_within, no_python_loop, without_operations
from nnds.exercises.conv import ACTIVATED, EXCHANGED, FLIPPED, IMAGES, PADDED, same


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
            lambda x, k, p: separable_conv(same(x, k), k, p),
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
