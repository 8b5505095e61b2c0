"""Laws on the exported program, and not on the word of whoever wrote it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnds.checks.calling import Failure, Program
from nnds.checks.draw import DEFAULT, beyond, draw
from nnds.checks.law import Broken, Finding, Law
from nnds.checks.trial import Trial

# Targets that XLA itself puts there for sorting, linear algebra and sharding. A call of
# anything else runs code that the evaluator cannot see.
ALLOWED_CALLS = ("lapack_", "Sharding", "shape_assertion", "mhlo.", "annotate_")


def no_python_loop(axis: str, name: str = "") -> Law:
    """The program has as many operations at a large `axis` as at a small one.

    A Python loop over the axis is unrolled by tracing, one copy of its body a turn. Two
    sizes beyond those that the exercise names are compared with a usual one. In the
    grader both programs must also give the specified values, on inputs that only the
    evaluator sees, so that what is counted is what answers.

    Not seen: a loop at the usual sizes alone, and one on the device (`lax.map`), whose
    turns only `flops_within` counts.
    """

    def test(trial: Trial) -> None:
        larger = _with_larger(trial, axis)
        programs = [_program(trial, trial.args, run=False)]
        programs += [_program(trial, args, run=trial.caller.apart) for args in larger]
        counts = [sum(program.ops.values()) for program in programs]
        if max(counts[1:]) > counts[0] or counts[2] > counts[1]:
            trial.fail(
                f"the program grows with {axis}: {counts[0]} operations, and "
                f"{max(counts)} at a larger {axis}; a Python loop was unrolled"
            )
        if trial.caller.apart:
            for program, args in zip(programs[1:], larger, strict=True):
                of = f"the program at a larger {axis}, run alone, its result"
                trial.expect(program.outputs, trial.specified(args), of=of, args=args)

    return Law(name or f"no Python loop over {axis}", test, whole=(False,), sizes=1)


def _with_larger(trial: Trial, axis: str) -> list[dict[str, Any]]:
    """Draw two inputs that are larger along one axis than the exercise names.

    Where no such size is legal, the largest legal one is drawn twice.
    """
    exercise, base = trial.exercise, trial.sizes
    beyond_all = beyond(exercise, trial.seed)
    named = [s for s in exercise.sizes.get(axis, DEFAULT) if s > base[axis]]
    most = beyond_all.get(axis, 0)
    legal = [
        sizes
        for sizes in ({**base, axis: s} for s in (*named, most, 3 * most))
        if sizes[axis] > base[axis] and exercise.where(sizes)
    ]
    if not legal:
        raise ValueError(
            f"exercise {exercise.name}: no legal size of {axis} above {base}; "
            "give it more in `sizes`"
        )
    larger = [draw(exercise, s, trial.seed, whole=False) for s in (legal * 2)[-2:]]
    return [
        {k: v if isinstance(v, np.ndarray) else trial.args[k] for k, v in args.items()}
        for args in larger
    ]


def _program(trial: Trial, args: Mapping[str, Any], *, run: bool) -> Program:
    program = trial.caller.program(list(args.values()), run=run)
    if isinstance(program, Failure):
        shapes = {k: str(np.shape(v)) for k, v in args.items()}
        slip = program.kind == "accident"  # it has a sentence of its own
        text = f"could not be exported as a program: {program.text}"
        text = program.text if slip else text
        raise Broken(Finding(text, shapes, failure=program))
    bad = [c for c in program.custom_calls if not c.startswith(ALLOWED_CALLS)]
    if bad:
        trial.fail(f"the program calls {', '.join(bad)}, which leaves XLA")
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

    The numbers are seen by the evaluator alone: the program is made from their shapes.
    """

    def test(trial: Trial) -> None:
        program = _program(trial, trial.args, run=True)
        trial.expect(
            program.outputs, trial.specified(), of="the program, run alone, its result"
        )

    return Law(name, test, whole=(False,), sizes=1)


def flops_within(
    factor: float, reference: Callable[[Mapping[str, int]], float], name: str = "cost"
) -> Law:
    """The program takes at most `factor` times the operations of `reference(sizes)`.

    The body of a loop on the device counts as often as it turns; where that depends on
    numbers of the input (`lax.while_loop`), it cannot be counted, and is refused. In
    the grader the program that is counted must give the specified values.
    """

    def test(trial: Trial) -> None:
        program = _program(trial, trial.args, run=True)
        if not program.counted:
            trial.fail("holds a loop whose number of turns depends on the input")
        if trial.caller.apart:
            of = "the program, run alone, its result"
            trial.expect(program.outputs, trial.specified(), of=of)
        count, limit = program.flops, factor * reference(trial.sizes)
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
