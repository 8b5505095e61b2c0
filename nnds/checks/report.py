"""The report on one exercise: as text, as HTML, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from nnds.checks.form import Check
from nnds.checks.law import Finding

SAID = {
    "passed": "passed",
    "failed": "FAILED",
    "not counted": "holds, counts once the values are right",
    "not implemented": "not implemented",
    "missing": "not found",
    "grader error": "error of the grader, not yours",
}
STOPS = ("not implemented", "missing")


@dataclass(frozen=True)
class Row:
    """One check and how it went; points are earned when it passed."""

    law: str
    status: str
    points: int
    hint: str
    section: str
    hidden: bool
    finding: Finding | None

    @classmethod
    def of(cls, check: Check, status: str, finding: Finding | None) -> "Row":
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

    @property
    def stops(self) -> bool:
        """Whether there is no function to try the other checks on."""
        return self.status in STOPS

    def explanation(self) -> list[tuple[str, str]]:
        """Return what a student may read on the failure, as labels and texts.

        A hidden check gives its hint only: its input could be copied into a solution.
        """
        lines: list[tuple[str, str]] = []
        found = self.finding
        if self.stops or self.status in ("passed", "not counted"):
            return lines
        if found is not None and not self.hidden:
            lines.append(("problem", found.problem))
            lines += [("input", f"{k} = {v}") for k, v in found.inputs.items()]
            if found.received:
                lines.append(("received", found.received))
                lines.append(("expected", found.expected))
        elif found is not None and found.failure and found.failure.kind != "error":
            lines.append(("problem", found.failure.kind))
        if self.status == "failed":
            lines.append(("hint", f"{self.hint} (section {self.section})"))
        return lines


@dataclass(frozen=True)
class Report:
    """All rows of one exercise. Shown as a table in a notebook, as text elsewhere."""

    exercise: str
    topic: str
    rows: tuple[Row, ...]

    @property
    def earned(self) -> int:
        return sum(row.earned for row in self.rows)

    @property
    def points(self) -> int:
        return sum(row.points for row in self.rows)

    @property
    def passed(self) -> bool:
        return all(row.status == "passed" for row in self.rows)

    def __repr__(self) -> str:
        lines = [self._title()]
        width = max((len(row.law) for row in self.rows), default=0)
        for row in self.rows:
            points = f"{row.earned}/{row.points}"
            lines.append(f"  {points:>5}  {row.law:<{width}}  {SAID[row.status]}")
            lines += [f"         {k:>8}: {v}" for k, v in row.explanation()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = (
            '<tr><th scope="col">check</th><th scope="col">outcome</th>'
            '<th scope="col">points</th><th scope="col">why</th></tr>'
        )
        body = "".join(_html_row(row) for row in self.rows)
        caption = f'<caption style="text-align:left">{escape(self._title())}</caption>'
        return (
            f'<table class="nnds-report">{caption}<thead>{head}</thead>'
            f"<tbody>{body}</tbody></table>"
        )

    def _title(self) -> str:
        return f"{self.exercise} ({self.topic}): {self.earned} of {self.points} points"

    def data(self) -> Mapping[str, Any]:
        """Return the report as JSON data. Same function, same seed: same bytes."""
        return {
            "exercise": self.exercise,
            "topic": self.topic,
            "earned": self.earned,
            "points": self.points,
            "rows": [
                {
                    "law": row.law,
                    "status": row.status,
                    "earned": row.earned,
                    "points": row.points,
                    "hidden": row.hidden,
                    "explanation": [list(line) for line in row.explanation()],
                }
                for row in self.rows
            ],
        }


def _html_row(row: Row) -> str:
    mark = {"passed": "✓ ", "failed": "✗ "}.get(row.status, "")
    why = "".join(
        f"<dt>{escape(label)}</dt>"
        f'<dd><code style="white-space:pre-wrap">{escape(text)}</code></dd>'
        for label, text in row.explanation()
    )
    return (
        f'<tr><th scope="row">{escape(row.law)}</th>'
        f"<td>{mark}{escape(SAID[row.status])}</td>"
        f"<td>{row.earned} / {row.points}</td>"
        f'<td style="text-align:left">{f"<dl>{why}</dl>" if why else ""}</td></tr>'
    )
