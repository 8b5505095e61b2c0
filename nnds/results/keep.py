"""Arrays of this run under a name, for the panels of slides and pages."""

import base64
import io
from typing import Any

import numpy as np

from nnds.results._output import say

MIME = "application/vnd.nnds.arrays+json"


def keep(name: str, **arrays: Any) -> None:
    """Keep the arrays under `name`, compressed; prints their names and shapes.

    A panel of the lecture reads them as they were in this run. Floats are kept in 16
    bits where that changes none by more than a thousandth of the largest, else in 32.
    TypeError for what is no array of numbers.

    >>> keep("curve", loss=[1.0, 0.5], step=[0, 1])
    kept curve: loss (2,), step (2,)
    """
    small: dict[str, Any] = {
        key: _small(f"{name}, {key}", array) for key, array in arrays.items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **small)
    npz = base64.b64encode(buffer.getvalue()).decode()
    shapes = ", ".join(f"{key} {array.shape}" for key, array in small.items())
    say(f"kept {name}: {shapes}", MIME, {"name": name, "npz": npz})


def _small(what: str, array: Any) -> np.ndarray:
    exact = np.asarray(array)
    if exact.dtype.kind not in "biuf":
        raise TypeError(f"{what} has dtype {exact.dtype}; expected numbers")
    if exact.dtype.kind != "f":
        return exact
    single = exact.astype(np.float32)
    with np.errstate(over="ignore"):
        half = single.astype(np.float16)
    largest = np.max(np.abs(single), initial=0, where=np.isfinite(single))
    near = np.allclose(half, single, rtol=0, atol=1e-3 * largest, equal_nan=True)
    return half if near else single
