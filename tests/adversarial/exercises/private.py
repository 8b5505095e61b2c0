"""Two small exercises: the one that is attacked, and one that stands beside it."""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from nnds.checks.draw import Sizes
from nnds.checks.form import Check, Exercise
from nnds.checks.laws import values


def double(x: Float[Array, "n"]) -> Float[Array, "n"]:
    """Return 2 x + 1."""
    return 2 * x + 1


def area(width: int, height: int) -> int:
    """Return the area of a rectangle."""
    return width * height


def _length(generator: np.random.Generator, sizes: Sizes) -> Any:
    return int(generator.integers(2, 9))


HINT = "Twice the number, and one more."

DOUBLE = Exercise(
    spec=double,
    without=("nnds.conv",),
    checks=(
        Check(values(), 2, HINT, "0.1"),
        Check(values(name="hidden values"), 1, HINT, "0.1", hidden=True),
    ),
)

AREA = Exercise(
    spec=area,
    given={"width": _length, "height": _length},
    checks=(Check(values(), 1, "Width by height.", "0.1"),),
)
