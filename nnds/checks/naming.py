"""How a student's function is called: the one place that says so.

A notebook must not redefine a name that it imported, so the answer to the exercise
`conv2d` is called `my_conv2d` there. Everywhere else either name will do.
"""

from collections.abc import Container

PREFIX = "my_"


def exercise_of(function: str) -> str:
    """Return the exercise that a function of this name answers.

    >>> exercise_of("my_conv2d"), exercise_of("conv2d")
    ('conv2d', 'conv2d')
    """
    return function.removeprefix(PREFIX)


def answers(exercise: str) -> tuple[str, str]:
    """Return the names of functions that answer an exercise, the one that counts first.

    >>> answers("conv2d")
    ('my_conv2d', 'conv2d')
    """
    return PREFIX + exercise, exercise


def answer_in(names: Container[str], exercise: str) -> str | None:
    """Return the name among `names` that answers an exercise, or None.

    >>> answer_in({"conv2d", "my_conv2d"}, "conv2d")
    'my_conv2d'
    """
    return next((name for name in answers(exercise) if name in names), None)
