"""One input of one exercise: what a law calls, compares and breaks by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnds.checks.calling import Caller, Failure, Transform
from nnds.checks.compare import difference, other_form, show
from nnds.checks.draw import draw
from nnds.checks.form import Exercise
from nnds.checks.law import Broken, Finding


@dataclass(frozen=True)
class Trial:
    """One input of one exercise, and the function under test.

    first: whether it is the first input of a law, for what is to be done but once.
    seed: of its numbers, for a law that draws more of them.
    """

    exercise: Exercise
    caller: Caller
    args: Mapping[str, Any]
    first: bool = True
    seed: tuple[int, ...] = ()

    def call(
        self,
        args: Mapping[str, Any] | None = None,
        transform: Transform = "none",
        argnum: int = 0,
        extra: Sequence[np.ndarray] = (),
    ) -> tuple[np.ndarray, ...]:
        """Call the student's function; a failure of it breaks the law."""
        values = _arrays(self.args if args is None else args)
        out = self.caller.call([*values.values(), *extra], transform, argnum)
        if isinstance(out, Failure):
            raise Broken(self._finding(out.text, failure=out, args=values))
        return out

    def call_as_specified(
        self, args: Mapping[str, Any] | None = None
    ) -> tuple[np.ndarray, ...]:
        """Call it, and break the law unless number, shapes and kinds are as specified.

        For laws that compute with the result.
        """
        out = self.call(args)
        if problem := other_form(out, self.specified(args)):
            finding = self._finding(f"the result {problem.text}", args=args)
            raise Broken(replace(finding, form=True))
        return out

    def like_drawn(self, example: Sequence[Any]) -> dict[str, Any]:
        """Return an example, written as lists and numbers, as arguments by name."""
        pairs = zip(self.args.items(), example, strict=True)
        return {
            name: np.array(value, drawn.dtype)
            if isinstance(drawn, np.ndarray)
            else value
            for (name, drawn), value in pairs
        }

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each axis, read off the arrays."""
        sizes = {}
        for argument in self.exercise.arguments:
            if argument.kind != "static":
                shape = np.shape(self.args[argument.name])
                sizes.update(zip(argument.axes, shape, strict=True))
        return {axis: sizes[axis] for axis in self.exercise.axes}

    def like_this(self, i: int) -> dict[str, Any]:
        """Return the i-th other input of these sizes; what is no array stays."""
        other = draw(self.exercise, self.sizes, (*self.seed, i), whole=False)
        return {
            k: v if isinstance(v, np.ndarray) else self.args[k]
            for k, v in other.items()
        }

    def specified(self, args: Mapping[str, Any] | None = None) -> list[np.ndarray]:
        """Return what the specification gives, computed in float64."""
        values = self.args if args is None else args
        return computed(self.exercise.spec, values.values())

    def expect(
        self,
        received: Sequence[np.ndarray],
        expected: Sequence[np.ndarray],
        *,
        of: str = "the result",
        tolerance: float | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> None:
        """Break the law if the arrays differ."""
        limit = self.exercise.tolerance if tolerance is None else tolerance
        if problem := difference(received, expected, limit):
            finding = self._finding(f"{of} {problem.text}", args=args)
            if problem.form:  # the sentence says it all
                raise Broken(replace(finding, form=True))
            got, want = (", ".join(map(show, x)) for x in (received, expected))
            raise Broken(replace(finding, received=got, expected=want))

    def fail(self, problem: str) -> None:
        raise Broken(self._finding(problem))

    def _finding(
        self,
        problem: str,
        *,
        failure: Failure | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> Finding:
        values = self.args if args is None else args
        inputs = {name: show(value) for name, value in values.items()}
        return Finding(problem, inputs, failure=failure)


def computed(function: Callable[..., Any], args: Iterable[Any]) -> list[np.ndarray]:
    """Return what a function of NumPy arrays gives in float64, as a list of arrays."""
    exact = [_float64(np.asarray(v) if isinstance(v, np.generic) else v) for v in args]
    out = function(*exact)
    return [np.asarray(leaf) for leaf in (out if isinstance(out, tuple) else (out,))]


def _arrays(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with NumPy numbers, which arithmetic leaves, as arrays."""
    return {
        k: np.asarray(v) if isinstance(v, np.generic) else v for k, v in args.items()
    }


def _float64(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(np.float64)
    return value
