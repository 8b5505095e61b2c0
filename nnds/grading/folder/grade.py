"""One submission graded in isolation."""

import functools
import hashlib
import inspect
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnds import checks
from nnds.checks.engine import run
from nnds.checks.form import Exercise
from nnds.checks.report import Outcome, Report
from nnds.grading.folder.ingest import Refused, Submission, read
from nnds.grading.folder.record import SCHEMA
from nnds.grading.isolate.remote import Evaluator, Remote, Worker
from nnds.grading.isolate.sandbox import Limits, Sandbox

CHECKS = Path(checks.__file__).parent


@functools.cache  # of one run
@functools.cache  # as it may lie where a user who is to be tried cannot read
def installed() -> str:
    """Return the version of this package."""
    return version("nnds")


def _contents(path: Path) -> str:
    """Return the hash of a file, or of all Python files of a folder."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    parts = [file.read_bytes() for file in files if file.is_file()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


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

    def sandbox(self, slot: int, hidden: Collection[str] = ()) -> Sandbox:
        return Sandbox(self.tier, slot, sorted(hidden), self.limits)

    def fingerprint(self) -> str:
        """Return what changes when a submission would have to be graded anew.

        That is any change of the files that the exercises stand in, or of the checks.
        """
        facts = [SCHEMA, self.seed, self.tier, self.hidden]
        facts += [installed(), _contents(CHECKS)]
        for e in self.exercises:
            file = Path(inspect.unwrap(e.spec).__code__.co_filename)
            topic = file.parent / "__init__.py"  # what its exercises share
            facts.append([e.name, _contents(file), _contents(topic)])
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def grade(path: Path, plan: Plan, slot: int, evaluator: Evaluator) -> dict[str, Any]:
    """Return the record of one submission, as JSON data; it never raises for one.

    Every exercise of the plan has its report, with 0 points for what is not there.
    """
    try:
        submission = read(path, [e.name for e in plan.exercises])
    except Refused as refused:
        return _record(plan, "", [f"the file {refused}"], _nothing(plan))
    reports, problems = examined(submission, plan, slot, evaluator)
    return _record(plan, submission.digest, problems, reports)


def examined(
    submission: Submission, plan: Plan, slot: int, evaluator: Evaluator
) -> tuple[list[Report], list[str]]:
    """Return a report on each exercise of the plan, and what was odd.

    What the answers need of the submission is run, as far as reading tells, without
    what any exercise is to be written without. Where a name is missing then, it is run
    for that exercise alone, and last all of it.
    """
    problems = dict.fromkeys(submission.problems)
    asked = [e for e in plan.exercises if e.name in submission.hinted]
    hidden = frozenset(module for e in asked for module in e.without)
    needed, whole = submission.needed(), submission.whole()
    workers: dict[tuple[bool, frozenset[str]], Worker] = {}

    def report(exercise: Exercise) -> Report:
        own = frozenset(exercise.without)
        first, *others = dict.fromkeys([(False, hidden), (False, own), (True, own)])
        result = tried(exercise, *first)
        for other in others:
            if _lacks_a_name(result):
                result = tried(exercise, *other)
        return result

    def tried(exercise: Exercise, all_of_it: bool, modules: frozenset[str]) -> Report:
        key = all_of_it, modules
        for other in workers.values():  # what it left running would take memory
            if other is not workers.get(key):
                other.stop()
        if key not in workers:
            box = plan.sandbox(slot, modules)
            workers[key] = Worker(whole if all_of_it else needed, box)
        remote = Remote(exercise.name, workers[key], evaluator)
        return run(exercise, remote, seed=plan.seed, hidden=plan.hidden)

    # those with hidden checks come last: after each the worker starts anew
    asked.sort(key=lambda e: any(c.hidden for c in e.checks))
    reports = {report.exercise: report for report in _nothing(plan)}
    try:
        reports |= {e.name: report(e) for e in asked}
    finally:
        for worker in workers.values():
            worker.stop()
    if not any(o.status != "missing" for r in reports.values() for o in r.outcomes):
        problems[f"it defines none of {', '.join(sorted(reports))}"] = None
    own = {frozenset(e.without) for e in asked}
    for (_, modules), worker in workers.items():
        if modules in own:  # else it went without more than an exercise asks for
            problems |= dict.fromkeys(worker.problems)
    return [*reports.values()], [*problems]


def _lacks_a_name(report: Report) -> bool:
    """Return whether something that is defined elsewhere may be what it failed for."""
    failures = (o.finding.failure for o in report.outcomes if o.finding)
    texts = [failure.text for failure in failures if failure]
    return any("is not defined" in text for text in texts)


def _nothing(plan: Plan) -> list[Report]:
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
        for e in plan.exercises
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


def ungraded(plan: Plan, problem: str, status: str = "missing") -> dict[str, Any]:
    """Return the record of what was not run: 0 points, each check with that status."""
    reports = []
    for e in plan.exercises:
        checks = [c for c in e.checks if plan.hidden or not c.hidden]
        outcomes = tuple(Outcome.of(check, status, None) for check in checks)
        reports.append(Report(e.name, e.topic, outcomes))
    return _record(plan, "", [problem], reports)
