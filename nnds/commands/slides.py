"""`nnds slides`: build the deck of one lecture, in a clone of the project."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from nnds.commands.lectures import LECTURES, PACKAGE

ROOT = PACKAGE.parent  # of the clone, if this is one
NEEDED = ("sphinx", "myst_nb", "furo", "sphinx_revealjs")


def deck_paths(root: Path) -> dict[int, Path]:
    """Return the sources of the decks by lecture number."""
    paths = sorted((root / "lectures").glob("[0-9][0-9]_*.md"))
    return {int(path.name[:2]): path for path in paths}


def build_deck(number: int) -> Path:
    """Build the deck of lecture `number` of this clone; return its page.

    ValueError says what is missing: such a lecture, its deck, the clone, or a program.
    """
    numbers = [lecture.number for lecture in LECTURES]
    if number not in numbers:
        raise ValueError(
            f"There is no lecture {number}. There are {numbers[0]} to {numbers[-1]}."
        )
    program = ROOT / "tools" / "site.py"
    if not program.is_file():
        raise ValueError(
            "Decks are built in a clone of the project, and this nnds is installed "
            f"without one ({ROOT}). Clone it, and install with pip install -e '.[site]'"
        )
    decks = deck_paths(ROOT)
    if number not in decks:
        have = ", ".join(map(str, decks)) or "none"
        raise ValueError(
            f"There is no deck for lecture {number} yet. There are: {have}"
        )
    if missing := [name for name in NEEDED if not find_spec(name)]:
        raise ValueError(
            f"Not installed: {', '.join(missing)}. Run: pip install -e '.[site]'"
        )
    if not shutil.which("node"):
        raise ValueError("Formulas are drawn by node, which was not found: install it")
    command = [sys.executable, str(program), "--deck", str(number)]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise ValueError(f"{decks[number].name} could not be built: see above")
    return ROOT / "_build" / "site" / "slides" / f"{decks[number].stem}.html"
