"""The figures of an executed notebook, compared with what is stored for it.

`nnds.plot.show` leaves the summary of what it drew in its output. Stored are those of
one run, in `notebooks/bands/NN_topic.json`; figures are numbered, under their heading.
"""

from pathlib import Path
from typing import Any

import bands
from nbformat import NotebookNode

from nnds.notebooks import headings
from nnds.plot import FIGURE

TRAINED = {"tolerance": 0.1, "why": "drawn by a training run, which machines round"}


def shown(nb: NotebookNode) -> dict[str, Any]:
    """Return what the figures of an executed notebook draw: by name, its arrays."""
    found: dict[str, Any] = {}
    for cell, heading in zip(nb.cells, headings(nb), strict=True):
        for output in cell.get("outputs", []):
            if (arrays := output.get("data", {}).get(FIGURE)) is not None:
                found[f"figure {len(found) + 1}, {heading}"] = arrays
    return found


def record(nb: NotebookNode, path: Path) -> None:
    """Store the figures of `nb`; those that were there keep their tolerance."""
    known, stored = bands.read(path), {}
    for name, arrays in shown(nb).items():
        stored[name] = known.get(name, TRAINED)
        bands.record(stored, name, arrays)
    bands.write(path, stored)


def moved(nb: NotebookNode, path: Path) -> str:
    """Return what is wrong with the figures of `nb`, or "" (as when none is stored)."""
    stored, figures = bands.read(path), shown(nb)
    if not stored:
        return ""
    wrong = [f"{name}: is gone" for name in stored if name not in figures]
    for name, arrays in figures.items():
        wrong += bands.moved(stored, name, arrays)
    if not wrong:
        return ""
    again = f"python tools/nb.py execute {int(path.name[:2])} --record"
    return "\n".join([*wrong, f"When that is meant: {again}, and look at the diff."])
