"""Inputs drawn from a signature: small first, every axis of another size."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import gcd
from typing import Any

import numpy as np

from nnds.checks.form import Argument, Exercise
from nnds.checks.key import Key

Sizes = Mapping[str, int]
DEFAULT = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)


def rounds(exercise: Exercise, count: int = 4) -> Iterator[dict[str, int]]:
    """Yield sizes for every axis: all smallest, then each another, then with a zero.

    An axis of size 0 comes last although it is smallest: nothing is read off an empty
    array, so any other failure explains more.
    """
    yielded = []
    for step in range(count):
        sizes = _distinct(exercise, step)
        if sizes is not None and sizes not in yielded:
            yielded.append(sizes)
            yield sizes
    for axis in exercise.axes:
        sizes = {**yielded[min(1, len(yielded) - 1)], axis: 0}
        if 0 in exercise.sizes.get(axis, DEFAULT) and exercise.where(sizes):
            yield sizes


def _distinct(exercise: Exercise, step: int) -> dict[str, int] | None:
    """Return the smallest legal sizes of one step, different from each other if
    possible, and in another order at every step.
    """
    if not exercise.axes:
        return {}
    choices = {
        a: [s for s in exercise.sizes.get(a, DEFAULT) if s > 0] for a in exercise.axes
    }
    if step:
        first = 2 * (step - 1)
        choices = {a: c[first:] or c[-1:] for a, c in choices.items()}
        choices = {a: [s for s in c if s > 1] or c for a, c in choices.items()}
    names = list(choices)
    turned = names[::-1] if step % 2 == 0 else names
    legal = []
    for values in product(*(choices[a][: len(names) + 2] for a in turned)):
        sizes = dict(zip(turned, values, strict=True))
        if exercise.where(sizes):
            if step == 0:
                return {a: sizes[a] for a in names}
            same = len(values) - len(set(values))
            legal.append((same, sum(values), values))
            if same == 0 and len(legal) > 500:
                break
    if not legal:
        return None
    _, _, values = min(legal)
    sizes = dict(zip(turned, values, strict=True))
    return {a: sizes[a] for a in names}


def beyond(exercise: Exercise, seed: tuple[int, ...]) -> dict[str, int]:
    """Return sizes larger than any that the exercise names, and than 16 of others.

    Whoever answers for some sizes only, by a table or by cases, fails at these. An axis
    that has but one size keeps it, and steps are kept: beyond (2, 4, 6) come 8, 10 and
    12. Nothing where `where` allows none of them.
    """
    generator = np.random.default_rng(seed)
    sizes: dict[str, int] = {}
    for _ in range(20):
        for axis in exercise.axes:
            usual = [s for s in exercise.sizes.get(axis, (1, 16)) if s > 0]
            step = gcd(*usual) if len(usual) > 1 else 0
            sizes[axis] = max(usual) + step * int(generator.integers(1, 4))
        if exercise.where(sizes) and len({*sizes.values()}) == len(sizes):
            break
    return sizes if exercise.where(sizes) else {}


def alike(exercise: Exercise) -> dict[str, int]:
    """Return sizes that are all the same, where that is legal, and else nothing.

    Whoever asks whether two sizes differ, to tell two arguments apart, fails at these.
    """
    for size in (3, 4, 2, 5):
        sizes = dict.fromkeys(exercise.axes, size)
        usual = all(size in exercise.sizes.get(a, DEFAULT) for a in sizes)
        if len(sizes) > 1 and usual and exercise.where(sizes):
            return sizes
    return {}


def draw(
    exercise: Exercise, sizes: Sizes, seed: tuple[int, ...], *, whole: bool
) -> dict[str, Any]:
    """Return one value for every argument, by name; float arrays are float32.

    With `whole`, they hold small integers, which read well in a message; without, real
    numbers, which stay clear of the kinks at which a derivative has two values.
    """
    generator = np.random.default_rng((*seed, *sizes.values()))
    return {
        a.name: _value(exercise, a, sizes, generator, whole=whole)
        for a in exercise.arguments
    }


def _value(
    exercise: Exercise,
    argument: Argument,
    sizes: Sizes,
    generator: np.random.Generator,
    *,
    whole: bool,
) -> Any:
    if argument.name in exercise.given:
        value = exercise.given[argument.name](generator, sizes)
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            return value.astype(np.float32)
        return value
    if argument.kind == "key":
        return Key(int(generator.integers(1 << 31)))
    shape = tuple(int(x) if x.isdigit() else sizes[x] for x in argument.axes)
    if argument.kind == "bool":
        return generator.random(shape) < 0.5
    if argument.kind == "int":
        return generator.integers(0, 3, shape, dtype=np.int32)
    if whole:
        return generator.integers(-3, 4, shape).astype(np.float32)
    return generator.normal(size=shape).astype(np.float32)


def smaller(exercise: Exercise, sizes: Sizes) -> Iterator[dict[str, int]]:
    """Yield legal sizes with one axis shorter than in `sizes`, shortest first."""
    for axis, size in sizes.items():
        for less in sorted(exercise.sizes.get(axis, DEFAULT)):
            if 0 < less < size and exercise.where({**sizes, axis: less}):
                yield {**sizes, axis: less}


def redrawn(
    exercise: Exercise,
    sizes: Sizes,
    seed: tuple[int, ...],
    args: Mapping[str, Any],
    count: int,
) -> Iterator[dict[str, Any]]:
    """Yield arguments of smaller numbers than `args`, the smallest first.

    They are drawn anew by the rules in `given`, which alone know what is legal.
    """
    if not exercise.given:
        return
    many = (draw(exercise, sizes, (*seed, i), whole=True) for i in range(4 * count))
    less = sorted((a for a in many if _total(a) < _total(args)), key=_total)
    yield from less[:count]


def _total(args: Mapping[str, Any]) -> float:
    """Return the sum of all numbers without their signs."""
    numbers = (v for v in args.values() if isinstance(v, int | float | np.ndarray))
    return float(sum(np.abs(np.asarray(v, np.float64)).sum() for v in numbers))


def plainer(args: Mapping[str, Any], fixed: Mapping[str, Any]) -> Iterator[dict]:
    """Yield the arguments with one float array made of zeros, or of ones."""
    for name, value in args.items():
        if name in fixed or not isinstance(value, np.ndarray):
            continue
        if value.dtype.kind == "f":
            for fill in (0, 1):
                if (value != fill).any():
                    yield {**args, name: np.full_like(value, fill)}
