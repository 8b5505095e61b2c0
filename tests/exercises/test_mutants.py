"""Each exercise: its solution has all points, its stub none, no mutant gets by."""

import pytest

from nnds.checks.form import Exercise
from nnds.grading.load import exercises

from . import score
from .mutant import Mutant

EXERCISES = exercises()
MUTANTS = score.mutants()
each_exercise = pytest.mark.parametrize(
    "exercise", EXERCISES.values(), ids=lambda e: e.name
)
each_mutant = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)


@each_exercise
def test_solution_has_all_points(exercise: Exercise) -> None:
    report = score.report(exercise, score.solutions()[exercise.name])
    assert report.passed, f"\n{report}"
    assert report.earned == exercise.points


@each_exercise
def test_stub_has_none_and_takes_one_line(exercise: Exercise) -> None:
    report = score.report(exercise, score.stub(exercise))
    assert report.earned == 0
    assert {outcome.status for outcome in report.outcomes} == {"not implemented"}
    assert "\n" not in repr(report)
    assert f"{exercise.minutes} minutes, {exercise.points} points" in repr(report)


@each_mutant
def test_mutant_is_caught_by_its_check_and_named(mutant: Mutant) -> None:
    exercise = EXERCISES[mutant.of]
    finding = score.caught(exercise, mutant)
    assert finding is not None, f"gets by {mutant.caught_by!r}"
    report = score.report(exercise, mutant.function)
    assert "grader error" not in {outcome.status for outcome in report.outcomes}
    first = report.outcomes[0]
    if first.status == "failed" and not (first.finding and first.finding.failure):
        assert mutant.says, f"no sentence is to name it:\n{report}"
        assert mutant.says in first.mistake, f"\n{report}"
        assert report.said == first.mistake
        assert first.mistake in {mistake.says for mistake in exercise.mistakes}
    else:
        assert not mutant.says


@each_exercise
def test_each_mistake_that_has_a_name_has_a_mutant(exercise: Exercise) -> None:
    own = [m for m in MUTANTS if m.of == exercise.name and m.says]
    for mistake in exercise.mistakes:
        assert [m.name for m in own if m.says in mistake.says], mistake.says
    for mutant in own:  # and of one sentence only
        assert sum(mutant.says in m.says for m in exercise.mistakes) == 1, mutant.says


@each_exercise
def test_has_five_mutants_at_least(exercise: Exercise) -> None:
    own = [m for m in MUTANTS if m.of == exercise.name]
    assert len({m.name for m in own}) == len(own) >= 5
    assert all(m.source for m in own)


@each_exercise
def test_a_right_solution_is_never_named_a_mistake(exercise: Exercise) -> None:
    for seed in range(3):
        report = score.run(
            exercise, score.InProcess(score.solutions()[exercise.name]), seed=seed
        )
        assert report.passed, f"\n{report}"
        assert not report.said
