"""A wrong solution, taken from a bug that people really write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """One wrong solution.

    of: the exercise. caught_by: the check that must fail. source: where it was seen.
    says: some words of the sentence that must name it, if its values are wrong: a
    `Mistake` of the exercise is a wrong solution already, so that only what JAX
    computes in another way than NumPy is written once more.
    """

    function: Callable[..., Any]
    of: str
    caught_by: str
    source: str
    says: str = ""

    @property
    def name(self) -> str:
        return f"{self.of}-{self.function.__name__}"


def mutant(
    of: str, caught_by: str, source: str, says: str = ""
) -> Callable[..., Mutant]:
    return lambda function: Mutant(function, of, caught_by, source, says)
