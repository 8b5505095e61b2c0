"""Exercise: convolution on a circle."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.equations import circular_equivariant, linear_in
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import gradients, values
from nnds.checks.structure import no_python_loop, own_work


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
