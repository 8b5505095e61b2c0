"""Exports: valid in their form, and hostile text is data in all of them."""

import json
from html.parser import HTMLParser
from pathlib import Path

import export_rules as rules
import pytest

from nnds.grading.folder.record import isolation, wrong_with
from nnds.grading.publish import exports, pages
from nnds.grading.publish.write import FORMATS, file_name, publish

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
    exercise = {"exercise": "conv2d", "topic": "conv", "earned": 3, "points": 5}
    return {
        "file": f"{student}.py",
        "student": student,
        "schema": "nnds-grade-2",
        "plan": "0" * 64,
        "digest": "0" * 64,
        "tier": 3,
        "earned": 3,
        "points": 5,
        "counts": True,
        "problems": [HOSTILE],
        "exercises": [{**exercise, "outcomes": rows}],
        **changes,
    }


def stored(**changes) -> dict:
    """Return a record as it is written: which of several counts is not known then."""
    return {k: v for k, v in record(**changes).items() if k != "counts"}


def test_a_record_has_its_form() -> None:
    assert wrong_with(stored()) is None
    for changes, says in (
        ({"tier": 4}, "record/tier"),
        ({"schema": "nnds-grade-9"}, "record/schema"),
        ({"earned": 4}, "not the sum"),
        ({"verdict": "full"}, "verdict"),
        ({"exercises": [{"earned": 3}]}, "record/exercises/0"),
    ):
        assert says in str(wrong_with(stored(**changes)))
    assert wrong_with([]) is not None
    assert wrong_with({k: v for k, v in stored().items() if k != "plan"}) is not None


def test_gradescope_keeps_its_rules_and_is_text_only() -> None:
    for one in (record(), record(exercises=[], earned=0)):
        rules.valid(rules.GRADESCOPE, json.loads(exports.gradescope(one)))
    result = json.loads(exports.gradescope(record()))
    assert result["score"] == sum(t["score"] for t in result["tests"]) == 3
    assert isolation(record()) in result["output"]
    assert result["extra_data"]["tier"] == 3
    assert result["output_format"] == result["test_output_format"] == "text"
    for test in result["tests"]:
        assert test["output_format"] == test["name_format"] == "text"
        assert 0 <= test["score"] <= test["max_score"]
    hidden = [t["visibility"] for t in result["tests"] if t["name"] == "conv2d: cost"]
    assert hidden == ["after_published"]


def test_classroom_keeps_its_rules() -> None:
    result = json.loads(exports.classroom(record()))
    rules.valid(rules.CLASSROOM, result)
    assert result["status"] == "fail"
    assert [t["status"] for t in result["tests"]] == ["pass", "fail", "error"]
    assert sum(t["score"] for t in result["tests"]) == 3
    assert result["max_score"] == 5
    messages = "\n".join(t["message"] for t in result["tests"])
    assert not any(line.startswith("::") for line in messages.split("\n"))
    nothing = json.loads(exports.classroom(record(exercises=[])))
    assert nothing["status"] == "error"


def test_nbgrader_has_the_columns_that_it_exports() -> None:
    text = exports.nbgrader([record(), record("ann"), record(counts=False)], "one")
    assert tuple(text.split("\n")[0].split(",")) == rules.NBGRADER
    lines = rules.table(text)
    assert [line["student_id"] for line in lines][1:] == ["ann"]
    assert [float(line["score"]) for line in lines] == [3, 3]


def test_moodle_has_the_columns_without_which_it_refuses() -> None:
    ann = record("Ann Lee_123_assignsubmission_file_")
    lines = rules.table(exports.moodle([record(), ann, record(counts=False)]))
    assert set(rules.MOODLE) <= set(lines[0])
    assert lines[1]["Identifier"] == "Participant 123"
    assert lines[1]["Full name"] == "Ann Lee"
    assert [line["Grade"] for line in lines] == ["3", "3"]
    tags = Tags()
    for line in lines:
        tags.feed(line["Feedback comments"])
    assert set(tags.found) == {"br"}  # Moodle shows comments as HTML


@pytest.mark.parametrize("form", ["nbgrader", "moodle"])
def test_no_cell_is_a_formula(form: str) -> None:
    starts = ["=1", "+1", "-1", "@x", "\t=1", "\r=1", HOSTILE]
    records = [record(s, problems=[s]) for s in starts]
    text = (
        exports.nbgrader(records, "=one")
        if form == "nbgrader"
        else exports.moodle(records)
    )
    lines = rules.table(text)
    assert len(lines) == len(starts)
    cells = [cell for line in lines for cell in line.values()]
    assert not any(c.startswith(("=", "+", "-", "@", "\t", "\r")) for c in cells)
    assert "\x00" not in text
    assert "\x1b" not in text


def test_junit_keeps_its_rules() -> None:
    root = rules.valid_junit(exports.junit([record(), record("ann")]))
    suites = root.findall("testsuite")
    assert [s.get("failures") for s in suites] == ["1", "1"]
    assert [s.get("errors") for s in suites] == ["1", "1"]
    assert suites[0].find("testcase/failure") is not None
    assert len(suites[0].findall("testcase")) == 3
    rules.valid_junit(exports.junit([]))


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
        assert isolation(record()) in page


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
