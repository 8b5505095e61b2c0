"""What is wrong with a call, in one message: expected, received, and the likely cause.

The causes are those of a course: a batch where one example is taken, channels first,
a channel or a class too many, integers where numbers with a fraction are due.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nnds.annotations.shape import Shape

WORDS = {
    "Float": "floating-point numbers",
    "Integer": "integers",
    "Int": "integers",
    "Num": "numbers",
    "Bool": "True and False",
    "Key": "a random key",
    "Shaped": "an array",
}
Sizes = Mapping[str, tuple[Any, str]]


def explain(
    function: Callable,
    name: str,
    arguments: Mapping[str, Any],
    shapes: Mapping[str, tuple[Shape, ...]],
    sizes: Sizes,
) -> str:
    """Return what the argument `name` is and should be, and what is likely meant."""
    value = arguments[name]
    who = function.__qualname__.removesuffix(".__call__")
    rank = _rank(value)
    shape = min(
        shapes[name],
        key=lambda s: (not _kind_fits(value, s), abs(len(s.axes) - rank)),
    )
    lines = [
        f"{who} cannot take this {name}: {_problem(name, value, shape, sizes)}",
        f"  expected: {WORDS.get(shape.kind, shape.kind)}, {_axes(shape, sizes)}",
        f"  received: {_received(value)}",
    ]
    cause = next(_causes(function, name, shape, arguments, shapes, sizes), None)
    return "\n".join(lines + ([f"  {cause}"] if cause else []))


def _problem(name: str, value: Any, shape: Shape, sizes: Sizes) -> str:
    if not hasattr(value, "shape"):
        return f"it is of type {type(value).__name__}, not an array"
    if not _kind_fits(value, shape):
        return f"it holds {value.dtype}"
    received, wanted = _rank(value), len(shape.axes)
    if received != wanted and shape.variadic is None:
        return f"it has {_count(received)}, not {wanted}"
    seen: dict[str, int] = {}
    for place, (axis, size) in enumerate(zip(shape.axes, value.shape, strict=False)):
        if axis.isdigit() and int(axis) != size:
            return f"axis {place} is {size}, not {axis}"
        letter = axis.lstrip("#")
        if letter in sizes and sizes[letter][0] != size:
            known, other = sizes[letter]
            return f"axis {letter} is {size} in {name} and {known} in {other}"
        if seen.setdefault(letter, size) != size:
            return f"axis {letter} is {seen[letter]} and {size}"
    return "its axes do not fit"


def _rank(value: Any) -> int:
    return len(getattr(value, "shape", ()))


def _count(axes: int) -> str:
    return "no axis" if axes == 0 else "1 axis" if axes == 1 else f"{axes} axes"


def _axes(shape: Shape, sizes: Sizes) -> str:
    """Return the axes with the sizes that other arguments give them."""
    if not shape.axes:
        return "a single one, shape ()"
    letters = [axis.lstrip("#") for axis in shape.axes]
    known = [
        f"{t} = {sizes[t][0]} as in {sizes[t][1]}"
        for t in dict.fromkeys(letters)
        if t in sizes
    ]
    comma = "," if len(letters) == 1 else ""
    text = f"shape ({', '.join(letters)}{comma})"
    return f"{text} with {', '.join(known)}" if known else text


def _received(value: Any) -> str:
    if not hasattr(value, "shape"):
        text = repr(value)
        return f"{type(value).__name__} {text[:40]}{'...' if len(text) > 40 else ''}"
    return f"{value.dtype}, shape {tuple(value.shape)}"


def _kind_fits(value: Any, shape: Shape) -> bool:
    if not hasattr(value, "dtype"):
        return False
    if shape.kind == "Key":
        return str(value.dtype).startswith("key")
    return shape.dtypes is None or str(value.dtype) in shape.dtypes


def _causes(
    function: Callable,
    name: str,
    shape: Shape,
    arguments: Mapping[str, Any],
    shapes: Mapping[str, tuple[Shape, ...]],
    sizes: Sizes,
) -> Iterator[str]:
    """Yield what is likely meant, the likeliest first."""
    value = arguments[name]
    if shape.kind == "Key":
        several = _rank(value) and _kind_fits(value, shape)
        yield (
            f"Several keys? Take one: {name}[0]."
            if several
            else "A random key is made with jax.random.key(0)."
        )
    if not hasattr(value, "shape"):
        yield f"Make it an array first: jnp.array({name})."
        return
    size, wanted, received = tuple(value.shape), len(shape.axes), len(value.shape)
    batched = [
        other
        for other, options in shapes.items()
        if _rank(arguments.get(other)) in {len(s.axes) + 1 for s in options}
    ]
    if (
        shape.kind in ("Int", "Integer")
        and received == wanted + 1
        and batched == [name]
    ):
        yield f"A one-hot label? The class is its largest entry: jnp.argmax({name})."
    if received > wanted == 0 and size[-1] == 1:
        batch = "" if received == 1 else ", and map over the others with jax.vmap"
        yield f"An axis of size 1 is left over? Drop it: {name}[..., 0]{batch}."
    if received == wanted + 1:
        yield f"A batch? This takes one example: {_vmap(function, batched, arguments)}."
    if not _kind_fits(value, shape):
        yield from _conversions(name, str(value.dtype), shape.kind)
    if received + 1 == wanted and wanted == 3:
        yield f"Is the axis of channels missing? Add one: {name}[..., None]."
    if received == wanted == 3 and _fits(shape, (*size[1:], size[0]), sizes):
        yield f"Channels first? Here they come last: jnp.moveaxis({name}, 0, -1)."
    if received == wanted == 2 and _fits(shape, size[::-1], sizes):
        yield f"Transposed? {name}.T fits."


def _conversions(name: str, dtype: str, wanted: str) -> Iterator[str]:
    if wanted == "Float":
        scale = " / 255" if dtype == "uint8" else ""
        yield f"Convert it first: {name}.astype(jnp.float32){scale}."
    elif wanted == "Bool":
        yield f"Convert it first: {name}.astype(bool)."
    elif wanted in ("Int", "Integer"):
        yield f"Convert it first: {name}.astype(int)."


def _vmap(function: Callable, batched: list[str], arguments: Mapping[str, Any]) -> str:
    """Return the call that maps over the arguments with one axis more.

    >>> _vmap(len, ["x"], {"x": 0, "w": 0})
    'jax.vmap(lambda x: len(x, w))(x)'
    """
    mapped = ", ".join(batched)
    if function.__qualname__.endswith(".__call__"):
        inner = "model"
        arguments = {
            t: v for t, v in arguments.items() if t != "self" and v is not None
        }
    else:
        inner = function.__name__
    given = [t for t, v in arguments.items() if v is not None]
    if given == batched:
        return f"jax.vmap({inner})({mapped})"
    return f"jax.vmap(lambda {mapped}: {inner}({', '.join(given)}))({mapped})"


def _fits(shape: Shape, received: tuple[Any, ...], sizes: Sizes) -> bool:
    """Say whether sizes are those that the annotation and other arguments ask for."""
    asked = [
        int(axis) if axis.isdigit() else sizes.get(axis.lstrip("#"), (None,))[0]
        for axis in shape.axes
    ]
    pairs = list(zip(asked, received, strict=True))
    some = any(a is not None for a in asked)
    return some and all(a is None or a == size for a, size in pairs)
