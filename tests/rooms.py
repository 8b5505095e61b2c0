"""Lectures made for tests: a room with a notebook, and a run of it as if it had run."""

import json
import shutil
import sys
from pathlib import Path

from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import nb_release  # noqa: E402
import runs  # noqa: E402


def prepare(place: Path) -> None:
    """Copy to `place` what builds the site and the decks, so that no build is here."""
    made = shutil.ignore_patterns("api", "notebooks", "downloads", "__pycache__")
    for folder in ("site", "tools"):
        shutil.copytree(ROOT / folder, place / folder, ignore=made)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy2(ROOT / file, place / file)
    (place / "notebooks").mkdir()


def lecture(
    place: Path, name: str, source: str, outputs: list[list[NotebookNode]]
) -> Path:
    """Write a room and the run that left these outputs in its code cells.

    The first code cell is the one after the setup.
    """
    path = place / "lectures" / name / "notebook.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8", newline="\n")
    nb_release.release(place)
    nb = nb_release.solution(path, place)
    for cell, shown in zip(runs.code_cells(nb), [[], *outputs], strict=True):
        cell.outputs = shown
    keep(path, place, nb)
    return path


def keep(path: Path, place: Path, nb: NotebookNode) -> None:
    """Store an executed notebook as the run of a source."""
    folder = runs.place(path, place)
    folder.mkdir(parents=True, exist_ok=True)
    runs.execution.write(nb, folder / "notebook.ipynb")
    for name, figure in runs.outputs(nb).figures.items():
        (folder / f"{name}.svg").write_text(figure.svg, encoding="utf-8")
    note = dict(key=runs.key(path, place), seconds=1.0, megabytes=1.0)
    (folder / "run.json").write_text(json.dumps(note), encoding="utf-8")
