"""The benchmarks run and write their table. No time is asserted here."""

import math
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import floor, make, memory, ours, table
from benchmarks.problem import Problem
from benchmarks.race import Result, race


def two_steps(name: str) -> Problem:
    if name == "graph":
        return make.graph(steps=2, n=50, edges=200)
    return getattr(make, name)(epochs=1, size=256 if name == "mlp" else 128)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("mlp", floor.mlp_loop),
        ("mlp", floor.mlp_scan),
        ("lenet", floor.lenet_loop),
        ("lenet", floor.lenet_loop_reshape),
        ("graph", floor.graph_segments),
    ],
)
def test_nnds_and_the_floor_train_the_same(name, other, tmp_path):
    problem = two_steps(name)
    problem.save(tmp_path / "problem.npz")
    problem = Problem.load(tmp_path / "problem.npz")
    assert problem.rows.shape[:2] == (1, 2)
    run = getattr(ours, name)(problem)
    loss = run()
    assert math.isfinite(loss)
    assert run() == loss  # a second run starts over
    with jax.numpy_rank_promotion("allow"):
        floor_loss = other(problem)()
    # the same sums in another order
    np.testing.assert_allclose(floor_loss, loss, rtol=1e-5)


def test_a_race_reports_those_that_ran_and_those_that_cannot():
    places = {"nnds": "ours:mlp", "nobody": "floor:nobody"}
    ran, absent = race(two_steps("mlp"), places, rounds=2)
    assert ran.error is None
    assert len(ran.seconds) == 2
    assert math.isfinite(ran.loss)
    assert absent.error is not None
    assert "nobody" in absent.error
    assert "| nobody | - |" in table.training([ran, absent], steps=2)


def test_the_table_gives_ratios_by_round_and_the_winner():
    results = [
        Result("nnds", 3.0, 0.5, [1.0, 2.0, 1.0]),
        Result("JAX, loop", 1.5, 0.5, [0.5, 1.9, 1.0]),
        Result("PyTorch", 0.9, 0.6, [0.9, 1.0, 0.8]),
    ]
    written = table.training(results, steps=10)
    assert "| **nnds** | 10.0 | 1.00 (1.00-1.00) | 2.0 | 0.5000 |" in written
    assert "| JAX, loop | 10.0 | 0.95 (0.50-1.00) | 0.5 | 0.5000 |" in written
    assert "takes 1.05 times the floor (JAX, loop)" in written
    assert "PyTorch wins: it is 1.25 times as fast as nnds." in written
    assert "differs by more than 2 %: PyTorch" in written
    assert written.index("PyTorch") < written.index("JAX") < written.index("nnds**")


def test_memory_measures_every_kind():
    for kind in memory.KINDS:
        assert memory.measure(kind, 64)["mb"] > 0
