"""One submission graded in isolation."""

import hashlib
import inspect
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnds.checks.engine import run
from nnds.checks.form import Exercise
from nnds.checks.report import Outcome, Report
from nnds.grading.folder.ingest import Refused, Submission, read
from nnds.grading.folder.record import SCHEMA
from nnds.grading.isolate.remote import Evaluator, Remote, Worker
from nnds.grading.isolate.sandbox import Limits, Sandbox


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is graded and how: the same for every submission of a folder.

    seed: of the inputs; secret, or the hidden ones could be computed in advance.
    """

    exercises: Sequence[Exercise]
    seed: int
    tier: int
    hidden: bool = True
    limits: Limits = field(default_factory=Limits)

    def sandbox(self, slot: int, hidden: Sequence[str] = ()) -> Sandbox:
        return Sandbox(self.tier, slot, sorted(hidden), self.limits)

    def fingerprint(self) -> str:
        """Return what changes when a submission would have to be graded anew."""
        facts = [SCHEMA, self.seed, self.tier, self.hidden]
        for e in self.exercises:
            checks = [(c.law.name, c.points, c.hidden) for c in e.checks]
            facts.append([e.name, checks, inspect.getsource(inspect.unwrap(e.spec))])
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def grade(path: Path, plan: Plan, slot: int, evaluator: Evaluator) -> dict[str, Any]:
    """Return the record of one submission, as JSON data; it never raises for one.

    Every exercise of the plan has its report, with 0 points for what is not there.
    """
    try:
        submission = read(path, [e.name for e in plan.exercises])
    except Refused as refused:
        return _record(
            plan, "", [f"the file {refused}"], _nothing(plan, plan.exercises)
        )
    reports, problems = examined(submission, plan, slot, evaluator)
    return _record(plan, submission.digest, problems, reports)


def examined(
    submission: Submission, plan: Plan, slot: int, evaluator: Evaluator
) -> tuple[list[Report], list[str]]:
    """Return a report on each exercise of the plan, and what was odd.

    What the answers need of the submission is run, as far as reading tells; where a
    name is missing in that, all of it is.
    """
    reports, problems = [], dict.fromkeys(submission.problems)
    cells, whole = submission.needed(), submission.whole()
    if not submission.answered:
        names = ", ".join(e.name for e in plan.exercises)
        problems[f"it defines none of {names}"] = None
    with ExitStack() as stack:
        workers: dict[Any, Worker] = {}

        def report(exercise: Exercise, cells: Sequence[Any], which: str) -> Report:
            key = (which, tuple(exercise.without))
            if key not in workers:  # one for all that must do without the same modules
                box = plan.sandbox(slot, exercise.without)
                workers[key] = stack.enter_context(Worker(cells, box))
            for other in workers.values():  # what it left running would take memory
                if other is not workers[key]:
                    other.stop()
            remote = Remote(exercise.name, workers[key], evaluator)
            return run(exercise, remote, seed=plan.seed, hidden=plan.hidden)

        for exercise in plan.exercises:
            if exercise.name not in submission.hinted:
                reports += _nothing(plan, [exercise])
                continue
            first = report(exercise, cells, "needed")
            if _lacks_a_name(first) and len(whole) > 0 and whole != cells:
                first = report(exercise, whole, "whole")
            reports.append(first)
        for worker in workers.values():
            problems |= dict.fromkeys(worker.problems)
    return reports, [*problems]


def _lacks_a_name(report: Report) -> bool:
    """Return whether something that is defined elsewhere may be what it failed for."""
    failures = (o.finding.failure for o in report.outcomes if o.finding)
    texts = [failure.text for failure in failures if failure]
    return any("is not defined" in text for text in texts)


def _nothing(plan: Plan, exercises: Sequence[Exercise]) -> list[Report]:
    """Return the reports on functions that are not there."""
    return [
        Report(
            e.name,
            e.topic,
            tuple(
                Outcome.of(check, "missing", None)
                for check in e.checks
                if plan.hidden or not check.hidden
            ),
        )
        for e in exercises
    ]


def _record(
    plan: Plan, digest: str, problems: Sequence[str], reports: Sequence[Report]
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "plan": plan.fingerprint(),
        "digest": digest,
        "tier": plan.tier,
        "earned": sum(r.earned for r in reports),
        "points": sum(r.points for r in reports),
        "problems": list(problems),
        "exercises": [r.data() for r in reports],
    }
