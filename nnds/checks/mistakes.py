"""A mistake recognised by what it computes, and so called by its name."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nnds.checks.calling import Failure, Remembering
from nnds.checks.form import Exercise, Mistake
from nnds.checks.law import Law
from nnds.checks.trial import computed


def named(
    exercise: Exercise,
    law: Law,
    memory: Remembering,
    more: Iterable[Mapping[str, Any]],
) -> str:
    """Return the sentence of the mistake that a function makes, or an empty string.

    The results that are remembered must all be those of the mistake, and not all those
    of the specification. While several mistakes are possible, or one, the function is
    called on `more` inputs.
    """
    left = list(exercise.mistakes)
    wrong = 0
    for args, received in list(memory.plain):
        left = [m for m in left if _alike(law, exercise, m, args, received)]
        right = computed(exercise.spec, args)
        wrong += law.alike(received, right, exercise.tolerance) is not None
    for drawn in more:
        if not left:
            break
        received = memory.call(list(drawn.values()))
        if isinstance(received, Failure):
            continue
        args = list(drawn.values())
        left = [m for m in left if _alike(law, exercise, m, args, received)]
    return left[0].says if left and wrong else ""


def _alike(
    law: Law,
    exercise: Exercise,
    mistake: Mistake,
    args: Iterable[Any],
    received: tuple[np.ndarray, ...],
) -> bool:
    """Return whether a mistake gives what was received."""
    try:
        with np.errstate(all="ignore"):
            expected = computed(mistake.gives, args)
    except Exception:  # it has no result where the function has one
        return False
    return law.alike(received, expected, exercise.tolerance) is None
