"""The checks of one exercise, run on one function."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nnds.checks.calling import Caller
from nnds.checks.draw import draw, plainer, rounds, smaller
from nnds.checks.form import Check, Exercise
from nnds.checks.law import Broken, Finding, Law
from nnds.checks.report import Report, Row
from nnds.checks.trial import Trial

SHRINKS = 12  # a count and not a time, so that a report does not depend on the machine


def run(
    exercise: Exercise, caller: Caller, *, seed: int = 0, hidden: bool = False
) -> Report:
    """Return the report of the public checks, or of all with `hidden`.

    Only the first check can earn points on its own; the others count once it passed.
    A wrong function never raises; an error of a check itself is a row that says so.
    """
    rows: list[Row] = []
    right = True
    for check in exercise.checks:
        if check.hidden and not hidden:
            continue
        if rows and rows[0].stops:
            rows.append(Row.of(check, rows[0].status, rows[0].finding))
            continue
        row = _row(exercise, check, caller, seed, right)
        rows.append(row)
        if check is exercise.checks[0]:
            right = row.status == "passed"
    return Report(exercise.name, exercise.topic, tuple(rows))


def _row(
    exercise: Exercise, check: Check, caller: Caller, seed: int, right: bool
) -> Row:
    try:
        finding = first_failure(exercise, check.law, caller, seed)
    except Exception as error:  # the grader's own: said apart, and the rest goes on
        text = f"{type(error).__name__}: {error}"
        return Row.of(check, "grader error", Finding(text, {}))
    if finding is not None:
        stub = finding.failure is not None and finding.failure.kind in (
            "not implemented",
            "missing",
        )
        status = finding.failure.kind if stub and finding.failure else "failed"
        return Row.of(check, status, finding)
    return Row.of(check, "passed" if right else "not counted", None)


@dataclass(frozen=True)
class Draw:
    """How an input was drawn, so that a smaller one can be drawn alike."""

    sizes: Mapping[str, int]
    seed: tuple[int, ...]
    whole: bool

    def args(self, exercise: Exercise) -> dict[str, Any]:
        return draw(exercise, self.sizes, self.seed, whole=self.whole)


def first_failure(
    exercise: Exercise, law: Law, caller: Caller, seed: int = 0, *, shrink: bool = True
) -> Finding | None:
    """Return the smallest failure of a law that was found, or None.

    Without `shrink` it is the first: enough for whoever only asks whether there is one.
    """
    if not law.draws:
        return _broken(law, Trial(exercise, caller, {}))
    for i, drawn in enumerate(_draws(exercise, law, seed)):
        trial = Trial(exercise, caller, drawn.args(exercise), first=i == 0)
        finding = _broken(law, trial)
        if finding is None:
            continue
        if not shrink or (finding.failure and finding.failure.kind != "error"):
            return finding  # it took long, or the worker with it: not once more
        return _shrunk(law, trial, drawn, finding)
    return None


def _draws(exercise: Exercise, law: Law, seed: int) -> Iterator[Draw]:
    steps = list(rounds(exercise, max(law.sizes, 3)))
    full = [s for s in steps if 0 not in s.values()]
    if law.sizes < 3:  # few and costly: not the trivial sizes
        full = full[-law.sizes :]
    full += full[-1:] * (law.sizes - len(full))  # of one size: other numbers instead
    empty = [s for s in steps if 0 in s.values()] if law.empty else []
    for whole in law.whole:
        for i, sizes in enumerate(full):
            yield Draw(sizes, (seed, i), whole)
    for sizes in empty:
        yield Draw(sizes, (seed,), law.whole[0])


def _broken(law: Law, trial: Trial) -> Finding | None:
    try:
        law.test(trial)
    except Broken as broken:
        return broken.finding
    return None


def _shrunk(law: Law, trial: Trial, drawn: Draw, finding: Finding) -> Finding:
    """Return a failure on a smaller input and then on plainer numbers, if there are."""
    exercise, left, moved = trial.exercise, SHRINKS, True
    while moved:
        moved = False
        for sizes in smaller(exercise, drawn.sizes):
            if (left := left - 1) < 0:
                return finding
            less = replace(drawn, sizes=sizes)
            other = replace(trial, args=less.args(exercise))
            if (found := _broken(law, other)) is not None:
                drawn, trial, finding, moved = less, other, found, True
                break
    for args in plainer(trial.args, exercise.given):
        if (left := left - 1) < 0:
            return finding
        if (found := _broken(law, replace(trial, args=args))) is not None:
            return found
    return finding
