"""`check` an exercise in the notebook, in a second; use what is `solved`."""

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


def solved(
    function: Callable[..., Any],
    *,
    otherwise: Callable[..., Any],
    folder: Path | str | None = None,
) -> Callable[..., Any]:
    """Return `function` when it passes every public check, and `otherwise` if not.

    So the student's own function runs in the rest of the notebook as soon as it is
    right, and the notebook runs without it. Prints which of the two it is. An exercise
    that does not exist raises ValueError.

    >>> def my_conv2d(x, k):
    ...     raise NotImplementedError("your code goes here")
    >>> from nnds.conv import conv2d
    >>> convolve = solved(my_conv2d, otherwise=conv2d)
    Here runs conv2d of the package, until my_conv2d passes every check.
    >>> convolve is conv2d
    True
    """
    own, ready = function.__name__, otherwise.__name__
    if check(function, folder=folder).passed:
        print(f"Here runs your own {own}, in place of {ready}.")
        return function
    print(f"Here runs {ready} of the package, until {own} passes every check.")
    return otherwise
