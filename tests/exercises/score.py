"""The mutation score: `python tests/exercises/score.py`, which fails below 100 %."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does

from exercises import rooms
from exercises.mutant import Mutant
from nnds.checks.engine import first_failure, run
from nnds.checks.form import Exercise
from nnds.checks.law import Finding
from nnds.checks.report import STOPS, Report
from nnds.grading.inprocess import InProcess
from nnds.grading.load import exercises


def solutions() -> dict[str, Callable[..., Any]]:
    """Return the solution of each exercise by its name, from the room that holds it."""
    every: dict[str, Any] = {}
    for room in rooms.ROOMS:
        every |= rooms.solutions(room)
    return {name: every[name] for name in exercises() if name in every}


def mutants() -> list[Mutant]:
    """Return the wrong solutions of all rooms."""
    every = (value for room in rooms.ROOMS for value in rooms.mutants_of(room))
    return [value for value in every if isinstance(value, Mutant)]


def stub(exercise: Exercise) -> Callable[..., Any]:
    """Return the function that a student starts from."""
    scope: dict[str, Any] = {}
    exec("from jaxtyping import *\nfrom jax import Array\n" + exercise.stub(), scope)
    return scope[exercise.name]


def report(exercise: Exercise, function: Callable[..., Any]) -> Report:
    return run(exercise, InProcess(function), hidden=True)


def caught(exercise: Exercise, mutant: Mutant) -> Finding | None:
    """Return how the check that is to catch a mutant fails, or None.

    Only that check is run: the status of the others says nothing of it, and takes most
    of the time.
    """
    (law,) = (c.law for c in exercise.checks if c.law.name == mutant.caught_by)
    caller = InProcess(mutant.function)
    found = first_failure(exercise, law, caller, shrink=False)
    stopped = found and found.failure and found.failure.kind in STOPS
    return None if stopped else found


def main() -> int:
    """Print a line for each exercise and its mutants; return 1 if one gets by."""
    bad, all_killed = 0, 0
    for exercise in exercises().values():
        solved = report(exercise, solutions()[exercise.name])
        empty = report(exercise, stub(exercise))
        own = [m for m in mutants() if m.of == exercise.name]
        lines, killed = [], 0
        for mutant in own:
            found = caught(exercise, mutant)
            killed += found is not None
            by = f"caught by {mutant.caught_by}" if found else "GETS BY"
            lines.append(f"    {mutant.function.__name__}: {by}")
        right = solved.passed and empty.earned == 0 and killed == len(own) >= 5
        bad += not right
        all_killed += killed
        print(
            f"{exercise.name}: solution {solved.earned}/{exercise.points}, "
            f"stub {empty.earned}, mutants {killed} of {len(own)}"
            f"{'' if right else '  <-- WRONG'}"
        )
        print("\n".join(lines))
    total = len(mutants())
    print(f"mutation score: {all_killed} of {total}, {all_killed / total:.1%}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
