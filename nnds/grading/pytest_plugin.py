"""Pytest, over a submission: `pytest --nnds-submission ann.ipynb --nnds-topic conv`.

Each check of each exercise is one test. The submission runs in a sandbox, never in
this process; a check that pytest skips or never reaches has earned nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nnds.grading.publish.clean import clean


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("nnds", "grading of nnds exercises")
    group.addoption("--nnds-submission", help="The notebook or .py file to grade.")
    group.addoption(
        "--nnds-topic", action="append", default=[], help="Else the topics it answers."
    )
    group.addoption("--nnds-exercises", help="A folder of private exercises.")
    group.addoption("--nnds-seed", type=int, default=None, help="Of the inputs.")
    group.addoption(
        "--nnds-public", action="store_true", help="Leave out the hidden checks."
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> Any:
    """Collect the checks instead of files, when a submission is named."""
    config = session.config
    name = config.getoption("--nnds-submission")
    if name is None:
        return None
    grading = Grading.from_parent(session, name=clean(name), where=Path(name))
    session.items = list(grading.collect())
    session.testscollected = len(session.items)
    config.hook.pytest_collection_finish(session=session)
    return session.items


class Grading(pytest.Collector):
    """The checks of one submission; it is graded when the first of them runs."""

    record: "dict[str, Any] | None" = None

    def __init__(self, *, where: Path, **options: Any) -> None:
        super().__init__(**options)
        self.where = where  # its name is written where others read commands

    def collect(self) -> "Iterator[CheckItem]":
        from nnds.grading.folder.grade import Plan
        from nnds.grading.folder.listing import planned
        from nnds.grading.isolate.sandbox import best_tier
        from nnds.grading.load import exercises

        option = self.config.getoption
        known = exercises(option("--nnds-exercises"))
        chosen = planned(known, self.where, option("--nnds-topic") or ())
        seed = option("--nnds-seed")
        if seed is None:
            import secrets

            seed = secrets.randbits(48)
        self.plan = Plan(
            exercises=chosen,
            seed=seed,
            tier=best_tier(),
            hidden=not option("--nnds-public"),
        )
        for exercise in chosen:
            for check in exercise.checks:
                if self.plan.hidden or not check.hidden:
                    where = (exercise.name, check.law.name)
                    yield CheckItem.from_parent(self, name="-".join(where), where=where)

    def outcome(self, exercise: str, law: str) -> dict[str, Any]:
        from nnds.grading.folder.grade import grade
        from nnds.grading.isolate.remote import Evaluator
        from nnds.grading.isolate.trial import works

        if self.record is None:
            works(self.plan.tier)
            with Evaluator(self.plan.sandbox(1)) as evaluator:
                self.record = grade(self.where, self.plan, 0, evaluator)
        for report in self.record["exercises"]:
            if report["exercise"] == exercise:
                return next(r for r in report["outcomes"] if r["law"] == law)
        raise LookupError(f"{exercise} has no report")


class CheckItem(pytest.Item):
    """One check as a test. It is the grader that decides, in `Grading.outcome`."""

    def __init__(self, *, where: tuple[str, str], **options: Any) -> None:
        super().__init__(**options)
        self.where = where

    def runtest(self) -> None:
        assert isinstance(self.parent, Grading)
        outcome = self.parent.outcome(*self.where)
        self.user_properties.append(("earned", outcome["earned"]))
        self.user_properties.append(("points", outcome["points"]))
        if outcome["status"] != "passed":
            raise NotPassed(outcome)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return Path(self.parent.name if self.parent else ""), None, self.name


class NotPassed(Exception):
    """What the student may read on a check that did not pass."""

    def __init__(self, outcome: dict[str, Any]) -> None:
        from nnds.grading.publish.exports import said_on

        super().__init__(said_on(outcome))
