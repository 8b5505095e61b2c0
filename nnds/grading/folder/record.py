"""The record of one submission: plain JSON data, and what it must look like."""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Record = Mapping[str, Any]
FILE = Path(__file__).with_name("record.schema.json")
SCHEMA = "nnds-grade-2"
TIERS = {
    3: "own processes, network and user, system calls and resources limited",
    2: "own processes and network, system calls and resources limited",
    1: "files and system calls limited",
    0: "none: the author of the code was trusted",
}


@functools.cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # its formats take 0.7 s to import

    schema = json.loads(FILE.read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def wrong_with(record: Any) -> str | None:
    """Return what breaks the form of a record (`record.schema.json`), or None.

    >>> wrong_with({"schema": "another"})[:9]
    'in record'
    """
    from jsonschema.exceptions import best_match

    error = best_match(_validator().iter_errors(record))
    if error is not None:
        place = "/".join(["record", *map(str, error.absolute_path)])
        return f"in {place}: {error.message[:200]}"
    for part in (record, *record["exercises"]):
        inner = part["outcomes"] if "outcomes" in part else part["exercises"]
        for key in ("earned", "points"):
            if part[key] != sum(x[key] for x in inner):
                return f"in record: {key} is {part[key]}, and not the sum of its parts"
    return None


def outcomes(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (exercise, outcome) for each check of a record."""
    return [
        (report["exercise"], outcome)
        for report in record["exercises"]
        for outcome in report["outcomes"]
    ]


def grader_failed(record: Record) -> bool:
    """Return whether a check itself failed, so that the marks say too little."""
    return any(outcome["status"] == "grader error" for _, outcome in outcomes(record))


def most_failed(records: Iterable[Record], count: int) -> list[tuple[str, int]]:
    """Return the checks that most students fail, and how many; of each, what counts."""
    failed = Counter(
        f"{exercise}: {outcome['law']}"
        for record in records
        if record["counts"]
        for exercise, outcome in outcomes(record)
        if outcome["status"] == "failed"
    )
    return failed.most_common(count)


def isolation(record: Record) -> str:
    """Return a line that says how the code of a submission was kept apart."""
    return f"Isolation tier {record['tier']}: {TIERS[record['tier']]}."
