"""Each exercise: its solution has all points, its stub none, no mutant gets by."""

import pytest

from nnds.checks.form import Exercise
from nnds.grading.load import exercises

from . import score
from .mutant import Mutant

EXERCISES = exercises()
each_exercise = pytest.mark.parametrize(
    "exercise", EXERCISES.values(), ids=lambda e: e.name
)


@each_exercise
def test_solution_has_all_points(exercise: Exercise) -> None:
    report = score.report(exercise, score.solutions()[exercise.name])
    assert report.passed, f"\n{report}"
    assert report.earned == exercise.points


@each_exercise
def test_stub_has_none(exercise: Exercise) -> None:
    report = score.report(exercise, score.stub(exercise))
    assert report.earned == 0
    assert {row.status for row in report.rows} == {"not implemented"}


@pytest.mark.parametrize("mutant", score.mutants(), ids=lambda m: m.name)
def test_mutant_is_caught(mutant: Mutant) -> None:
    found = score.caught(EXERCISES[mutant.of], mutant)
    assert found is not None, f"gets by {mutant.caught_by!r}"


@each_exercise
def test_has_five_mutants_at_least(exercise: Exercise) -> None:
    found = [m for m in score.mutants() if m.of == exercise.name]
    assert len({m.name for m in found}) == len(found) >= 5
    assert all(m.source for m in found)
