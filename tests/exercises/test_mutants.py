"""Each exercise: its solution has all points, its stub none, no mutant gets by."""

import importlib
from types import ModuleType

import pytest

from nnds.grading.engine import run
from nnds.grading.form import Exercise
from nnds.grading.inprocess import InProcess
from nnds.grading.load import exercises

from .mutant import Mutant

TOPICS = ("dense", "conv", "attention", "graph")


def module(kind: str, topic: str) -> ModuleType:
    return importlib.import_module(f"{__package__}.{topic}.{kind}")


EXERCISES = exercises()
SOLUTIONS = {
    name: getattr(module("solutions", topic), name)
    for topic in TOPICS
    for name in EXERCISES
    if hasattr(module("solutions", topic), name)
}
MUTANTS = [
    value
    for topic in TOPICS
    for value in vars(module("mutants", topic)).values()
    if isinstance(value, Mutant)
]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda e: e.name)
def test_solution_has_all_points(exercise: Exercise) -> None:
    report = run(exercise, InProcess(SOLUTIONS[exercise.name]), hidden=True)
    assert report.passed, f"\n{report}"
    assert report.earned == exercise.points


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda e: e.name)
def test_stub_has_none(exercise: Exercise) -> None:
    scope: dict = {}
    exec("from jaxtyping import *\nfrom jax import Array\n" + exercise.stub(), scope)
    report = run(exercise, InProcess(scope[exercise.name]), hidden=True)
    assert report.earned == 0
    assert {row.status for row in report.rows} == {"not implemented"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_mutant_is_caught(mutant: Mutant) -> None:
    exercise = EXERCISES[mutant.of]
    report = run(exercise, InProcess(mutant.function), hidden=True)
    failed = {row.law for row in report.rows if row.status == "failed"}
    assert mutant.caught_by in failed, f"caught by {failed or 'nothing'}\n{report}"


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda e: e.name)
def test_has_five_mutants_at_least(exercise: Exercise) -> None:
    names = [m.name for m in MUTANTS if m.of == exercise.name]
    assert len(set(names)) == len(names) >= 5
    assert all(m.source for m in MUTANTS)
