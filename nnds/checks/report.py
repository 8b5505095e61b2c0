"""The report on one exercise: as text, as HTML, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nnds.checks.form import Check
from nnds.checks.law import Finding

SAID = {
    "passed": "passed",
    "failed": "FAILED",
    "not counted": "holds",
    "not tried": "not tried",
    "not implemented": "not implemented",
    "missing": "is not there",
    "grader error": "error of the grader, not yours",
}
STOPS = ("not implemented", "missing")
WAITING = (*STOPS, "not tried")  # nothing is to be said of the check itself
# White on these is readable (4.5:1), whatever the page behind them looks like.
COLOURS = {"passed": "#1a7f37", "failed": "#b32222"}
GREY = "#57606a"
BADGE = (
    "display:inline-block;padding:0 .5em;border-radius:.4em;color:#fff;background:{};"
    "white-space:nowrap"
)
UNLABELLED = ("problem", "mistake", "note")
VALUES = ("input", "received", "expected")
CELL = "text-align:left;vertical-align:top;padding:.3em .8em;white-space:normal"
CODE = "white-space:pre-wrap;overflow-wrap:anywhere;background:none;color:inherit"


@dataclass(frozen=True)
class Outcome:
    """One check and how it went; points are earned when it passed.

    mistake: the sentence on the known mistake that broke it, if it is one.
    """

    law: str
    status: str
    points: int
    hint: str
    section: str
    hidden: bool
    finding: Finding | None
    mistake: str = ""

    @classmethod
    def of(cls, check: Check, status: str, finding: Finding | None) -> "Outcome":
        return cls(
            law=check.law.name,
            status=status,
            points=check.points,
            hint=check.hint,
            section=check.section,
            hidden=check.hidden,
            finding=finding,
        )

    @property
    def earned(self) -> int:
        return self.points if self.status == "passed" else 0

    def explanation(self) -> list[tuple[str, str]]:
        """Return what a student may read on the failure, as labels and texts.

        A hidden check gives its hint only: its input could be copied into a solution.
        """
        finding = self.finding
        if self.status == "not counted":
            return [("note", "counts once the values are right")]
        if self.status not in ("failed", "grader error"):
            return []
        hint = [("hint", f"{self.hint} (book, section {self.section})")]
        if self.status == "grader error":
            hint = []
        if finding is None:
            return hint
        failure = finding.failure
        if self.hidden:
            shown = failure is not None and failure.kind not in ("error", "accident")
            return [*([("problem", failure.kind)] if failure and shown else []), *hint]
        lines = [("mistake", self.mistake)] if self.mistake else []
        lines.append(("problem", finding.problem))
        if failure is not None and failure.kind == "accident":
            return lines
        lines += [("input", f"{k} = {v}") for k, v in finding.inputs.items()]
        if finding.received:
            lines.append(("received", finding.received))
            lines.append(("expected", finding.expected))
        return lines if finding.form or self.mistake else lines + hint


@dataclass(frozen=True)
class Report:
    """All outcomes of one exercise. Shown as a table in a notebook, as text elsewhere.

    said: the sentence on a known mistake or an accident, to be read first.
    minutes: how long the exercise takes, or 0.
    withheld: the points of the hidden checks, where these were not run.
    """

    exercise: str
    topic: str
    outcomes: tuple[Outcome, ...]
    said: str = ""
    minutes: int = 0
    withheld: int = 0

    @property
    def earned(self) -> int:
        return sum(outcome.earned for outcome in self.outcomes)

    @property
    def points(self) -> int:
        return sum(outcome.points for outcome in self.outcomes)

    @property
    def passed(self) -> bool:
        return all(outcome.status == "passed" for outcome in self.outcomes)

    @property
    def stopped(self) -> str:
        """Why nothing could be checked, or an empty string."""
        statuses = {outcome.status for outcome in self.outcomes}
        return next((s for s in STOPS if statuses == {s}), "")

    def __repr__(self) -> str:
        if self.stopped:
            return self._one_line()
        lines = [self._title(), *([f"  {self.said}"] if self.said else [])]
        shown = [o for o in self.outcomes if o.status not in WAITING]
        width = max((len(outcome.law) for outcome in shown), default=0)
        for outcome in shown:
            points = f"{outcome.earned}/{outcome.points}"
            says = SAID[outcome.status]
            lines.append(f"  {points:>5}  {outcome.law:<{width}}  {says}")
            lines += [f"         {k:>8}: {v}" for k, v in self._below(outcome)]
        if waiting := self._waiting():
            lines.append(f"         {waiting}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        if self.stopped:
            return f'<p class="nnds-report">{escape(self._one_line())}</p>'
        said = f"<br><strong>{escape(self.said)}</strong>" if self.said else ""
        caption = (
            '<caption style="text-align:left;caption-side:top;color:inherit">'
            f"{escape(self._title())}{said}</caption>"
        )
        names = ("check", "outcome", "why", "points")
        head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in names)
        shown = [o for o in self.outcomes if o.status not in WAITING]
        body = [_html(outcome, self._below(outcome)) for outcome in shown]
        if waiting := self._waiting():
            body.append(
                f'<tr><td colspan="4" style="{CELL}">{escape(waiting)}</td></tr>'
            )
        return (
            f'<table class="nnds-report">{caption}<thead><tr>{head}</tr></thead>'
            f"<tbody>{''.join(body)}</tbody></table>"
        )

    def _below(self, outcome: Outcome) -> list[tuple[str, str]]:
        """Return the explanation of an outcome, without what is said above already."""
        lines = outcome.explanation()
        below = [line for line in lines if line[1] != self.said]
        return below if below or not lines else [("problem", "as said above")]

    def _title(self) -> str:
        more = f", and {self.withheld} more by hidden checks" if self.withheld else ""
        points = f"{self.earned} of {self.points} points{more}"
        return f"{self.exercise} ({self.topic}): {points}"

    def _one_line(self) -> str:
        time = f"{self.minutes} minutes, " if self.minutes else ""
        reason = SAID[self.stopped]
        points = f"{self.points + self.withheld} points"
        return f"{self.exercise} ({self.topic}): {reason} ({time}{points})"

    def _waiting(self) -> str:
        names = [o.law for o in self.outcomes if o.status == "not tried"]
        return f"Not tried before this is right: {', '.join(names)}." if names else ""

    def data(self) -> Mapping[str, Any]:
        """Return the report as JSON data. Same function, same seed: same bytes."""
        return {
            "exercise": self.exercise,
            "topic": self.topic,
            "earned": self.earned,
            "points": self.points,
            "outcomes": [
                {
                    "law": outcome.law,
                    "status": outcome.status,
                    "earned": outcome.earned,
                    "points": outcome.points,
                    "hidden": outcome.hidden,
                    "explanation": [list(line) for line in outcome.explanation()],
                }
                for outcome in self.outcomes
            ],
        }


def _html(outcome: Outcome, lines: Sequence[tuple[str, str]]) -> str:
    """Return one outcome as a row of the table, its reasons beside it."""
    mark = {"passed": "✓ ", "failed": "✗ "}.get(outcome.status, "")
    badge = BADGE.format(COLOURS.get(outcome.status, GREY))
    return (
        f'<tr><th scope="row" style="{CELL};font-weight:normal">{escape(outcome.law)}'
        f'</th><td style="{CELL}"><span style="{badge}">{mark}'
        f"{escape(SAID[outcome.status])}</span></td>"
        f'<td style="{CELL}">{_reasons(lines)}</td>'
        f'<td style="{CELL}">{outcome.earned} / {outcome.points}</td></tr>'
    )


def _reasons(lines: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f"<div>{'' if label in UNLABELLED else f'{escape(label)}: '}"
        + (
            f'<code style="{CODE}">{escape(text)}</code>'
            if label in VALUES
            else escape(text)
        )
        + "</div>"
        for label, text in lines
    )
