"""`check`: the public checks of an exercise, in the notebook, in a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnds.checks.engine import run
from nnds.checks.naming import exercise_of
from nnds.checks.report import Report
from nnds.grading.load import exercise as find


def check(
    function: Callable[..., Any],
    exercise: str | None = None,
    *,
    folder: Path | str | None = None,
) -> Report:
    """Return the report on a function: which laws hold, and the smallest failure.

    The exercise is the one named like the function (`my_conv2d` answers `conv2d`),
    unless another is named. A private exercise is read from `folder`. A wrong function
    raises nothing; an exercise that does not exist raises ValueError.
    """
    # the grader imports this package too, and must not import JAX before it forks
    from nnds.grading.inprocess import InProcess

    name = exercise or getattr(function, "__name__", type(function).__name__)
    return run(find(exercise_of(name), folder), InProcess(function))
