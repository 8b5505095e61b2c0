"""One input of one exercise: what a law calls, compares and breaks by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnds.checks.calling import Caller, Failure, Transform
from nnds.checks.compare import difference, show
from nnds.checks.form import Exercise
from nnds.checks.law import Broken, Finding


@dataclass(frozen=True)
class Trial:
    """One input of one exercise, and the function under test.

    `first` tells the first input of a law, for what is to be done but once.
    """

    exercise: Exercise
    caller: Caller
    args: Mapping[str, Any]
    first: bool = True

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

    def specified(self, args: Mapping[str, Any] | None = None) -> list[np.ndarray]:
        """Return what the specification gives, computed in float64."""
        values = self.args if args is None else args
        exact = [_float64(v) for v in _arrays(values).values()]
        out = self.exercise.spec(*exact)
        return [
            np.asarray(leaf) for leaf in (out if isinstance(out, tuple) else (out,))
        ]

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
            finding = self._finding(f"{of} {problem}", args=args)
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


def _arrays(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with NumPy numbers, which arithmetic leaves, as arrays."""
    return {
        k: np.asarray(v) if isinstance(v, np.generic) else v for k, v in args.items()
    }


def _float64(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(np.float64)
    return value
