"""Exercise: the number of weights of LeNet."""

import numpy as np
from jaxtyping import Int
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import equality
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import values
from nnds.checks.structure import own_work


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
        "side": lambda g, s: int(g.choice([20, 27, 28, 30, 36])),
        "kernel": lambda g, s: int(g.choice([2, 3, 4, 5])),
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
            "You rounded half a side up: pooling drops a last row that has no pair.",
            lambda side, kernel, sizes: _with_left(
                side, kernel, sizes, (side // 2 - kernel + 2) // 2
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
            values(
                [
                    (28, 5, [6, 16, 120, 84, 10]),
                    (20, 3, [1, 1, 1, 1, 1]),
                    *(
                        (side, kernel, [2, 3, 5, 7, 4])
                        for side, kernel in ((28, 4), (30, 4), (27, 5))
                    ),
                ]
            ),
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
