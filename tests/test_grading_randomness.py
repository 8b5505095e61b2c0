"""The laws of functions that draw, in this process and in a worker."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nnds.checks.engine import run
from nnds.checks.form import Exercise
from nnds.checks.key import Key
from nnds.grading.inprocess import InProcess
from nnds.grading.isolate.remote import Evaluator, Remote, Worker
from nnds.grading.isolate.sandbox import Sandbox, best_tier
from nnds.grading.isolate.worker.wire import from_places, with_places
from nnds.grading.load import exercise

FOLDER = Path(__file__).parent / "adversarial" / "exercises"
HEAD = """import random
import time
import jax
import jax.numpy as jnp
import numpy as np

def noisy(key, x):
"""
RIGHT = """    first, second = jax.random.split(key)
    return (x + jax.random.normal(first, x.shape)) * jax.random.uniform(second)
"""
COUNT = len(ast.parse(HEAD + RIGHT).body)
# Bodies, the laws that they break, and words of the report.
WRONG = {
    "global generator": (
        "    return x + np.random.normal(size=x.shape).astype(np.float32)\n",
        {"same key, same result", "no global generator"},
        "uses the global generator of numpy.random",
    ),
    "global generator, seeded": (
        "    np.random.seed(0)\n"
        "    return x + np.random.normal(size=x.shape).astype(np.float32)\n",
        {"other key, other result", "no global generator"},
        "key is not used",
    ),
    "random": (
        "    return x + random.random()\n",
        {"same key, same result"},
        "called with the same key in a new process, the result is",
    ),
    "a generator of its own": (
        "    return x + np.random.default_rng().normal(size=x.shape).astype('f4')\n",
        {"same key, same result"},
        "called with the same key in a new process, the result is",
    ),
    "key ignored": (
        "    return x + jax.random.normal(jax.random.key(0), x.shape)\n",
        {"other key, other result"},
        "is the same for key = jax.random.key(",
    ),
    "key reused": (
        "    return (x + jax.random.normal(key, x.shape)) * jax.random.uniform(key)\n",
        {"no key used twice"},
        "draws twice from one key",
    ),
    "key drawn from after a split": (
        "    first, _ = jax.random.split(key)\n    x = x * jax.random.uniform(key)\n"
        "    return x + jax.random.normal(first, x.shape)\n",
        {"no key used twice"},
        "draws from it and splits it",
    ),
    "jit inside": (
        "    return jax.jit(lambda x: x + jax.random.normal(key, x.shape))(x)\n",
        {"compiles once"},
        "compiles again at every call",
    ),
}


@pytest.fixture(scope="module")
def noisy() -> Exercise:
    return exercise("noisy", FOLDER)


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    with Evaluator(Sandbox(best_tier(), slot=11)) as evaluator:
        yield evaluator


def broken(report) -> set[str]:
    return {o.law for o in report.outcomes if o.status == "failed"}


def function(body: str):
    space: dict = {}
    exec(compile(HEAD + body, "answer.py", "exec"), space)
    return space["noisy"]


def test_a_right_function_obeys_every_law(noisy, evaluator) -> None:
    report = run(noisy, InProcess(function(RIGHT)), seed=1)
    assert report.passed, f"\n{report}"
    box = Sandbox(best_tier(), slot=10)
    with Worker([("answer.py", HEAD + RIGHT, [*range(COUNT)])], box) as worker:
        remote = run(noisy, Remote("noisy", worker, evaluator), seed=1)
        assert worker.starts == 2, "the same key is to be tried in another process"
    assert remote.passed, f"\n{remote}"


@pytest.mark.parametrize("name", WRONG)
def test_each_mistake_breaks_its_laws_here(noisy, name: str) -> None:
    body, laws, text = WRONG[name]
    report = run(noisy, InProcess(function(body)), seed=1)
    assert broken(report) == laws, f"\n{report}"
    assert text in repr(report)


def test_a_key_travels_as_its_seed() -> None:
    places, arrays = with_places([Key(7), 3])
    assert places == [{"key": 7}, {"value": 3}]
    assert from_places(places, arrays) == [Key(7), 3]
    assert repr(Key(7)) == "jax.random.key(7)"


def test_a_law_of_keys_wants_a_key(noisy) -> None:
    from nnds.checks.randomness import other_key_other_result

    check = replace(noisy.checks[0], law=other_key_other_result())

    def still(x):
        return x

    plain = Exercise(spec=still, checks=[check], given={"x": lambda g, s: 1})
    report = run(plain, InProcess(still))
    assert report.outcomes[0].status == "grader error"
    assert "exercise still has no argument of type Key" in repr(report)
