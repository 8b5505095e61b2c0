"""The form in which an exercise is declared, once.

An exercise is a slow specification, which is also its name, its signature and its
text, and a list of checks. `nnds/exercises/sets.py` is the example to copy.
"""

import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnds.checks.key import Key
from nnds.checks.law import Law

PACKAGE = Path(__file__).parents[1] / "exercises"


@dataclass(frozen=True)
class Check:
    """One row of the report: a law, what it is worth, and what to read if it breaks.

    section: where in the book the hint is explained.
    A hidden check is run by the instructor only, and its report shows nothing but the
    hint: the input that broke it stays unknown.
    """

    law: Law
    points: int
    hint: str
    section: str
    hidden: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Mistake:
    """A mistake that people make: a sentence for who makes it, and what comes of it.

    gives: a function of NumPy arrays with the signature of the specification, as a
    change of it where possible, so that it holds no solution:
    `lambda x, k: conv2d(x, k[::-1, ::-1])`. `tests/exercises` submits it as an answer.
    seen: where people made it.
    """

    says: str
    gives: Callable[..., Any]
    seen: str = field(default="constructed", kw_only=True)


@dataclass(frozen=True)
class Argument:
    """One argument of a signature: its name, its kind of number, its axes.

    `kind` is `"float"`, `"int"` or `"bool"` for arrays, `"key"` for a `Key`, and
    `"static"` for the rest.
    """

    name: str
    kind: str
    axes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A function to write, and how one knows that it is right.

    spec: a function of NumPy arrays written with loops, annotated with jaxtyping. Its
        name, signature and docstring are those of the student's stub.
    checks: the first tells whether the values are right; no other earns its points
        before that one does, or `return x` would earn those of most laws.
    sizes: the sizes that an axis may have, smallest first, where 1 to 9 and 0 is wrong.
    where: which sizes go together, such as `lambda s: s["h"] >= s["i"]`.
    given: how to draw an argument that is not any array of its shape:
        `(generator, sizes) -> value`. Arguments that are not arrays need one.
    without: modules that a solution may not use, as they contain one.
    mistakes: what people write in place of the right function. The report says so
        first. If several fit, it is the first of them.
    minutes: how long a student takes who has followed the lecture; 0 says nothing.
    tolerance: largest error, as a part of the largest expected number (float32).
    """

    spec: Callable[..., Any]
    checks: Sequence[Check]
    sizes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    where: Callable[[Mapping[str, int]], bool] = lambda sizes: True
    given: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    without: Sequence[str] = ()
    mistakes: Sequence[Mistake] = ()
    minutes: int = 0
    tolerance: float = 1e-4

    def __post_init__(self) -> None:
        names = [check.law.name for check in self.checks]
        if len(set(names)) < len(names) or not names:
            raise ValueError(
                f"exercise {self.name} needs checks, each of another name; got {names}"
            )
        static = {a.name for a in self.arguments if a.kind == "static"}
        if missing := static - set(self.given):
            raise ValueError(
                f"exercise {self.name} must say in `given` how to draw {missing}, "
                "which the signature does not give as arrays"
            )

    @property
    def name(self) -> str:
        return self.spec.__name__

    @property
    def topic(self) -> str:
        """The file that the exercise stands in, or its folder in `nnds/exercises`."""
        path = Path(inspect.unwrap(self.spec).__code__.co_filename)
        return path.parent.name if path.parent.parent == PACKAGE else path.stem

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments of the signature, in order."""
        parameters = inspect.signature(self.spec).parameters.values()
        return tuple(_argument(p.name, p.annotation) for p in parameters)

    @property
    def axes(self) -> tuple[str, ...]:
        """The named axes of the arguments, in order of appearance."""
        every = [x for a in self.arguments for x in a.axes if x.isidentifier()]
        return tuple(dict.fromkeys(every))

    def stub(self) -> str:
        """Return the source of the function that a student starts from.

        It holds the signature and the docstring of the specification, and no more.
        """
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(self.spec)))
        match = re.match(r'def .*?:\n(    """.*?"""\n)', source, re.DOTALL)
        if match is None:
            raise ValueError(f"specification {self.name} needs a docstring")
        cost = f"{self.points} points"
        if self.minutes:
            cost = f"{self.minutes} minutes, {cost}"
        return match.group(0) + f'    raise NotImplementedError("{cost}")\n'


def _argument(name: str, annotation: Any) -> Argument:
    if annotation is Key:
        return Argument(name, "key", ())
    if not hasattr(annotation, "dim_str"):
        return Argument(name, "static", ())
    kinds = {str(dtype)[:3] for dtype in annotation.dtypes}
    kind = "bool" if "boo" in kinds else "float" if "flo" in kinds else "int"
    return Argument(name, kind, tuple(annotation.dim_str.split()))
