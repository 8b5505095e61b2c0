"""What `systematic.py` makes: a sample of it, and nightly all."""

import pytest

from nnds.grading.load import exercises

from . import systematic
from .equivalent import EQUIVALENT

EVERY = {name: systematic.wrong_solutions(name) for name in exercises()}


def test_changed_solutions_are_rejected() -> None:
    passed = []
    for exercise in exercises().values():
        made = [w for w in EVERY[exercise.name] if w.key not in EQUIVALENT]
        assert len(made) >= 10
        wrong = made[len(made) // 2]
        if not systematic.rejected(exercise, wrong, seed=0):
            passed.append(wrong.key)
    assert not passed


@pytest.mark.nightly
@pytest.mark.timeout(1800)  # 90 s on a quiet machine
def test_each_changed_solution_is_rejected_at_each_seed() -> None:
    every = [systematic.survivors(exercise) for exercise in exercises().values()]
    assert not [wrong.key for passed in every for wrong in passed]


def test_each_equivalent_is_a_change_that_is_made() -> None:
    assert set(EQUIVALENT) <= {w.key for made in EVERY.values() for w in made}
