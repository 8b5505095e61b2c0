"""Two arrays compared, and the difference said in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """What is wrong with a result, in words.

    form: whether it is the number, shape or kind of the arrays, and not their numbers.
    """

    text: str
    form: bool = False


def difference(
    received: Sequence[np.ndarray], expected: Sequence[np.ndarray], tolerance: float
) -> Difference | None:
    """Return what is wrong with `received`, or None.

    The tolerance is a part of the largest expected number, and at least of 1; integers
    must be equal.

    >>> difference([np.ones((2, 1))], [np.ones(2)], 1e-4)
    Difference(text='has shape (2, 1), expected (2,)', form=True)
    >>> difference([np.array(3, np.float32)], [np.array(4.0)], 1e-4).text
    'is 3, expected 4'
    >>> difference([np.array([1j], np.complex64)], [np.ones(1)], 1e-4).text
    'holds complex numbers (complex64), expected floats'
    """
    if len(received) != len(expected):
        return Difference(_number(len(received), len(expected)), form=True)
    for i, (got, want) in enumerate(zip(received, expected, strict=True)):
        if problem := _form(got, want):
            return Difference(_of(i, len(expected), problem), form=True)
        if problem := _numbers(got, want, tolerance):
            return Difference(_of(i, len(expected), problem))
    return None


def other_form(
    received: Sequence[np.ndarray], expected: Sequence[np.ndarray], tolerance: float = 0
) -> Difference | None:
    """Return what is wrong with the number, shapes and kinds of the arrays, or None."""
    if len(received) != len(expected):
        return Difference(_number(len(received), len(expected)), form=True)
    for i, (got, want) in enumerate(zip(received, expected, strict=True)):
        if problem := _form(got, want):
            return Difference(_of(i, len(expected), problem), form=True)
    return None


def _number(received: int, expected: int) -> str:
    got, want = ("one array" if n == 1 else f"{n} arrays" for n in (received, expected))
    return f"is {got}, expected {want}"


def _of(index: int, count: int, problem: str) -> str:
    return problem if count == 1 else f"has a part {index} that {problem}"


def _form(got: np.ndarray, want: np.ndarray) -> str | None:
    if got.shape != want.shape:
        return f"has shape {got.shape}, expected {want.shape}"
    if _kind(got) != _kind(want):
        return f"holds {_kind(got)} ({got.dtype}), expected {_kind(want)}"
    if got.dtype == np.float64:
        return "is float64, as NumPy computes; write jnp (jax.numpy) in place of np"
    return None


def _numbers(got: np.ndarray, want: np.ndarray, tolerance: float) -> str | None:
    a, b = got.astype(np.float64), want.astype(np.float64)
    if bad := _first(~np.isfinite(a) & np.isfinite(b)):
        at, count = bad
        more = f", and {count} of {a.size} numbers are not finite" if a.size > 1 else ""
        return f"is {a[at]}{place(at)}{more}"
    whole = want.dtype.kind in "iu"  # a count is right or wrong
    limit = (
        0.0
        if whole
        else tolerance * max(1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0)))
    )
    with np.errstate(invalid="ignore"):
        off = (np.abs(a - b) > limit) | (np.isfinite(a) != np.isfinite(b))
    off |= ~np.isfinite(b) & (a != b) & ~(np.isnan(a) & np.isnan(b))
    if bad := _first(off):
        at, count = bad
        more = f"; {count} of {a.size} numbers differ" if a.size > 1 else ""
        shown, wanted = (f"{array[at] + 0.0:.5g}" for array in (a, b))  # + 0.0: no -0
        return f"is {shown}{place(at)}, expected {wanted}{more}"
    return None


def _first(bad: object) -> tuple[tuple[int, ...], int] | None:
    """Return the first true place and how many there are, or None."""
    where = np.asarray(bad)  # comparing arrays without axes gives numbers
    if not where.any():
        return None
    at = np.unravel_index(int(np.argmax(where)), where.shape)
    return tuple(int(i) for i in at), int(where.sum())


def place(at: tuple[int, ...]) -> str:
    return f" at {list(at)}" if at else ""


def _kind(array: np.ndarray) -> str:
    names = {"f": "floats", "i": "integers", "u": "integers", "b": "truth values"}
    names["c"] = "complex numbers"
    return names.get(array.dtype.kind, str(array.dtype))


def show(value: object, limit: int = 24) -> str:
    """Return a value as one would type it, cut when it is long.

    >>> show(np.array([[1.0, 2.5]], np.float32))
    '[[1, 2.5]]'
    """
    if not isinstance(value, np.ndarray):
        return repr(value)[:200]
    if value.size > limit:
        first = _digits(value.reshape(-1)[: limit // 3])
        return f"an array of shape {value.shape} that begins {first}"
    if 0 in value.shape:
        return f"an empty array of shape {value.shape}"
    shape = f", of shape {value.shape}" if value.ndim > 2 else ""  # brackets are many
    return _digits(value) + shape


def _digits(value: np.ndarray) -> str:
    def number(x: object) -> str:
        return f"{x + 0.0:.4g}" if isinstance(x, float) else str(x)

    def nested(x: object) -> str:
        if isinstance(x, list):
            return "[" + ", ".join(map(nested, x)) + "]"
        return number(x)

    return nested(value.tolist())
