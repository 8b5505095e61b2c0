"""Gradients of a specification, without JAX: central differences in float64."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

STEP = 1e-5  # error about STEP², far below the tolerance of a float32 gradient


def gradients_of(
    spec: Callable[..., Any], args: Mapping[str, Any], cotangent: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the gradient of `sum(cotangent · spec(args))` for each float array.

    It is NaN at a kink, where the slope to the left is another than to the right.

    >>> x = np.array([3.0], np.float32)
    >>> gradients_of(lambda x: x**2, {"x": x}, np.ones(1))["x"].round(4).tolist()
    [6.0]
    >>> gradients_of(lambda x: np.abs(x), {"x": np.zeros(1, np.float32)}, np.ones(1))
    {'x': array([nan], dtype=float32)}
    """

    def total(changed: Mapping[str, Any]) -> float:
        return float((np.asarray(spec(*changed.values())) * cotangent).sum())

    exact = {k: _exact(v) for k, v in args.items()}
    gradients, here = {}, total(exact)
    for name, value in args.items():
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            continue
        slopes = np.zeros(value.size)
        for i in range(value.size):
            ends = []
            for sign in (1, -1):
                moved = exact[name].copy()
                moved.flat[i] += sign * STEP
                ends.append((total({**exact, name: moved}) - here) * sign / STEP)
            kink = abs(ends[0] - ends[1]) > 0.01 * max(1.0, abs(ends[0]))
            slopes[i] = np.nan if kink else sum(ends) / 2
        gradients[name] = slopes.reshape(value.shape).astype(np.float32)
    return gradients


def _exact(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(np.float64)
    return value
