"""The shared compilation cache: read by every submission, written by none."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float
from numpy import ndarray as Array

from nnds.grading.form import Check, Exercise
from nnds.grading.grade import Plan, grade
from nnds.grading.laws import values
from nnds.grading.remote import Evaluator
from nnds.grading.sandbox import best_tier
from nnds.grading.warm import SINGLE, warm


def softmax(x: Float[Array, " d"]) -> Float[Array, " d"]:
    """Return `exp(x_i) / sum_j exp(x_j)`."""
    return np.exp(x) / np.exp(x).sum()


IMPORTS = "import jax, jax.numpy as jnp\n"
SOLUTION = (
    IMPORTS + "@jax.jit\ndef softmax(x):\n    def exp(x):\n        return jnp.exp(x)\n"
    "    return jax.jit(exp)(x) / jnp.sum(jnp.exp(x))\n"
    "def other(x):\n    return jnp.tanh(x)\n"
    "other(jnp.ones(3)), jnp.exp(jnp.ones(3)), jnp.tanh(jnp.ones(3))\n"
)
# what it finds and what it could do is told by a number that it returns
NOSY = (
    IMPORTS + "import os\ndef softmax(x):\n"
    "    folder = os.environ['JAX_COMPILATION_CACHE_DIR']\n"
    "    names = os.listdir(folder)\n"
    "    try:\n        open(folder + '/' + names[0], 'ab').close()\n"
    "        open(folder + '/mine', 'w').close()\n        written = 1.0\n"
    "    except OSError:\n        written = 0.0\n"
    "    return jnp.array([len(names) + 1000.0 * written])\n"
)


@pytest.fixture
def plan() -> Plan:
    checks = (Check(law=values(), points=1, hint="h", section="1"),)
    exercise = Exercise(spec=softmax, lecture=9, sizes={"d": (1, 2)}, checks=checks)
    return Plan(exercises=[exercise], seed=1, tier=best_tier())


def test_the_cache_holds_single_operations_and_is_only_read(
    tmp_path: Path, plan: Plan
) -> None:
    (tmp_path / "solution.py").write_text(SOLUTION)
    (tmp_path / "nosy.py").write_text(NOSY)
    cache = tmp_path / "cache"
    kept = warm(tmp_path / "solution.py", plan, cache)
    before = {f.name: f.read_bytes() for f in cache.iterdir()}
    names = {re.match(r"jit_(\w+)-", name)[1] for name in before}  # type: ignore[index]
    assert kept == len(before) > 0
    assert "tanh" in names
    assert names <= SINGLE
    assert not {"softmax", "exp", "of_arrays"} & names  # what the solution defines
    plan = replace(plan, cache=cache)
    with Evaluator(plan.sandbox(1)) as evaluator:
        record = grade(tmp_path / "nosy.py", plan, 0, evaluator)
    told = json.dumps(record)
    if plan.tier:  # at 0 nothing is a wall
        assert f"is {kept} at" in told  # seen, and not written
        assert before == {f.name: f.read_bytes() for f in cache.iterdir()}


def test_a_cache_that_holds_something_is_refused(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "entry").write_text("poison")
    (tmp_path / "solution.py").write_text(SOLUTION)
    with pytest.raises(ValueError, match="is not empty"):
        warm(tmp_path / "solution.py", plan, tmp_path / "cache")
