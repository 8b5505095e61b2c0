"""Laws that are equations: symmetries, linearity, and any other that has two sides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnds.checks.law import Law
from nnds.checks.trial import Trial


def equality(
    name: str,
    sides: Callable[..., tuple[Any, Any]],
    *,
    of: str = "the result",
    sizes: int = 3,
) -> Law:
    """Two sides are equal: `sides(f, **args)` returns them, calling f as it likes.

    Any law that is an equation is written this way. `f(*args)` returns one array.
    """

    def test(trial: Trial) -> None:
        def function(*args: Any) -> np.ndarray:
            return trial.call_as_specified(dict(zip(trial.args, args, strict=True)))[0]

        received, expected = sides(function, **trial.args)
        trial.expect([np.asarray(received)], [np.asarray(expected)], of=of)

    return Law(name, test, sizes=sizes, early=True)


def permuted(
    axes: Mapping[str, Sequence[int]], out: Sequence[int], name: str, rolled: bool
) -> Law:
    """Moving items along `axes` of the arguments moves the result along `out`.

    The move is a circular shift by one if `rolled`, else a reversal that also swaps
    the first two: an order that no shift gives.
    """

    def order(size: int) -> np.ndarray:
        turned = np.roll(np.arange(size), 1) if rolled else np.arange(size)[::-1].copy()
        if not rolled and size > 2:
            turned[:2] = turned[1::-1]
        return turned

    def moved(array: np.ndarray, which: Sequence[int]) -> np.ndarray:
        for axis in which:
            array = np.take(array, order(array.shape[axis]), axis=axis)
        return array

    def sides(f: Callable[..., np.ndarray], **args: Any) -> tuple[Any, Any]:
        other = {k: moved(v, axes[k]) if k in axes else v for k, v in args.items()}
        return f(*other.values()), moved(f(*args.values()), out)

    way = "shifted by one" if rolled else "in another order"
    return equality(name, sides, of=f"with {', '.join(axes)} {way}, the result")


def permutation_equivariant(
    axes: Mapping[str, Sequence[int]], out: Sequence[int] = (0,)
) -> Law:
    """The items in another order give the result in that order."""
    return permuted(axes, out, "permutation equivariance", rolled=False)


def permutation_invariant(axes: Mapping[str, Sequence[int]]) -> Law:
    """The items in another order give the same result."""
    return permuted(axes, (), "permutation invariance", rolled=False)


def circular_equivariant(
    axes: Mapping[str, Sequence[int]], out: Sequence[int] = (0,)
) -> Law:
    """The signal shifted around the circle gives the result shifted as far."""
    return permuted(axes, out, "circular translation equivariance", rolled=True)


def translation_equivariant(argument: str, axis: int = 0, out: int = 0) -> Law:
    """A signal without its first step gives the result without its first step."""

    def sides(f: Callable[..., np.ndarray], **args: Any) -> tuple[Any, Any]:
        full = f(*args.values())
        if full.shape[out] < 2:
            return full, full
        signal = np.delete(args[argument], 0, axis)
        part = f(*{**args, argument: signal}.values())
        return part, np.delete(full, 0, out)

    of = f"without the first step of {argument}, the result"
    return equality("translation equivariance", sides, of=of)


def linear_in(argument: str) -> Law:
    """`f(2u + v) = 2 f(u) + f(v)` in one argument, the others kept."""

    def sides(f: Callable[..., np.ndarray], **args: Any) -> tuple[Any, Any]:
        u = args[argument]
        v = np.cos(np.arange(u.size)).reshape(u.shape).astype(np.float32)
        fu, fv, both = (f(*{**args, argument: x}.values()) for x in (u, v, 2 * u + v))
        return both, 2 * fu + fv

    of = f"at {argument} = 2u + v, the result"
    return equality(f"linearity in {argument}", sides, of=of)


def shift_invariant(argument: str, by: float = 7.0) -> Law:
    """A constant added to every number of one argument changes nothing."""

    def sides(f: Callable[..., np.ndarray], **args: Any) -> tuple[Any, Any]:
        other = {**args, argument: args[argument] + np.float32(by)}
        return f(*other.values()), f(*args.values())

    of = f"with {by:g} added to {argument}, the result"
    return equality("shift invariance", sides, of=of)
