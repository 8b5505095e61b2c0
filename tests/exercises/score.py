"""The mutation score: `python tests/exercises/score.py`, which fails below 100 %."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does

from exercises.mutant import Mutant
from nnds.grading.engine import run
from nnds.grading.form import Exercise
from nnds.grading.inprocess import InProcess
from nnds.grading.load import exercises
from nnds.grading.report import Report

TOPICS = ("dense", "conv", "attention", "graph")


def module(kind: str, topic: str) -> ModuleType:
    return importlib.import_module(f"exercises.{topic}.{kind}")


def solutions() -> dict[str, Callable[..., Any]]:
    """Return the solution of each exercise by its name."""
    found = {}
    for topic in TOPICS:
        space = vars(module("solutions", topic))
        found |= {name: space[name] for name in exercises() if name in space}
    return found


def mutants() -> list[Mutant]:
    spaces = [vars(module("mutants", topic)) for topic in TOPICS]
    return [v for space in spaces for v in space.values() if isinstance(v, Mutant)]


def stub(exercise: Exercise) -> Callable[..., Any]:
    """Return the function that a student starts from."""
    scope: dict[str, Any] = {}
    exec("from jaxtyping import *\nfrom jax import Array\n" + exercise.stub(), scope)
    return scope[exercise.name]


def report(exercise: Exercise, function: Callable[..., Any]) -> Report:
    return run(exercise, InProcess(function), hidden=True)


def main() -> int:
    """Print a line for each exercise and its mutants; return 1 if one gets by."""
    bad = 0
    for exercise in exercises().values():
        solved = report(exercise, solutions()[exercise.name])
        empty = report(exercise, stub(exercise))
        own = [m for m in mutants() if m.of == exercise.name]
        lines, killed = [], 0
        for mutant in own:
            rows = report(exercise, mutant.function).rows
            failed = [row.law for row in rows if row.status == "failed"]
            killed += mutant.caught_by in failed
            by = ", ".join(failed) or "NOTHING"
            lines.append(f"    {mutant.function.__name__}: caught by {by}")
        right = solved.passed and empty.earned == 0 and killed == len(own) >= 5
        bad += not right
        print(
            f"{exercise.name}: solution {solved.earned}/{exercise.points}, "
            f"stub {empty.earned}, mutants {killed} of {len(own)}"
            f"{'' if right else '  <-- WRONG'}"
        )
        print("\n".join(lines))
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
