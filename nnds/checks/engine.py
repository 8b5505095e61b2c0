"""The checks of one exercise, run on one function."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnds.checks.calling import Caller, Remembering
from nnds.checks.draw import alike, beyond, draw, plainer, redrawn, rounds, smaller
from nnds.checks.form import Check, Exercise
from nnds.checks.law import Broken, Finding, Law
from nnds.checks.mistakes import named
from nnds.checks.report import STOPS, Outcome, Report
from nnds.checks.trial import Trial

SHRINKS = 12  # a count and not a time, so that a report does not depend on the machine
REDRAWN = 6  # of these, how many where only the numbers are drawn anew
ONE_SENTENCE = ("accident", "error")  # failures of the code itself, whatever the input


def run(
    exercise: Exercise, caller: Caller, *, seed: int = 0, hidden: bool = False
) -> Report:
    """Return the report of the public checks, or of all with `hidden`.

    Only the first check can earn points on its own; the others count once it passed. A
    mistake that is known, and an accident such as a forgotten `return`, is said first
    and once. A wrong function never raises; an error of a check itself is an outcome.
    One that reaches into a module which the exercise rules out has no points.
    Whatever has seen a hidden input is a new process before anything public is asked,
    as it could tell what it saw.
    """
    if used := caller.uses(exercise.without):
        return _borrowed(exercise, used, hidden)
    memory = Remembering(caller)
    outcomes: list[Outcome] = []
    sentence, right, silent, tainted = "", True, "", False
    for check in exercise.checks:
        if check.hidden and not hidden:
            continue
        waits = silent or ("" if right or check.law.early else "not tried")
        if waits:
            outcomes.append(Outcome.of(check, waits, None))
            continue
        if tainted and not check.hidden:
            memory.afresh()
        tainted = check.hidden
        outcome = _outcome(exercise, check, memory, seed, right)
        if check is exercise.checks[0] and outcome.status != "passed":
            right = False
            if outcome.status == "failed" and not _accident(outcome):
                mistake = _mistake(exercise, check.law, memory, seed)
                outcome = replace(outcome, mistake=mistake)
            if outcome.status in STOPS:
                silent = outcome.status
            elif _says_all(outcome):
                silent = "not tried"
        outcomes.append(outcome)
        sentence = sentence or outcome.mistake or _accident(outcome)
    if tainted:
        memory.afresh()
    return Report(
        exercise.name,
        exercise.topic,
        tuple(outcomes),
        sentence=sentence,
        minutes=exercise.minutes,
        withheld=0 if hidden else sum(c.points for c in exercise.checks if c.hidden),
    )


def _borrowed(exercise: Exercise, used: Sequence[str], hidden: bool) -> Report:
    """Return the report that a sandbox gives as well, where the module is hidden."""
    says = f"Write this exercise without {', '.join(used)} of nnds: the work is yours."
    checks = [c for c in exercise.checks if hidden or not c.hidden]
    own = next((c for c in checks if c.law.name == "own work"), checks[0])
    finding = Finding(f"uses {', '.join(used)} of nnds", {})
    return Report(
        exercise.name,
        exercise.topic,
        tuple(
            Outcome.of(c, "failed", finding)
            if c is own
            else Outcome.of(c, "not tried", None)
            for c in checks
        ),
        sentence=says,
        minutes=exercise.minutes,
    )


def _outcome(
    exercise: Exercise, check: Check, caller: Caller, seed: int, right: bool
) -> Outcome:
    try:
        finding = first_failure(exercise, check.law, caller, seed, quick=not right)
    except Exception as error:  # the grader's own: said apart, and the rest goes on
        text = f"{type(error).__name__}: {error}"
        return Outcome.of(check, "grader error", Finding(text, {}))
    if finding is None:
        return Outcome.of(check, "passed" if right else "not counted", None)
    kind = finding.failure.kind if finding.failure else ""
    return Outcome.of(check, kind if kind in STOPS else "failed", finding)


def _accident(outcome: Outcome) -> str:
    """Return the sentence on an accident that broke a public check, or nothing."""
    if outcome.hidden:  # it may quote the input
        return ""
    failure = outcome.finding.failure if outcome.finding else None
    return failure.text if failure and failure.kind == "accident" else ""


def _says_all(outcome: Outcome) -> bool:
    """Return whether a failed first check leaves nothing for the others to say."""
    finding = outcome.finding
    if finding is None or outcome.status != "failed":
        return False
    if outcome.mistake:
        return True
    raised = finding.failure is not None and finding.failure.kind in ONE_SENTENCE
    return raised or finding.form


def _mistake(exercise: Exercise, law: Law, memory: Remembering, seed: int) -> str:
    """Return the sentence on the known mistake that a wrong function makes, if any."""
    if not exercise.mistakes or not law.draws:
        return ""
    more = (drawn.args(exercise) for drawn in _draws(exercise, law, seed))
    return named(exercise, law, memory, more)


@dataclass(frozen=True)
class Draw:
    """How an input was drawn, so that a smaller one can be drawn alike."""

    sizes: Mapping[str, int]
    seed: tuple[int, ...]
    whole: bool

    def args(self, exercise: Exercise) -> dict[str, Any]:
        return draw(exercise, self.sizes, self.seed, whole=self.whole)


def first_failure(
    exercise: Exercise,
    law: Law,
    caller: Caller,
    seed: int = 0,
    *,
    shrink: bool = True,
    quick: bool = False,
) -> Finding | None:
    """Return the smallest failure of a law, of those that were tried, or None.

    Without `shrink` it is the first: enough for whoever only asks whether there is one.
    `quick` tries one small input, which an earlier law has drawn as well.
    """
    if not law.draws:
        return _broken(law, Trial(exercise, caller, {}))
    draws = list(_draws(exercise, law, seed))
    if quick:
        draws, shrink = draws[1:2] or draws, False
    for i, drawn in enumerate(draws):
        args = drawn.args(exercise)
        trial = Trial(exercise, caller, args, first=i == 0, seed=drawn.seed)
        finding = _broken(law, trial)
        if finding is None:
            continue
        if not shrink or finding.failure:  # it says what it is, or took long
            return finding
        return _smallest(law, replace(trial, first=False), drawn, finding)
    return None


def _draws(exercise: Exercise, law: Law, seed: int) -> Iterator[Draw]:
    """Yield the inputs of a law: no other law gets the same numbers, so that the
    hidden inputs of a run are not among its public ones.
    """
    own = (seed, zlib.crc32(law.name.encode()))
    steps = list(rounds(exercise, max(law.sizes, 3)))
    full = [s for s in steps if 0 not in s.values()]
    if law.sizes < 3:  # few and costly: not the trivial sizes
        full = full[-law.sizes :]
    full += full[-1:] * (law.sizes - len(full))  # of one size: other numbers instead
    empty = [s for s in steps if 0 in s.values()] if law.empty else []
    for whole in law.whole:
        for i, sizes in enumerate(full):
            yield Draw(sizes, (*own, i), whole)
    for sizes in (beyond(exercise, own), alike(exercise)) if law.beyond else ():
        if sizes:
            yield Draw(sizes, own, law.whole[-1])
    for sizes in empty:
        yield Draw(sizes, own, law.whole[0])


def _broken(law: Law, trial: Trial) -> Finding | None:
    try:
        law.test(trial)
    except Broken as broken:
        return broken.finding
    return None


def _smallest(law: Law, trial: Trial, drawn: Draw, finding: Finding) -> Finding:
    """Return a failure on a smaller input and then on plainer numbers, if there are."""
    exercise, left, moved = trial.exercise, SHRINKS, True
    while moved:
        moved = False
        for sizes in smaller(exercise, drawn.sizes):
            if (left := left - 1) < 0:
                return finding
            less = replace(drawn, sizes=sizes)
            other = replace(trial, args=less.args(exercise))
            if (broken := _broken(law, other)) is not None:
                drawn, trial, finding, moved = less, other, broken, True
                break
    for args in redrawn(exercise, drawn.sizes, drawn.seed, trial.args, REDRAWN):
        if (left := left - 1) < 0:
            return finding
        other = replace(trial, args=args)
        if (broken := _broken(law, other)) is not None:
            trial, finding = other, broken
            break
    for args in plainer(trial.args, exercise.given):
        if (left := left - 1) < 0:
            return finding
        if (broken := _broken(law, replace(trial, args=args))) is not None:
            return broken
    return finding
