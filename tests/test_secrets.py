"""Hidden inputs stay hidden: from the public checks, and from the next exercise."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy import ndarray as Array

from nnds.checks.engine import run
from nnds.checks.form import Check, Exercise
from nnds.checks.laws import same_under_jit, values
from nnds.checks.report import Report
from nnds.checks.structure import program_values
from nnds.grading.inprocess import InProcess


def double(x: Float[Array, " n"]) -> Float[Array, " n"]:
    """Return 2x."""
    return 2 * x


class Watched(InProcess):
    """A caller that keeps what it was asked, and notes where it began anew."""

    def __init__(self) -> None:
        super().__init__(lambda x: 2 * jnp.asarray(x))
        self.asked: list[object] = []

    def call(self, args, transform="none", argnum=0):
        self.asked.append(args[0].tobytes())
        return super().call(args, transform, argnum)

    def program(self, args, *, run):
        self.asked.append("program")
        return super().program(args, run=run)

    def afresh(self) -> None:
        self.asked.append("afresh")


def asked(*checks: Check) -> list[object]:
    caller = Watched()
    report = run(Exercise(spec=double, checks=checks), caller, seed=1, hidden=True)
    assert isinstance(report, Report)
    assert report.passed, f"\n{report}"
    return caller.asked


PUBLIC = Check(values(), 1, "", "")
HIDDEN = Check(values(name="more values"), 1, "", "", hidden=True)


def test_hidden_inputs_are_none_of_the_public_ones() -> None:
    both, public = asked(PUBLIC, HIDDEN), asked(PUBLIC)
    hidden = both[len(public) :]
    assert len(hidden) > 5
    empty = np.zeros(0, np.float32).tobytes()
    small = {x for x in public if isinstance(x, bytes) and len(x) <= 4}
    assert not (set(hidden) & set(public)) - {empty} - small


def test_a_process_that_saw_a_hidden_input_is_asked_nothing_public() -> None:
    after = Check(same_under_jit(), 1, "", "")
    order = asked(
        PUBLIC, HIDDEN, Check(program_values(), 1, "", "", hidden=True), after
    )
    assert order.count("afresh") == 1  # hidden checks stand side by side
    assert order[-2] == "afresh"
    assert asked(PUBLIC, HIDDEN)[-1] == "afresh"  # before the next exercise
    assert "afresh" not in asked(PUBLIC, after)
