"""Each exercise: its solution has all points, its stub none, no mutant gets by."""

import numpy as np
import pytest

from nnds.checks.engine import first_failure
from nnds.checks.form import Exercise, Mistake
from nnds.grading.load import exercises

from . import score
from .mutant import Mutant

EXERCISES = exercises()
MUTANTS = score.mutants()
each_exercise = pytest.mark.parametrize(
    "exercise", EXERCISES.values(), ids=lambda e: e.name
)
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [
        pytest.param(e, m, id=f"{e.name}-{i}")
        for e in EXERCISES.values()
        for i, m in enumerate(e.mistakes)
    ],
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


@each_mistake
def test_mistake_is_caught_and_named(exercise: Exercise, mistake: Mistake) -> None:
    report = score.named(exercise, mistake)
    assert report.earned == 0
    assert report.outcomes[0].mistake == report.sentence == mistake.says, f"\n{report}"


@each_mutant
def test_mutant_is_caught_by_its_check_and_named(mutant: Mutant) -> None:
    exercise = EXERCISES[mutant.of]
    assert mutant.source
    finding = score.caught(exercise, mutant)
    assert finding is not None, f"gets by {mutant.caught_by!r}"
    if mutant.says or mutant.caught_by == exercise.checks[0].law.name:
        report = score.report(exercise, mutant.function)
        assert "grader error" not in {outcome.status for outcome in report.outcomes}
        first = report.outcomes[0]
        assert mutant.says in first.mistake, f"\n{report}"
        assert bool(mutant.says) == bool(first.mistake)


@each_exercise
def test_each_law_of_values_is_broken_by_a_wrong_solution(exercise: Exercise) -> None:
    """A law that nothing breaks tells nothing."""

    def counts(*args):
        out = exercise.spec(*args)
        return out + np.arange(out.size).reshape(out.shape)

    by_name = {m.caught_by for m in MUTANTS if m.of == exercise.name}
    for law in (check.law for check in exercise.checks if check.law.early):
        wrong = [*exercise.mistakes, Mistake("You added 0, 1, 2, ...", counts)]
        makers = map(score.Making, wrong)
        broken = (first_failure(exercise, law, m, shrink=False) for m in makers)
        assert law.name in by_name or any(broken), law.name


@each_exercise
def test_has_five_wrong_solutions_at_least(exercise: Exercise) -> None:
    own = [m.name for m in MUTANTS if m.of == exercise.name]
    assert len(set(own)) == len(own)
    assert len(own) + len(exercise.mistakes) >= 5


@each_exercise
def test_a_right_solution_is_never_named_a_mistake(exercise: Exercise) -> None:
    """Of the inputs of another seed, either."""
    solution = score.InProcess(score.solutions()[exercise.name])
    report = score.run(exercise, solution, seed=1)
    assert report.passed, f"\n{report}"
    assert not report.sentence
