"""Exercises on graphs: adjacency, neighbours, scattering, walks."""

import numpy as np
from numpy import ndarray as Array  # a specification runs on NumPy, in float64

from nnds.checks.draw import Sizes

TOPIC = ("nnds.graph",)
DIRECTED = [[0, 0.5, 2], [1.5, 0.25, 0], [0, 3, 0]]  # rows and columns are not alike


def directed_graph(generator: np.random.Generator, sizes: Sizes) -> Array:
    """Return weights from 0 to 3, in halves: node i reads row i.

    The first node reads little: one node, with the weight 0.25. The last of three and
    more reads nothing.
    """
    n = sizes["n"]
    weights = generator.integers(0, 7, (n, n)).astype(np.float32) / 2
    weights[:1], weights[:1, n // 2 : n // 2 + 1] = 0, 0.25
    if n > 2:
        weights[-1] = 0
    return weights
