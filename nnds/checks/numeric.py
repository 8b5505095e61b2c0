"""Gradients of a specification, without JAX: central differences in float64."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

STEP = 1e-5  # error about STEP², far below the tolerance of a float32 gradient


def gradients_of(
    spec: Callable[..., Any], args: Mapping[str, Any], cotangent: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the gradient of `sum(cotangent · spec(args))` for each float array.

    >>> x = np.array([3.0], np.float32)
    >>> gradients_of(lambda x: x**2, {"x": x}, np.ones(1))["x"].round(4).tolist()
    [6.0]
    """
    exact = {k: _exact(v) for k, v in args.items()}
    gradients = {}
    for name, value in args.items():
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            continue
        slopes = np.zeros(value.size)
        for i in range(value.size):
            ends = []
            for sign in (1, -1):
                moved = exact[name].copy()
                moved.flat[i] += sign * STEP
                out = np.asarray(spec(*{**exact, name: moved}.values()))
                ends.append(float((out * cotangent).sum()))
            slopes[i] = (ends[0] - ends[1]) / (2 * STEP)
        gradients[name] = slopes.reshape(value.shape).astype(np.float32)
    return gradients


def _exact(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float64)
    return value
