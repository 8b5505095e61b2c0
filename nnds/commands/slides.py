"""`nnds slides`: build the deck of one lecture, in a clone of the project."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from nnds.commands.lectures import PACKAGE

ROOT = PACKAGE.parent  # of the clone, if this is one
NEEDED = ("sphinx", "myst_nb", "furo", "sphinx_revealjs", "jupytext")


def deck_paths(root: Path) -> dict[int, Path]:
    """Return the sources of the decks by lecture number."""
    paths = sorted(root.glob("lectures/[0-9][0-9]_*/deck.md"))
    return {int(path.parent.name[:2]): path for path in paths}


def build_deck(number: int) -> Path:
    """Build the deck of lecture `number` of this clone; return its page.

    The notebook runs first if it changed since its last run. ValueError says what is
    missing: the deck, the clone, or a program.
    """
    program = ROOT / "tools" / "site.py"
    if not program.is_file():
        raise ValueError(
            "Decks are built in a clone of the project, and this nnds is installed "
            f"without one ({ROOT}). Clone it, and install with pip install -e '.[site]'"
        )
    decks = deck_paths(ROOT)
    if number not in decks:
        have = ", ".join(map(str, decks)) or "none"
        raise ValueError(f"There is no deck for lecture {number}. There are: {have}")
    if missing := [name for name in NEEDED if not find_spec(name)]:
        raise ValueError(
            f"Not installed: {', '.join(missing)}. Run: pip install -e '.[site]'"
        )
    if not shutil.which("node"):
        raise ValueError("Formulas are drawn by node, which was not found: install it")
    command = [sys.executable, str(program), "--deck", str(number)]
    name = decks[number].parent.name
    if subprocess.run(command, cwd=ROOT).returncode:
        raise ValueError(f"The deck of {name} could not be built: see above")
    return ROOT / "_build" / "site" / "slides" / f"{name}.html"
