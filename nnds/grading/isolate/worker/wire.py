"""Frames between the grader and a worker: a JSON header and raw arrays, nothing else.

A frame is the length of its header in 4 bytes, the header, then the bytes of the
arrays it announces. Lengths are checked before anything is allocated, and nothing is
ever unpickled: whoever sits at the other end can send numbers, and only numbers.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from nnds.checks.key import Key

HEADER_LIMIT = 1 << 20
ARRAY_LIMIT = 1 << 26  # bytes of all arrays of one frame together
DTYPES = (
    *("bool", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"),
)
Read = Callable[[int], bytes]


class BadFrame(ValueError):
    """What came is not a frame: the other end is broken, or means harm."""


def packed(header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    """Return the bytes of one frame; a dtype that may not travel raises BadFrame."""
    described = [{"dtype": str(a.dtype), "shape": list(a.shape)} for a in arrays]
    for a in arrays:
        if str(a.dtype) not in DTYPES:
            raise BadFrame(f"results of type {a.dtype} cannot be compared")
    if sum(a.nbytes for a in arrays) > ARRAY_LIMIT:
        raise BadFrame(f"the arrays are larger than {ARRAY_LIMIT >> 20} MB")
    text = json.dumps({**header, "arrays": described}).encode()
    if len(text) > HEADER_LIMIT:
        raise BadFrame("the header is too long")
    raw = (np.ascontiguousarray(a).tobytes() for a in arrays)
    return b"".join((len(text).to_bytes(4, "big"), text, *raw))


def unpacked(read: Read) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return the header and the arrays of the next frame.

    `read(n)` returns exactly n bytes. Anything that is not a frame raises BadFrame.

    >>> stream = [packed({"op": "call"}, [np.float32([1, 2])])]
    >>> def read(n):
    ...     stream[0], taken = stream[0][n:], stream[0][:n]
    ...     return taken
    >>> unpacked(read)[1]
    [array([1., 2.], dtype=float32)]
    """
    length = int.from_bytes(read(4), "big")
    if length > HEADER_LIMIT:
        raise BadFrame(f"a header of {length} bytes is refused")
    try:
        header = json.loads(read(length))
        if type(header) is not dict or type(header.get("arrays")) is not list:
            raise TypeError("it is no object with a list of arrays")
        described = [_described(d) for d in header.pop("arrays")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadFrame(f"a header that cannot be read: {error}") from error
    sizes = [prod(shape) * dtype.itemsize for dtype, shape in described]
    if sum(sizes) > ARRAY_LIMIT:
        raise BadFrame(f"arrays of {sum(sizes)} bytes are refused")
    arrays = [
        np.frombuffer(read(size), dtype).reshape(shape).copy()
        for size, (dtype, shape) in zip(sizes, described, strict=True)
    ]
    return header, arrays


def _described(entry: Any) -> tuple[np.dtype, tuple[int, ...]]:
    dtype, shape = entry["dtype"], entry["shape"]
    if dtype not in DTYPES or type(shape) is not list or len(shape) > 32:
        raise ValueError(f"an array of dtype {dtype!r} and shape {shape!r}"[:200])
    if not all(type(n) is int and 0 <= n <= ARRAY_LIMIT for n in shape):
        raise ValueError(f"an array of shape {shape!r}")
    if prod(n or 1 for n in shape) > ARRAY_LIMIT:  # NumPy refuses it though it is empty
        raise ValueError(f"an array of shape {shape!r}")
    return np.dtype(dtype), tuple(shape)


def with_places(args: Sequence[Any]) -> tuple[list[Any], list[np.ndarray]]:
    """Split arguments into values for the header, with places for arrays, and arrays.

    >>> with_places([np.zeros(2), 3])[0]
    [{'array': 0}, {'value': 3}]
    """
    arrays = [a for a in args if isinstance(a, np.ndarray)]
    count = iter(range(len(arrays)))

    def place(value: Any) -> dict[str, Any]:
        if isinstance(value, np.ndarray):
            return {"array": next(count)}
        return {"key": value.seed} if isinstance(value, Key) else {"value": value}

    return [place(a) for a in args], arrays


def from_places(places: Sequence[Any], arrays: Sequence[np.ndarray]) -> list[Any]:
    """Return the arguments that `with_places` split."""

    def value(place: Mapping[str, Any]) -> Any:
        if "array" in place:
            return arrays[place["array"]]
        return Key(place["key"]) if "key" in place else place["value"]

    return [value(place) for place in places]
