"""What an executed notebook shows and states: figures, values, claims, arrays by name.

The one place that reads them: for `nnds run`, the slides, the pages and the panels.
"""

import base64
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nbformat import NotebookNode

from nnds.results.claim import MIME as CLAIM
from nnds.results.keep import MIME as ARRAYS
from nnds.results.value import MIME as VALUE

FIGURE = "application/vnd.nnds.figure+json"  # written by nnds.plot, slow to import


@dataclass(frozen=True)
class Figure:
    """A figure as SVG, and its alternative text."""

    svg: str
    alt: str


@dataclass(frozen=True)
class Value:
    """A number, how it is written, and whether it lies in its band."""

    number: float
    text: str
    ok: bool


@dataclass(frozen=True)
class Claim:
    """A sentence, and whether it holds."""

    sentence: str
    ok: bool


@dataclass
class Outputs:
    """What a run shows; figures, values and arrays have names, unique in a notebook."""

    figures: dict[str, Figure] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    arrays: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)


def outputs(nb: NotebookNode) -> Outputs:
    """Return what the cells of an executed notebook show; ValueError for a name twice.

    >>> import nbformat
    >>> outputs(nbformat.v4.new_notebook()).figures
    {}
    """
    read = Outputs()
    for cell in nb.cells:
        for shown in cell.get("outputs", []):
            for kind, content in shown.get("data", {}).items():
                _add(read, kind, content)
    return read


def _add(read: Outputs, kind: str, content: Any) -> None:
    if kind == FIGURE:
        figure = Figure(content["svg"], content["alt"])
        _name(read.figures, "figures", content["name"], figure)
    elif kind == VALUE:
        value = Value(float(content["value"]), content["text"], content["ok"])
        _name(read.values, "values", content["name"], value)
    elif kind == ARRAYS:
        npz = io.BytesIO(base64.b64decode(content["npz"]))
        with np.load(npz, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        _name(read.arrays, "kept arrays", content["name"], arrays)
    elif kind == CLAIM:
        read.claims.append(Claim(content["claim"], content["ok"]))


def _name(place: dict[str, Any], what: str, name: str, content: Any) -> None:
    if name in place:
        raise ValueError(f"two {what} of this notebook are named {name!r}; rename one")
    place[name] = content
