"""Exercises on graphs: adjacency, neighbours, scattering, walks."""

import numpy as np
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes

TOPIC = ("nnds.graph",)
DIRECTED = [[0, 0.5, 2], [1.5, 0.25, 0], [0, 3, 0]]  # rows and columns are not alike


def symmetric_graph(generator: np.random.Generator, sizes: Sizes) -> Array:
    """Return an adjacency of 0 and 1, symmetric, without self-loops.

    The last node of three and more has no neighbour.
    """
    n = sizes["n"]
    upper = np.triu(generator.random((n, n)) < 0.7, 1).astype(np.float32)
    if n > 2:
        upper[:, -1] = 0
    return upper + upper.T
