"""Whatever a student writes is data in every export: text drawn by a program."""

import csv
import io
import json
import unicodedata
from html import unescape
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from test_grading_exports import record

from nnds.grading.publish import exports, pages
from nnds.grading.publish.clean import KEPT, cell, clean

PIECES = (
    *("::error::x", "::", ":", "##[error]", "##", "#", "[", "=cmd()", "+1", "-1", "@x"),
    *(
        "\uff1d1",
        "\ufe621",
        "\uff20x",
        "\u22121",
        "a",
        "'",
        '"',
        ",",
        ";",
        "<b>",
        "&",
        "]]>",
    ),
    *" \t\n\r\x0b\x0c\x00\x1b\x7f\x85\x9b\xa0\u2028\u2029\u3000\u1680",
    *"\u202e\u202a\u2066\u2069\u200e\u061c\ufeff\u200b\u200c\u200d\ud800\udcff\ufffe",
)
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.characters())).map("".join)


def refuses(text: str) -> None:
    """Fail if something that reads this text could obey it."""
    for c in text:
        assert c in KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs"), ascii(c)
    assert "##[" not in text
    for line in text.splitlines():
        assert not line.strip().strip("\u200b\u200c\u200d").startswith("::")


@given(hostile)
@settings(max_examples=300, deadline=None)
def test_cleaned_text_is_obeyed_by_nobody(text: str) -> None:
    refuses(clean(text))
    assert clean(clean(text)) == clean(text)
    one = cell(text)
    refuses(one)
    assert "\n" not in one
    start = unicodedata.normalize("NFKC", one.strip()).lstrip("\ufffd\u200c\u200d ")
    assert not start.startswith(("=", "+", "-", "@", "\N{MINUS SIGN}"))


def strings(data: object) -> list[str]:
    if isinstance(data, dict):
        return [s for part in data.values() for s in strings(part)]
    if isinstance(data, list):
        return [s for part in data for s in strings(part)]
    return [data] if isinstance(data, str) else []


@given(hostile)
@settings(max_examples=40, deadline=None)
def test_every_export_is_clean(text: str) -> None:
    one = record(text, problems=[text])
    one["exercises"][0]["outcomes"][1]["explanation"] = [["mistake", text]]
    for form in (exports.gradescope, exports.classroom):
        refuses(form(one))
        for string in strings(json.loads(form(one))):
            refuses(string)
    for table in (exports.nbgrader([one], text), exports.moodle([one])):
        for line in csv.reader(io.StringIO(table)):
            for field in line:
                assert cell(field) == field
    xml = exports.junit([one])
    refuses(xml)
    for node in ElementTree.fromstring(xml).iter():
        for string in [node.text or "", *node.attrib.values()]:
            refuses(string)
    for page in (pages.student(one), pages.group([one], {one["file"]: "x.html"})):
        refuses(unescape(page))
        assert "<b>" not in page
