"""Typed signatures: what a function takes and gives, and so what may follow it.

    read = flatten >> hidden >> scores >> decide      # image -> class
    print(read)                                       # image (28, 28, 1) -> class ()

A `Kind` says what an array means, `image` or `tokens`, and its axes: two arrays of one
shape may be of different kinds. What does not fit is refused before anything runs.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

Axis = str | int  # a letter stands for any size


class Kind(NamedTuple):
    """What an array means, and its axes: letters, or sizes that are known.

    >>> print(Kind("image", ("h", "w", "c")))
    image (h, w, c)
    """

    name: str
    axes: tuple[Axis, ...]

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(map(str, self.axes))})"

    def of(self, *sizes: Axis) -> "Kind":
        """Return this kind with these axes.

        >>> print(IMAGE.of(28, 28, 1))
        image (28, 28, 1)
        """
        if len(sizes) != len(self.axes):
            raise TypeError(f"{self} has {len(self.axes)} axes; got {sizes}")
        return Kind(self.name, sizes)


IMAGE = Kind("image", ("h", "w", "c"))
AUDIO = Kind("audio", ("t",))
TOKENS = Kind("tokens", ("n",))
ITEMS = Kind("items", ("n", "d"))  # a vector for each word, patch or moment
GRAPH = Kind("graph", ("n", "d"))
VECTOR = Kind("vector", ("d",))
CLASS = Kind("class", ())

# from one kind to another: what a network puts between them
BRIDGES = {
    ("image", "vector"): "flatten it, or average it over its pixels",
    ("image", "items"): "cut it into patches",
    ("image", "tokens"): "cut it into patches, and let a decoder write about them",
    ("audio", "image"): "compute its spectrogram",
    ("tokens", "items"): "embed each token as a vector",
    ("tokens", "vector"): "embed each token, and pool the vectors",
    ("items", "vector"): "pool the items: their mean, say",
    ("items", "tokens"): "score each item, and take the best token",
    ("graph", "vector"): "pool the nodes",
    ("vector", "class"): "take the largest score (argmax)",
}


class Typed(NamedTuple):
    """A function with its signature, such as `image -> class`.

    `f >> g` is "first f, then g". TypeError, with what would help, if g does not take
    what f gives; the same if it is called on an array that does not fit.

    >>> double = Typed("double", VECTOR, VECTOR, lambda x: 2 * x)
    >>> largest = Typed("largest", VECTOR.of(3), CLASS, jnp.argmax)
    >>> print(double >> largest)
    vector (3) -> class ()
    >>> (double >> largest)(jnp.array([1.0, 5.0, 2.0])).item()
    1
    """

    name: str
    takes: Kind
    gives: Kind
    call: Callable[[Any], Any]

    def __str__(self) -> str:
        return f"{self.takes} -> {self.gives}"

    def __call__(self, x: Any) -> Any:
        received = Kind(self.takes.name, jnp.shape(x))
        _sizes(received, self.takes, f"{self.name} takes {self.takes}; got {received}")
        return self.call(x)

    def __rshift__(self, then: "Typed") -> "Typed":
        # letters of the second are its own: d there is not d here
        takes, gives = (
            _renamed(k, lambda a: f"{a}'") for k in (then.takes, then.gives)
        )
        refusal = f"{self.name} gives {self.gives}, but {then.name} takes {then.takes}"
        if self.gives.name != takes.name:
            between = BRIDGES.get((self.gives.name, takes.name))
            raise TypeError(
                f"{refusal}. "
                + (f"Between them: {between}." if between else "No layer goes between.")
            )
        known = _sizes(self.gives, takes, refusal)
        start, end = (
            _renamed(k, lambda a: known.get(a, a)) for k in (self.takes, gives)
        )
        end = _renamed(end, lambda a: a.rstrip("'") if _free(a, start) else a)

        def both(x: Any) -> Any:
            return then.call(self.call(x))

        return Typed(f"{self.name} >> {then.name}", start, end, both)


def _renamed(kind: Kind, new: Callable[[str], Axis]) -> Kind:
    return Kind(
        kind.name, tuple(new(a) if isinstance(a, str) else a for a in kind.axes)
    )


def _free(letter: str, kind: Kind) -> bool:
    return letter.rstrip("'") not in kind.axes


def _sizes(gives: Kind, takes: Kind, refusal: str) -> dict[str, Axis]:
    """Return what each letter stands for, if the axes fit; TypeError if not."""
    if len(gives.axes) != len(takes.axes):
        raise TypeError(f"{refusal}: {len(gives.axes)} axes, not {len(takes.axes)}")
    known: dict[str, Axis] = {}
    for a, b in zip(gives.axes, takes.axes, strict=True):
        a, b = known.get(str(a), a), known.get(str(b), b)
        if isinstance(b, str):
            known[b] = a
        elif isinstance(a, str):
            known[a] = b
        elif a != b:
            raise TypeError(f"{refusal}: {a} is not {b}")
    return known
