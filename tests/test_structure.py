"""Laws on the exported program: what it costs in every turn, and whether it answers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export, lax
from jaxtyping import Float
from numpy import ndarray as Array

from nnds.checks.engine import first_failure
from nnds.checks.form import Check, Exercise
from nnds.checks.law import Law
from nnds.checks.laws import values
from nnds.checks.structure import flops_within, no_python_loop, program_values
from nnds.grading.inprocess import InProcess
from nnds.grading.isolate.process import Gone
from nnds.grading.isolate.remote import Evaluator, Remote, Worker
from nnds.grading.isolate.sandbox import Limits, Sandbox
from nnds.grading.isolate.worker.turns import repeated

SQUARE = jax.ShapeDtypeStruct((5, 5), jnp.float32)


def square(x: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Return x times x."""
    return np.array([[row @ column for column in x.T] for row in x]).reshape(x.shape)


def broken(law: Law, caller: InProcess) -> str:
    exercise = Exercise(spec=square, checks=[Check(values(), 1, "", "")])
    finding = first_failure(exercise, law, caller, shrink=False)
    return finding.problem if finding else ""


def exported(function) -> export.Exported:
    return export.export(jax.jit(function), platforms=["cpu"])(SQUARE)


def twice_in_loops(x):
    def inner(_, y):
        return lax.fori_loop(0, 3, lambda _, z: z @ x, y)

    return lax.fori_loop(0, 4, inner, x)


@pytest.mark.parametrize(
    ("function", "operations"),
    [
        (lambda x: x @ x, 0),
        (lambda x: lax.map(lambda row: row @ row, x), 4 * 10),
        (twice_in_loops, 11 * 250),
        (lambda x: lax.while_loop(lambda y: y.sum() < 9, lambda y: y @ x, x), np.inf),
    ],
)
def test_turns_of_loops_are_counted(function, operations):
    counted = repeated(exported(function).mlir_module())
    assert counted == pytest.approx(operations, rel=0.1)  # and what counts the turns


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda x: x @ x, ""),
        (lambda x: lax.map(lambda row: row @ x, x), ""),
        (lambda x: lax.fori_loop(0, 9, lambda _, y: x @ x + 0 * y, x), "operations"),
        (lambda x: lax.while_loop(lambda y: y[0, 0] < 9, lambda y: y @ x, x), "turns"),
    ],
)
def test_cost_hidden_in_a_loop(function, problem):
    cost = flops_within(3.0, lambda s: 2 * s["n"] ** 3)
    said = broken(cost, InProcess(function))
    assert problem in said
    assert bool(problem) == bool(said)


class Pretending(InProcess):
    """The right values, and the program of another function."""

    apart = True

    def __init__(self, other) -> None:
        super().__init__(lambda x: x @ x)
        self.other = InProcess(other)

    def program(self, args, *, run):
        return self.other.program(args, run=run)


LAWS = [
    no_python_loop("n"),
    program_values(),
    flops_within(3.0, lambda s: 2 * s["n"] ** 3),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_program_that_is_judged_must_answer(law):
    assert not broken(law, Pretending(lambda x: x @ x))
    assert "run alone" in broken(law, Pretending(lambda x: 0 * x))


def test_a_loop_that_is_padded_where_small_is_seen():
    def padded(x):
        rows = [row @ x for row in x]
        rows += [x[0] * i for i in range(12 - len(rows))]
        return jnp.stack(rows)[: len(x)]

    assert "grows" in broken(no_python_loop("n"), InProcess(padded))


def test_the_worker_makes_a_program_of_shapes_alone(monkeypatch):
    asked = []

    def ask(header, arrays):
        asked.extend(arrays)
        raise Gone("died", "")

    worker = Worker([], Sandbox(0))
    monkeypatch.setattr(worker, "ask", ask)
    Remote("f", worker, Evaluator(Sandbox(0))).program([np.ones((2, 3))], run=True)
    assert asked[0].shape == (2, 3)
    assert not asked[0].any()


def test_a_program_that_burns_takes_no_time_from_the_next():
    """It costs the second that it is allowed."""

    def endless(x):
        return lax.while_loop(lambda y: y[0, 0] < 9, lambda y: y * 0.5, x)

    blobs = [
        np.frombuffer(exported(f).serialize(), np.uint8)
        for f in (endless, lambda x: x + 1)
    ]
    x = np.ones((5, 5), np.float32)
    with Evaluator(Sandbox(0, limits=Limits(program=1, wall=60.0))) as evaluator:
        burnt = evaluator.examine(blobs[0], [x], run=True)
        assert "processor time" in burnt.text
        after = evaluator.examine(blobs[1], [x], run=True)
        np.testing.assert_array_equal(after.outputs[0], x + 1)
