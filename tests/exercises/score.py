"""The mutation score: `python tests/exercises/score.py`, which fails below 100 %."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does

import numpy as np

from exercises import rooms
from exercises.mutant import Mutant
from nnds.checks.calling import Failure, Transform
from nnds.checks.engine import first_failure, run
from nnds.checks.form import Exercise, Mistake
from nnds.checks.law import Finding
from nnds.checks.report import STOPS, Report
from nnds.checks.trial import computed
from nnds.grading.inprocess import InProcess
from nnds.grading.load import exercises

DTYPES = {"f": np.float32, "i": np.int32}  # those of JAX


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


class Making:
    """A caller of a mistake, in place of a student's function: it has values alone."""

    apart = False

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake

    def call(
        self, args: Sequence[Any], transform: Transform = "none", argnum: int = 0
    ) -> tuple[np.ndarray, ...] | Failure:
        if transform != "none":
            return Failure("error", f"a mistake has no {transform}")
        try:
            with np.errstate(all="ignore"):
                out = computed(self.mistake.gives, args)
        except Exception as error:  # as a student's function may
            return Failure("error", repr(error))
        return tuple(x.astype(DTYPES.get(x.dtype.kind, x.dtype)) for x in out)

    def program(self, args: Sequence[Any], *, run: bool) -> Failure:
        return Failure("error", "a mistake has no program")

    def afresh(self) -> None:
        pass

    def uses(self, modules: Sequence[str]) -> tuple[str, ...]:
        return ()


def report(exercise: Exercise, function: Callable[..., Any]) -> Report:
    return run(exercise, InProcess(function), hidden=True)


def caught(exercise: Exercise, mutant: Mutant) -> Finding | None:
    """Return how the check that is to catch a mutant fails, or None.

    Only that check is run: the status of the others says nothing of it, and takes most
    of the time.
    """
    (law,) = (c.law for c in exercise.checks if c.law.name == mutant.caught_by)
    found = first_failure(exercise, law, InProcess(mutant.function), shrink=False)
    stopped = found and found.failure and found.failure.kind in STOPS
    return None if stopped else found


def named(exercise: Exercise, mistake: Mistake) -> Report:
    """Return the report on a mistake, which is to say its sentence."""
    return run(exercise, Making(mistake))


def main() -> int:
    """Print a line for each exercise and its mutants; return 1 if one gets by."""
    bad, all_killed, total = 0, 0, 0
    for exercise in exercises().values():
        solved = report(exercise, solutions()[exercise.name])
        empty = report(exercise, stub(exercise))
        own = [m for m in mutants() if m.of == exercise.name]
        lines, killed = [], 0
        for mistake in exercise.mistakes:
            says = named(exercise, mistake).sentence == mistake.says
            killed += says
            lines.append(f"    {mistake.says} {'NAMED' if says else 'GETS BY'}")
        for mutant in own:
            found = caught(exercise, mutant)
            killed += found is not None
            by = f"caught by {mutant.caught_by}" if found else "GETS BY"
            lines.append(f"    {mutant.function.__name__}: {by}")
        count = len(own) + len(exercise.mistakes)
        right = solved.passed and empty.earned == 0 and killed == count >= 5
        total += count
        bad += not right
        all_killed += killed
        print(
            f"{exercise.name}: solution {solved.earned}/{exercise.points}, "
            f"stub {empty.earned}, mutants {killed} of {count}"
            f"{'' if right else '  <-- WRONG'}"
        )
        print("\n".join(lines))
    print(f"mutation score: {all_killed} of {total}, {all_killed / total:.1%}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
