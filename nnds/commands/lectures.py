"""The lectures that are here, as their notebooks say: number, title, modules.

Nothing lists them: they are what the folder of notebooks holds.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[1]
# what all notebooks use; the other modules are what a lecture is about
ROOMS = {"checks", "commands", "data", "exercises", "grading", "model", "plot"}
ROOMS |= {"results", "train"}


class Lecture(NamedTuple):
    """A lecture, by its notebook; `exercises` is whether its topic has some."""

    number: int
    name: str
    title: str
    modules: tuple[str, ...]
    exercises: bool
    notebook: Path


def lectures() -> dict[int, Lecture]:
    """Return the lectures that have a notebook, by number."""
    return {n: lecture(path) for n, path in notebook_paths().items()}


def lecture(notebook: Path) -> Lecture:
    """Return what a notebook says of its lecture.

    The title is its first heading, without "Lecture 7:"; the modules are those topics
    of nnds that it imports, the one that names the notebook first.
    """
    number, topic = notebook.stem[:2], notebook.stem[3:]
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "".join(cells[0]["source"]) if cells else ""
    heading = re.search(r"^# +(?:Lecture \d+: *)?(.+?) *$", text, re.M)
    title = heading[1] if heading else topic
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    names = set().union(*(imported(cell) for cell in code)) - ROOMS - {topic}
    own = (topic,) if written(topic) else ()
    return Lecture(
        int(number),
        notebook.stem,
        title[0].upper() + title[1:],
        (*own, *sorted(name for name in names if written(name))),
        written(f"exercises.{topic}"),
        notebook,
    )


def imported(code: str) -> Iterator[str]:
    """Yield the modules of nnds that a cell imports: "conv" of `nnds.conv`."""
    try:
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", code, flags=re.M))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.startswith("nnds."):
                yield name.split(".")[1]


def written(module: str) -> bool:
    """Whether `nnds.module` exists; looks for its file, and imports nothing.

    >>> written("dense"), written("plot"), written("exercises.alchemy")
    (True, True, False)
    """
    path = PACKAGE.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def notebook_folder() -> Path:
    """Return the folder of the student notebooks: in the wheel, or in the checkout."""
    wheel = PACKAGE / "_notebooks"
    return wheel if wheel.is_dir() else PACKAGE.parent / "notebooks"


def notebook_paths() -> dict[int, Path]:
    """Return the notebooks by lecture number: `7` -> `.../07_conv.ipynb`."""
    paths = sorted(notebook_folder().glob("[0-9][0-9]_*.ipynb"))
    return {int(path.name[:2]): path for path in paths}


def copy_notebooks(where: Path, *, force: bool = False) -> dict[str, str]:
    """Copy the student notebooks to `where`; return for each what was done with it.

    A file that differs from ours may hold a student's work: it is kept, or with
    `force` replaced after a backup beside it.
    """
    where.mkdir(parents=True, exist_ok=True)
    done = {}
    for source in notebook_paths().values():
        target = where / source.name
        new = source.read_bytes()
        if not target.exists():
            done[source.name] = "copied"
        elif target.read_bytes() == new:
            done[source.name] = "already there"
            continue
        elif not force:
            done[source.name] = "kept yours, which differs (--force replaces it)"
            continue
        else:
            backup, k = target.with_suffix(".backup.ipynb"), 1
            while backup.exists():
                k += 1
                backup = target.with_suffix(f".backup{k}.ipynb")
            target.rename(backup)
            done[source.name] = f"replaced; yours is now {backup.name}"
        target.write_bytes(new)
    return done
