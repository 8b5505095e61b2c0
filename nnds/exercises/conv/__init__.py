"""Exercises on convolution: the layer, its symmetry, its cost and what it sees."""

import numpy as np
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

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


def same(x: Array, k: Array) -> Array:
    """Return the image with the zeros that keep its size."""
    i, j = k.shape[:2]
    above, left = (i - 1) // 2, (j - 1) // 2
    return np.pad(x, ((above, i - 1 - above), (left, j - 1 - left), (0, 0)))
