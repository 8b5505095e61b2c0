"""Exports: valid in their form, and hostile text is data in all of them."""

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nnds.grading import exports, pages
from nnds.grading.publish import FORMATS, file_name, publish

HOSTILE = "=cmd()|'/c calc'!A1<script>alert(1)</script>\x00\x1b[2J\n::notice::hi]]>"


def record(student: str = HOSTILE, **changes) -> dict:
    def row(law: str, status: str, points: int, **more) -> dict:
        earned = points if status == "passed" else 0
        base = {"law": law, "status": status, "earned": earned, "points": points}
        return {**base, "hidden": False, "explanation": [], **more}

    rows = [
        row("values", "passed", 3),
        row("jit", "failed", 1, explanation=[["problem", HOSTILE], ["hint", "Think."]]),
        row("cost", "grader error", 1, hidden=True),
    ]
    exercise = {"exercise": "conv2d", "lecture": 7, "earned": 3, "points": 5}
    return {
        "file": f"{student}.py",
        "student": student,
        "earned": 3,
        "points": 5,
        "counts": True,
        "problems": [HOSTILE],
        "exercises": [{**exercise, "rows": rows}],
        **changes,
    }


def test_gradescope_has_its_fields_and_text_only() -> None:
    result = json.loads(exports.gradescope(record()))
    assert result["score"] == sum(t["score"] for t in result["tests"]) == 3
    assert {t["status"] for t in result["tests"]} <= {"passed", "failed"}
    visible = {"hidden", "after_due_date", "after_published", "visible"}
    for test in result["tests"]:
        assert test["output_format"] == test["name_format"] == "text"
        assert test["visibility"] in visible
        assert 0 <= test["score"] <= test["max_score"]
    assert result["output_format"] == "text"


def test_classroom_sums_to_its_points() -> None:
    result = json.loads(exports.classroom(record()))
    assert result["version"] == 1
    assert result["status"] == "fail"
    assert sum(t["score"] for t in result["tests"]) == 3
    assert result["max_score"] == 5
    messages = "\n".join(t["message"] for t in result["tests"])
    assert not any(line.startswith("::") for line in messages.split("\n"))


@pytest.mark.parametrize("form", ["nbgrader", "moodle"])
def test_tables_have_one_line_a_student_and_no_formula(form: str) -> None:
    records = [record(), record("ann"), record("ann", counts=False)]
    text = (
        exports.nbgrader(records, "one")
        if form == "nbgrader"
        else exports.moodle(records)
    )
    lines = list(csv.reader(io.StringIO(text)))
    assert len(lines) == 3
    assert all(len(line) == len(lines[0]) for line in lines)
    assert not any(c.startswith(("=", "+", "-", "@", "\t")) for s in lines for c in s)
    assert "\x00" not in text


def test_junit_is_xml_with_its_counts() -> None:
    root = ElementTree.fromstring(exports.junit([record(), record("ann")]))
    suites = root.findall("testsuite")
    assert [s.get("failures") for s in suites] == ["1", "1"]
    assert [s.get("errors") for s in suites] == ["1", "1"]
    assert suites[0].find("testcase/failure") is not None
    assert len(suites[0].findall("testcase")) == int(str(suites[0].get("tests"))) == 3


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)


def test_pages_run_nothing() -> None:
    for page in (
        pages.student(record()),
        pages.group(
            [record(), record("ann")], {f"{s}.py": "x" for s in (HOSTILE, "ann")}
        ),
    ):
        tags = Tags()
        tags.feed(page)
        assert "script" not in tags.found
        assert "\x00" not in page
        assert "\x1b" not in page
        assert {"title", "h1", "caption", "main"} <= set(tags.found)
        assert 'lang="en"' in page


def test_every_format_is_written_under_harmless_names(tmp_path: Path) -> None:
    records = [record(), record("ann"), record("../../etc/passwd")]
    files = publish(records, tmp_path, FORMATS, "one")
    assert len(files) == 3 * 3 + 1 + 3
    for file in files:
        assert file.resolve().is_relative_to(tmp_path)
        assert file.read_text()
    assert len({file_name(r) for r in records}) == 3
    with pytest.raises(ValueError, match="formats are"):
        publish(records, tmp_path, ["pdf"], "one")
    again = {f: f.read_bytes() for f in files}
    publish(records, tmp_path, FORMATS, "one")
    assert again == {f: f.read_bytes() for f in files}
