"""What a law is: a name and a test, and what is known when it breaks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnds.checks.calling import Failure
from nnds.checks.compare import Difference, difference


@dataclass(frozen=True)
class Law:
    """A name, a test, and the inputs it wants.

    test: gets a `Trial` (see `trial`), and raises `Broken` when the law fails.
    whole: which numbers to draw: small integers, which read well, or real ones, which
        are clear of kinks and saturate nothing; or both, in this order.
    sizes: on how many sizes to try it; a law that compiles wants few.
    empty: whether sizes 0 belong to it.
    beyond: whether sizes larger than those that the exercise names belong to it.
    draws: whether it takes drawn inputs at all; else it is tried once, as it stands.
    early: whether it says something of a function whose values are wrong, at the cost
        of a few plain calls; then it is tried on one input.
    alike: how two results of plain calls are compared, where a known mistake is looked
        for: `(received, expected, tolerance)` gives None where they are alike.
    """

    name: str
    test: Callable[..., None]
    whole: tuple[bool, ...] = (True,)
    sizes: int = 3
    empty: bool = False
    beyond: bool = False
    draws: bool = True
    early: bool = False
    alike: Callable[
        [Sequence[np.ndarray], Sequence[np.ndarray], float], Difference | None
    ] = difference


@dataclass(frozen=True)
class Finding:
    """A law that broke: the input, and what was received for what was expected.

    form: whether the result has a wrong number, shape or kind of arrays, so that no
    law of its numbers says more.
    """

    problem: str
    inputs: Mapping[str, str]
    received: str = ""
    expected: str = ""
    failure: Failure | None = None
    form: bool = False


class Broken(Exception):
    """Raised by a law that failed."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.problem)
        self.finding = finding
