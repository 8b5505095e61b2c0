"""Records in the forms that other systems read. Text of a submission is data in all.

Every function takes records as `grade_folder` returns them and returns text. The rules
of each form, with their sources, are in `tests/export_rules.py`.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from xml.etree import ElementTree

from nnds.grading.folder.listing import MOODLE
from nnds.grading.folder.record import Record, isolation, outcomes
from nnds.grading.publish.clean import cell, clean


def said_on(outcome: Mapping[str, Any]) -> str:
    """Return what a student may read on one check."""
    lines = [f"{label}: {text}" for label, text in outcome["explanation"]]
    return clean("\n".join([outcome["status"], *lines]))


def gradescope(record: Record) -> str:
    """Return `results.json` of one submission; all output is text, never HTML."""
    tests = [
        {
            "name": f"{exercise}: {outcome['law']}",
            "name_format": "text",
            "score": outcome["earned"],
            "max_score": outcome["points"],
            "status": "passed" if outcome["status"] == "passed" else "failed",
            "output": said_on(outcome),
            "output_format": "text",
            "visibility": "after_published" if outcome["hidden"] else "visible",
        }
        for exercise, outcome in outcomes(record)
    ]
    result = {
        "score": record["earned"],
        "output": clean("\n".join([*record["problems"], isolation(record)])),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"schema": record["schema"], "tier": record["tier"]},
        "tests": tests,
    }
    return json.dumps(result, indent=1)


def classroom(record: Record) -> str:
    """Return the result that GitHub Classroom's grading reporter reads, as JSON.

    The reporter takes it encoded in base64 from the variable `RUNNER_RESULTS`.
    """
    tests = [
        {
            "name": f"{exercise}: {outcome['law']}",
            "status": _outcome(outcome["status"]),
            "score": outcome["earned"],
            "message": said_on(outcome),
            "test_code": "",
            "filename": "",
            "line_no": 0,
            "execution_time": 0,
        }
        for exercise, outcome in outcomes(record)
    ]
    statuses = {test["status"] for test in tests}
    worst = next((s for s in ("fail", "error") if s in statuses), "pass")
    result = {
        "version": 1,
        "status": worst if tests else "error",
        "max_score": record["points"],
        "tests": tests,
    }
    return json.dumps(result, indent=1)


def _outcome(status: str) -> str:
    return {"passed": "pass", "grader error": "error"}.get(status, "fail")


def _table(header: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    for line in lines:
        writer.writerow([cell(x) if isinstance(x, str) else x for x in line])
    return stream.getvalue()


def nbgrader(records: Sequence[Record], assignment: str) -> str:
    """Return the table that `nbgrader export` writes, one line a student."""
    header = (
        *("assignment", "duedate", "timestamp", "student_id", "last_name"),
        *("first_name", "email", "raw_score", "late_submission_penalty"),
        *("score", "max_score"),
    )
    lines = [
        (
            *(assignment, "", "", r["student"], "", "", ""),
            *(float(r["earned"]), 0.0, float(r["earned"]), float(r["points"])),
        )
        for r in records
        if r["counts"]
    ]
    return _table(header, lines)


def moodle(records: Sequence[Record]) -> str:
    """Return Moodle's offline grading worksheet.

    A student whose folder or file is named as Moodle names it,
    `Ann_123_assignsubmission_file`, is `Participant 123`, whom the upload finds; any
    other name is to be replaced by hand. The empty date keeps the upload from changing
    a grade that Moodle has already.
    """
    header = (
        *("Identifier", "Full name", "Grade", "Maximum Grade"),
        *("Last modified (grade)", "Feedback comments"),
    )
    lines = [
        (*_participant(r["student"]), r["earned"], r["points"], "", _feedback(r))
        for r in records
        if r["counts"]
    ]
    return _table(header, lines)


def _participant(student: str) -> tuple[str, str]:
    """Return the identifier and the name that Moodle gave to a folder or a file.

    >>> _participant("Ann Lee_123_assignsubmission")
    ('Participant 123', 'Ann Lee')
    """
    match = MOODLE.match(f"{student}_")
    if match is None:
        return student, student
    return f"Participant {match[2]}", match[1]


def _feedback(record: Record) -> str:
    """Return HTML, as Moodle takes comments to be."""
    lines = [*record["problems"]]
    for exercise, outcome in outcomes(record):
        lines.append(
            f"{exercise}, {outcome['law']}: {outcome['earned']}/{outcome['points']}"
        )
        lines += [
            t for label, t in outcome["explanation"] if label in ("mistake", "hint")
        ]
    return "<br>".join(escape(clean(line)) for line in [*lines, isolation(record)])


def junit(records: Sequence[Record]) -> str:
    """Return JUnit XML: a suite for each submission, a case for each check."""
    root = ElementTree.Element("testsuites", name="nnds")
    for record in records:
        every = outcomes(record)
        failed = [r for _, r in every if r["status"] not in ("passed", "grader error")]
        errors = [r for _, r in every if r["status"] == "grader error"]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=clean(record["file"]).replace("\n", " "),
            tests=str(len(every)),
            failures=str(len(failed)),
            errors=str(len(errors)),
            skipped="0",
        )
        for exercise, outcome in every:
            case = ElementTree.SubElement(
                suite, "testcase", classname=exercise, name=outcome["law"], time="0"
            )
            if outcome["status"] != "passed":
                kind = "error" if outcome["status"] == "grader error" else "failure"
                about = {"message": outcome["status"], "type": kind}
                ElementTree.SubElement(case, kind, about).text = said_on(outcome)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
