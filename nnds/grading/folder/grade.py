"""One submission graded in isolation."""

import functools
import hashlib
import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnds import checks
from nnds.checks.engine import run
from nnds.checks.form import Exercise
from nnds.checks.report import Outcome, Report
from nnds.grading.folder.ingest import Refused, read
from nnds.grading.folder.record import SCHEMA
from nnds.grading.isolate.remote import Evaluator, Remote, Worker
from nnds.grading.isolate.sandbox import Limits, Sandbox

CHECKS = Path(checks.__file__).parent


@functools.cache  # of one run
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

    def sandbox(self, slot: int) -> Sandbox:
        modules = sorted({m for e in self.exercises for m in e.without})
        return Sandbox(self.tier, slot, modules, self.limits)

    def fingerprint(self) -> str:
        """Return what changes when a submission would have to be graded anew.

        That is any change of the files that the exercises stand in, or of the checks.
        """
        facts = [SCHEMA, self.seed, self.tier, self.hidden]
        facts += [version("nnds"), _contents(CHECKS)]
        for e in self.exercises:
            file = Path(inspect.unwrap(e.spec).__code__.co_filename)
            topic = file.parent / "__init__.py"  # what its exercises share
            facts.append([e.name, _contents(file), _contents(topic)])
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def grade(path: Path, plan: Plan, slot: int, evaluator: Evaluator) -> dict[str, Any]:
    """Return the record of one submission, as JSON data; it never raises for one.

    Every exercise of the plan has its report, with 0 points for what is not there.
    """
    names = [e.name for e in plan.exercises]
    try:
        submission = read(path, names)
    except Refused as refused:
        return _record(plan, "", [f"the file {refused}"], _nothing(plan))
    problems = list(submission.problems)
    if not submission.answered:
        problems.append(f"it defines none of {', '.join(names)}")
        return _record(plan, submission.digest, problems, _nothing(plan))
    with Worker(submission.statements, plan.sandbox(slot)) as worker:
        # those with hidden checks come last: after each the worker starts anew
        hiding = [e for e in plan.exercises if any(c.hidden for c in e.checks)]
        order = sorted(plan.exercises, key=lambda e: e in hiding)
        reports = {
            e.name: run(
                e,
                Remote(e.name, worker, evaluator),
                seed=plan.seed,
                hidden=plan.hidden,
            )
            for e in order
        }
        problems += worker.problems
    return _record(plan, submission.digest, problems, [reports[n] for n in names])


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
