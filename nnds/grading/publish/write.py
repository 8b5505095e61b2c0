"""Writes the exports that were asked for beside the records."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nnds.grading.folder.submissions import write
from nnds.grading.publish import exports, pages

FORMATS = ("gradescope", "classroom", "nbgrader", "moodle", "junit", "html")


def file_name(record: Mapping[str, Any]) -> str:
    """Return a name for the files of a record: readable, harmless, its own.

    >>> file_name({"file": "<b>/../ann.py", "student": "<b>"})[:2]
    'b-'
    """
    readable = re.sub(r"[^A-Za-z0-9]+", "-", record["student"]).strip("-")[:40]
    digest = hashlib.sha256(record["file"].encode()).hexdigest()[:12]
    return f"{readable or 'student'}-{digest}"


def publish(
    records: Sequence[Mapping[str, Any]], out: Path, formats: Sequence[str], title: str
) -> list[Path]:
    """Write each format to `out` and return the files; an unknown one is ValueError."""
    if unknown := set(formats) - set(FORMATS):
        raise ValueError(f"formats are {FORMATS}; got {sorted(unknown)}")
    texts: dict[str, str] = {}
    names = {r["file"]: file_name(r) for r in records}
    for form in dict.fromkeys(formats):
        if form in ("gradescope", "classroom"):
            one = exports.gradescope if form == "gradescope" else exports.classroom
            texts |= {f"{form}/{names[r['file']]}.json": one(r) for r in records}
        elif form == "nbgrader":
            texts["nbgrader.csv"] = exports.nbgrader(records, title)
        elif form == "moodle":
            texts["moodle.csv"] = exports.moodle(records)
        elif form == "junit":
            texts["junit.xml"] = exports.junit(records)
        else:
            links = {file: f"{name}.html" for file, name in names.items()}
            texts |= {f"html/{links[r['file']]}": pages.student(r) for r in records}
            texts["html/index.html"] = pages.group(records, links)
    for name, text in texts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        write(out / name, text)
    return [out / name for name in texts]
