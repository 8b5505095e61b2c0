"""Two arrays compared, and the difference said in words."""

from collections.abc import Sequence

import numpy as np


def difference(
    received: Sequence[np.ndarray], expected: Sequence[np.ndarray], tolerance: float
) -> str | None:
    """Return what is wrong with `received`, or None.

    The tolerance is a part of the largest expected number, and at least of 1.

    >>> difference([np.ones((2, 1))], [np.ones(2)], 1e-4)
    'has shape (2, 1), expected (2,)'
    """
    if len(received) != len(expected):
        return f"returns {len(received)} arrays, expected {len(expected)}"
    for i, (got, want) in enumerate(zip(received, expected, strict=True)):
        if problem := _one(got, want, tolerance):
            return problem if len(expected) == 1 else f"result {i} {problem}"
    return None


def _one(got: np.ndarray, want: np.ndarray, tolerance: float) -> str | None:
    if got.shape != want.shape:
        return f"has shape {got.shape}, expected {want.shape}"
    if _kind(got) != _kind(want):
        return f"holds {_kind(got)} ({got.dtype}), expected {_kind(want)}"
    if got.dtype == np.float64:
        return "is float64, expected float32: it was computed by NumPy, not by JAX"
    a, b = got.astype(np.float64), want.astype(np.float64)
    if bad := _first(~np.isfinite(a) & np.isfinite(b)):
        at, count = bad
        return f"is {a[at]} {place(at)}, and {count} of {a.size} numbers are not finite"
    limit = tolerance * max(1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0)))
    with np.errstate(invalid="ignore"):
        off = (np.abs(a - b) > limit) | (np.isfinite(a) != np.isfinite(b))
    off |= ~np.isfinite(b) & (a != b) & ~(np.isnan(a) & np.isnan(b))
    if bad := _first(off):
        at, count = bad
        return (
            f"is {a[at]:.5g} {place(at)}, expected {b[at]:.5g}; "
            f"{count} of {a.size} numbers differ"
        )
    return None


def _first(bad: object) -> tuple[tuple[int, ...], int] | None:
    """Return the first true place and how many there are, or None."""
    where = np.asarray(bad)  # comparing arrays without axes gives numbers
    if not where.any():
        return None
    at = np.unravel_index(int(np.argmax(where)), where.shape)
    return tuple(int(i) for i in at), int(where.sum())


def place(at: tuple[int, ...]) -> str:
    return f"at {list(at)}" if at else "(a number)"


def _kind(array: np.ndarray) -> str:
    names = {"f": "floats", "i": "integers", "u": "integers", "b": "truth values"}
    return names.get(array.dtype.kind, str(array.dtype))


def show(value: object, limit: int = 40) -> str:
    """Return a value as one would type it, cut when it is long.

    >>> show(np.array([[1.0, 2.5]], np.float32))
    'float32[1, 2] [[1, 2.5]]'
    """
    if not isinstance(value, np.ndarray):
        return repr(value)[:200]
    head = f"{value.dtype}{list(value.shape)}"
    if value.size > limit:
        value = value.reshape(-1)[:limit]
        return f"{head} begins {_digits(value)}"
    return f"{head} {_digits(value)}"


def _digits(value: np.ndarray) -> str:
    def number(x: object) -> str:
        return f"{x:.4g}" if isinstance(x, float) else str(x)

    def nested(x: object) -> str:
        if isinstance(x, list):
            return "[" + ", ".join(map(nested, x)) + "]"
        return number(x)

    return nested(value.tolist())
