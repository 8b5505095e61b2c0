"""A submission read from disk, without running any of it.

A notebook is read as JSON. Of its cells are taken: imports, definitions, and the
assignments that stand beside an exercise; not the plots, nor the training.
"""

import ast
import hashlib
import json
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnds.checks.naming import exercise_of

SIZE_LIMIT = 20 << 20
CELL_LIMIT = 2000
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
SUFFIXES = (".py", ".ipynb", ".zip")


class Refused(ValueError):
    """A file that cannot be graded; the message says why."""


@dataclass(frozen=True)
class Submission:
    """What to run: statements as (place, line, source), and what was odd about them.

    answered: the exercises for which it defines a function.
    """

    statements: tuple[tuple[str, int, str], ...]
    defined: frozenset[str]
    answered: frozenset[str]
    problems: tuple[str, ...]
    digest: str


def read(path: Path, exercises: Collection[str]) -> Submission:
    """Return the submission in a `.py` or `.ipynb` file.

    A file that is no regular file, too large, or not of its form raises Refused. A
    cell with a syntax error is left out and listed.
    """
    if path.suffix == ".zip":  # its names may point anywhere: nothing is unpacked here
        raise Refused("is an archive; unpack it in a folder of the student's name")
    data = _bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"is not UTF-8 text: {error.reason}") from error
    if path.suffix == ".ipynb":
        cells, problems = _cells(text)
    else:
        cells, problems = [(path.name, text)], []
    statements: list[tuple[str, int, str]] = []
    defined: set[str] = set()
    for name, source in cells:
        taken, problem = _statements(name, source, exercises, path.suffix == ".py")
        statements += taken
        problems += problem
        defined |= {n for _, _, s in taken for n in _defined(s)}
    return Submission(
        statements=tuple(statements),
        defined=frozenset(defined),
        answered=frozenset(map(exercise_of, defined)) & frozenset(exercises),
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


def _cells(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the code cells of a notebook as (place, source), and oddities."""
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        if not isinstance(cells, list):
            raise TypeError("cells is no list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(f"is not a notebook: {error}") from error
    if len(cells) > CELL_LIMIT:
        raise Refused(f"has {len(cells)} cells, the limit is {CELL_LIMIT}")
    code, problems, ids = [], [], set()
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict):
            problems.append(f"cell {number} is no cell and was left out")
            continue
        if (name := cell.get("id")) is not None:
            if str(name) in ids:
                problems.append(f"cell {number} has the id of another cell: {name}")
            ids.add(str(name))
        if cell.get("cell_type") == "code":
            code.append((f"cell {number}", _without_magics(_source(cell))))
    return code, problems


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _without_magics(source: str) -> str:
    """Blank the lines that only IPython understands, so that the others keep theirs."""
    if source.lstrip().startswith("%%"):
        return ""
    lines = source.split("\n")
    magic = ("%", "!", "?")
    return "\n".join("" if s.lstrip().startswith(magic) else s for s in lines)


def _statements(
    name: str, source: str, exercises: Collection[str], whole: bool
) -> tuple[list[tuple[str, int, str]], list[str]]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        what = getattr(error, "msg", None) or type(error).__name__
        return [], [f"{name}, line {line}: syntax error: {what}"]
    names = {n.name for n in tree.body if isinstance(n, DEFINITIONS)}
    beside = whole or bool(set(map(exercise_of, names)) & set(exercises))
    lines = source.split("\n")
    taken = []
    for node in tree.body:
        if not (whole or _wanted(node, beside)):
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(d.lineno for d in decorators)])
        text = ast.get_source_segment(source, node) or ""
        if decorators or not text:
            text = "\n".join(lines[first - 1 : node.end_lineno])
        taken.append((name, first, text))
    return taken, []


def _wanted(node: ast.stmt, beside: bool) -> bool:
    if isinstance(node, (*IMPORTS, *DEFINITIONS)):
        return True
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    if beside:
        return True
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _defined(source: str) -> set[str]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {n.name for n in body if isinstance(n, DEFINITIONS)}
    for node in body:
        if isinstance(node, ast.Assign):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        # what is imported from this package answers nothing
        ours = f"{getattr(node, 'module', '')}.".startswith("nnds.")
        if isinstance(node, ast.ImportFrom) and not ours:
            names |= {a.asname or a.name for a in node.names}
    return names
