"""The published rules of the formats that `nnds grade` writes, each with its source.

A checker returns nothing and fails an assertion on what the reading system refuses.
"""

import csv
import io
from xml.etree import ElementTree

import jsonschema

FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
NUMBER, TEXT, ANY = {"type": "number"}, {"type": "string"}, {"type": "object"}

# https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("Output format")
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [
        {"required": ["score"]},
        {"properties": {"tests": {"items": {"required": ["score"]}}}},
    ],
    "required": ["tests"],
    "properties": {
        "score": NUMBER,
        "execution_time": NUMBER,
        "output": TEXT,
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": ANY,
        "leaderboard": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "score": NUMBER,
                    "max_score": NUMBER,
                    "status": {"enum": ["passed", "failed"]},
                    "name": TEXT,
                    "name_format": FORMAT,
                    "number": TEXT,
                    "output": TEXT,
                    "output_format": FORMAT,
                    "tags": {"type": "array", "items": TEXT},
                    "visibility": VISIBILITY,
                    "extra_data": ANY,
                },
            },
        },
    },
}

# What github.com/classroom-resources/autograding-grading-reporter reads (src/main.js,
# notify-classroom.js, console-results.js), and the graders beside it write.
CLASSROOM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "status", "max_score", "tests"],
    "properties": {
        "version": {"const": 1},
        "status": {"enum": ["pass", "fail", "error"]},
        "max_score": NUMBER,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "status", "score", "message"],
                "properties": {
                    "name": TEXT,
                    "status": {"enum": ["pass", "fail", "error"]},
                    "score": NUMBER,
                    "message": TEXT,
                    "test_code": TEXT,
                    "filename": TEXT,
                    "line_no": {"type": "integer"},
                    "execution_time": NUMBER,
                },
            },
        },
    },
}

# github.com/jupyter/nbgrader, nbgrader/plugins/export.py: columns in this order
NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name"),
    *("email", "raw_score", "late_submission_penalty", "score", "max_score"),
)

# github.com/moodle/moodle, mod/assign/feedback/offline/importgradeslib.php: without
# these three columns an upload is refused; the fourth is assignfeedback_comments'
MOODLE = ("Identifier", "Grade", "Last modified (grade)", "Feedback comments")

# github.com/jenkinsci/xunit-plugin, junit-10.xsd, which follows Surefire's: attributes
# (* required), and elements inside
JUNIT = {
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": (
        "name* tests* failures* errors* group time skipped timestamp hostname id "
        "package file log url",
        "testsuite properties testcase system-out system-err",
    ),
    "testcase": (
        "name* time classname group",
        "skipped error failure system-out system-err",
    ),
    "failure": ("type message", ""),
    "error": ("type message", ""),
}


def valid(schema: dict, data: object) -> None:
    jsonschema.validate(data, schema)


def table(text: str) -> list[dict[str, str]]:
    """Return the lines of a CSV file, which must all be as long as the first."""
    lines = list(csv.reader(io.StringIO(text), strict=True))
    assert len(set(lines[0])) == len(lines[0])
    assert all(len(line) == len(lines[0]) for line in lines)
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def valid_junit(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, inner = JUNIT[element.tag]
        known = {name.rstrip("*") for name in attributes.split()}
        needed = {name[:-1] for name in attributes.split() if name.endswith("*")}
        assert needed <= set(element.attrib) <= known
        assert {child.tag for child in element} <= set(inner.split())
    for suite in root.iter("testsuite"):
        for name, tag in (("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{tag}"))
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    return root
