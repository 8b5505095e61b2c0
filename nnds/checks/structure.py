"""Laws on the exported program, and not on the word of whoever wrote it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnds.checks.calling import Failure, Program
from nnds.checks.draw import DEFAULT, draw
from nnds.checks.law import Broken, Finding, Law
from nnds.checks.trial import Trial

# Targets that XLA itself puts there for sorting, linear algebra and sharding. A call of
# anything else runs code that the evaluator cannot see.
ALLOWED_CALLS = ("lapack_", "Sharding", "shape_assertion", "mhlo.", "annotate_")


def no_python_loop(axis: str, name: str = "") -> Law:
    """The program has as many operations at a large `axis` as at a small one.

    A Python loop over the axis is unrolled by tracing, one copy of its body a turn.
    """

    def test(trial: Trial) -> None:
        inputs = (trial.args, _with_larger(trial, axis))
        counts = [sum(_program(trial, args, run=False).ops.values()) for args in inputs]
        if counts[1] > counts[0]:
            trial.fail(
                f"the program grows with {axis}: {counts[0]} operations, and "
                f"{counts[1]} at a larger {axis}; a Python loop was unrolled"
            )

    return Law(name or f"no Python loop over {axis}", test, whole=(False,), sizes=1)


def _with_larger(trial: Trial, axis: str) -> dict[str, Any]:
    """Draw an input that is larger along one axis, as large as it gets."""
    exercise, base = trial.exercise, _sizes(trial)
    choices = [{**base, axis: s} for s in exercise.sizes.get(axis, DEFAULT)]
    legal = [s for s in choices if s[axis] > base[axis] and exercise.where(s)]
    if not legal:
        raise ValueError(
            f"exercise {exercise.name}: no legal size of {axis} above {base}; "
            "give it more in `sizes`"
        )
    return draw(exercise, legal[-1], (0,), whole=False)


def _sizes(trial: Trial) -> dict[str, int]:
    """Read the size of each axis off the arrays of a trial."""
    sizes = {}
    for argument in trial.exercise.arguments:
        if argument.kind != "static":
            shape = np.shape(trial.args[argument.name])
            sizes.update(zip(argument.axes, shape, strict=True))
    return {axis: sizes[axis] for axis in trial.exercise.axes}


def _program(trial: Trial, args: Mapping[str, Any], *, run: bool) -> Program:
    program = trial.caller.program(list(args.values()), run=run)
    if isinstance(program, Failure):
        shapes = {k: str(np.shape(v)) for k, v in args.items()}
        slip = program.kind == "accident"  # it has a sentence of its own
        text = f"could not be exported as a program: {program.text}"
        text = program.text if slip else text
        raise Broken(Finding(text, shapes, failure=program))
    return program


def without_operations(*forbidden: str, name: str = "forbidden operations") -> Law:
    """The program holds none of these StableHLO operations, such as `convolution`."""

    def test(trial: Trial) -> None:
        used = sorted(set(_program(trial, trial.args, run=False).ops) & set(forbidden))
        if used:
            trial.fail(f"the program contains {', '.join(used)}, to be written here")

    return Law(name, test, whole=(False,), sizes=1)


def program_values(name: str = "exported program") -> Law:
    """Run without Python by the evaluator, the program gives the specified values.

    Custom calls outside an allow-list are refused: they would bring code of their own.
    """

    def test(trial: Trial) -> None:
        program = _program(trial, trial.args, run=True)
        bad = [c for c in program.custom_calls if not c.startswith(ALLOWED_CALLS)]
        if bad:
            trial.fail(f"the program calls {', '.join(bad)}, which leaves XLA")
        trial.expect(
            program.outputs, trial.specified(), of="the program, run alone, its result"
        )

    return Law(name, test, whole=(False,), sizes=1)


def flops_within(
    factor: float, reference: Callable[[Mapping[str, int]], float], name: str = "cost"
) -> Law:
    """The program takes at most `factor` times the operations of `reference(sizes)`.

    The body of a loop on the device counts once, as XLA counts it.
    """

    def test(trial: Trial) -> None:
        count = _program(trial, trial.args, run=True).flops
        limit = factor * reference(_sizes(trial))
        if count > limit:
            trial.fail(f"takes {count:.0f} operations, allowed are {limit:.0f}")

    return Law(name, test, whole=(False,), sizes=1)


def own_work(name: str = "own work") -> Law:
    """The function does not reach into the modules that the exercise rules out."""

    def test(trial: Trial) -> None:
        used = trial.caller.uses(trial.exercise.without)
        if used:
            trial.fail(f"uses {', '.join(used)} of nnds, where the work is yours")

    return Law(name, test, draws=False)
