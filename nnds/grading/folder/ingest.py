"""A submission read from disk, without running any of it.

A notebook is read as JSON. Its code is what IPython makes of the cells; of that, what
the answers are made of is told apart from the plots and the training.
"""

import hashlib
import json
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnds.checks.naming import answers, exercise_of
from nnds.grading.folder.cells import Cell, parsed
from nnds.grading.folder.reach import reached

SIZE_LIMIT = 20 << 20
CODE_LIMIT = 1 << 20  # of all code together, in characters
CELL_LIMIT = 2000
SUFFIXES = (".py", ".ipynb", ".zip")


class Refused(ValueError):
    """A file that cannot be graded; the message says why."""


@dataclass(frozen=True)
class Submission:
    """What to run: cells, each with its needed statements, and what was odd about them.

    answered: the exercises for which it defines a function, as far as reading tells.
    hinted: these, and those for which it may.
    """

    cells: tuple[Cell, ...]
    answered: frozenset[str]
    hinted: frozenset[str]
    problems: tuple[str, ...]
    digest: str

    def needed(self) -> list[list[Any]]:
        """Return (place, source, numbers of statements) to run for the answers."""
        return [[c.place, c.source, list(c.needed)] for c in self.cells if c.needed]

    def whole(self) -> list[list[Any]]:
        """Return the same, of all statements that there are."""
        every = ((c, list(range(len(c.statements)))) for c in self.cells)
        return [[c.place, c.source, numbers] for c, numbers in every if numbers]


def read(path: Path, exercises: Collection[str]) -> Submission:
    """Return the submission in a `.py` or `.ipynb` file.

    A file that is no regular file, too large, or not of its form raises Refused. A
    cell with a syntax error is left out and listed.
    """
    suffix = path.suffix.lower()
    if suffix == ".zip":  # its names may point anywhere: nothing is unpacked here
        raise Refused("is an archive; unpack it in a folder of the student's name")
    data = _bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"is not UTF-8 text: {error.reason}") from error
    if suffix == ".ipynb":
        sources, problems = _sources(text)
    else:
        sources, problems = [(path.name, text)], []
    if (size := sum(len(source) for _, source in sources)) > CODE_LIMIT:
        raise Refused(f"has {size} characters of code, the limit is {CODE_LIMIT}")
    cells = []
    for place, source in sources:
        cell, problem = parsed(place, source)
        cells.append(cell)
        problems += [problem] if problem else []
    wanted = {name for exercise in exercises for name in answers(exercise)}
    surely, perhaps, cells = reached(cells, wanted)
    return Submission(
        cells=tuple(cells),
        answered=frozenset(map(exercise_of, surely)) & frozenset(exercises),
        hinted=frozenset(map(exercise_of, perhaps)) & frozenset(exercises),
        problems=tuple(problems),
        digest=hashlib.sha256(data).hexdigest(),
    )


def _bytes(path: Path) -> bytes:
    """Return the content of a regular file; its size is looked at before it is read."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if path.is_symlink():
            raise Refused("is a symbolic link")
        file = os.open(path, flags)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}") from error
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        os.close(file)
        raise Refused("is not a regular file")
    with os.fdopen(file, "rb") as stream:
        if status.st_size > SIZE_LIMIT:
            size = status.st_size >> 20
            raise Refused(f"has {size} MB, the limit is {SIZE_LIMIT >> 20} MB")
        return stream.read(SIZE_LIMIT)


def _sources(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the code cells of a notebook as (place, source), and oddities."""
    try:
        notebook = json.loads(text)
        # before version 4, Jupyter kept cells in sheets
        cells = notebook["cells"] if "cells" in notebook else _of_sheets(notebook)
        if not isinstance(cells, list):
            raise TypeError("cells is no list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(f"is not a notebook: {str(error)[:200]}") from error
    if len(cells) > CELL_LIMIT:
        raise Refused(f"has {len(cells)} cells, the limit is {CELL_LIMIT}")
    code, problems, ids = [], [], set()
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict):
            problems.append(f"cell {number} is no cell and was left out")
            continue
        if (name := cell.get("id")) is not None:
            if str(name) in ids:
                other = str(name)[:60]
                problems.append(f"cell {number} has the id of another cell: {other}")
            ids.add(str(name))
        if cell.get("cell_type") == "code":
            code.append((f"cell {number}", _source(cell)))
    return code, problems


def _of_sheets(notebook: dict[str, Any]) -> list[Any]:
    cells = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    return [{**cell, "source": cell.get("input", "")} for cell in cells]


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
