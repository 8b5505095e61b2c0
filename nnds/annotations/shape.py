"""An annotation such as `Float[Array, "n d"]`, taken apart once."""

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

import jax


class Shape(NamedTuple):
    """One array annotation, taken apart: `Float[Array, "n #m 3"]`."""

    kind: str  # Float, Integer, Num, Bool, Key, Shaped, ...
    dtypes: frozenset[str] | None  # None: any
    axes: tuple[str, ...]
    variadic: int | None  # which of the axes stands for any number of axes
    convert: bool  # take NumPy's arrays and Python's numbers too


class Parameter(NamedTuple):
    """The array annotations of a parameter, and the other types that it takes."""

    name: str
    shapes: tuple[Shape, ...]
    types: tuple[type, ...]


def parameters(
    function: Callable,
) -> tuple[list[Parameter | None], dict[str, Parameter | None]]:
    """Return what the arguments of a function are compared with: in order, by name."""
    signature = inspect.signature(function).parameters.values()
    named = {p.name: parameter(p.name, p.annotation) for p in signature}
    by_place = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return [named[p.name] for p in signature if p.kind in by_place], named


def parameter(name: str, annotation: Any) -> Parameter | None:
    """Return what an annotation says of an array, or None if it says nothing.

    >>> from jaxtyping import Array, Float
    >>> parameter("x", Float[Array, "n 3"] | None).shapes[0].axes
    ('n', '3')
    """
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    parts = typing.get_args(annotation) if union else (annotation,)
    shapes = tuple(shape(part) for part in parts if hasattr(part, "dim_str"))
    if not shapes or any(typing.get_origin(part) is not None for part in parts):
        return None
    others = tuple(
        p for p in parts if isinstance(p, type) and not hasattr(p, "dim_str")
    )
    return Parameter(name, shapes, others)


def shape(annotation: Any) -> Shape:
    axes = tuple(part.rpartition("=")[2] for part in annotation.dim_str.split())
    many = [i for i, axis in enumerate(axes) if axis == "..." or axis[:1] == "*"]
    dtypes = annotation.dtypes
    return Shape(
        annotation.dtype.__name__,
        frozenset(dtypes) if isinstance(dtypes, tuple | list) else None,
        axes,
        many[0] if many else None,
        annotation.array_type is jax.Array,
    )
