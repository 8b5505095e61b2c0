"""A wrong solution, taken from a bug that people really write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """One wrong solution.

    of: the exercise. caught_by: the check that must fail. source: where it was seen.
    says: some words of the sentence that must name it, where its values are wrong.
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
