"""Try-it panels as data: controls, what they show, and a sentence that says it.

    Panel(
        controls={"rate": Slider("Learning rate", ["0.1", "0.3", "1"])},
        views=[Lines({"loss": "loss[rate]"}, x_label="step", y_label="loss")],
        say="At {rate} the loss ends at **{last[rate]:.2f}**.",
        arrays={"loss": loss, "last": loss[:, -1]},  # loss: "rate step"
    )

A *reference* such as `loss[rate]` takes from an array what belongs to the positions of
the controls (first 0); its indices are controls, numbers, or references. A *text* may
hold references in braces, formatted as in Python by `.2f`, `.1%`, `d` or `,`; a control
alone in braces is the name of its position, and `**` makes strong. The script of the
site (site/_static/panels) shows all of it; a lecture writes none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Slider:
    """A slider whose positions have the names `steps`; `start` is a position."""

    label: str
    steps: Sequence[object]
    start: int = 0


@dataclass(frozen=True)
class Choice:
    """One of several: buttons up to four, a list beyond; or groups of them by name."""

    label: str
    options: Sequence[object] | Mapping[str, Sequence[object]]
    start: int = 0


@dataclass(frozen=True, kw_only=True)
class View:
    """A drawing of `width` by `height` pixels of a slide, 1152 wide, with text of 24.

    `title` and `alt` are texts; without `alt` the numbers that are drawn are read out.
    """

    title: str = ""
    alt: str = ""
    width: int = 560
    height: int = 390


@dataclass(frozen=True)
class Images(View):
    """Images, references to "h w" or "h w 3" in 0..`top`, side by side.

    `signed` shows numbers of either sign, each image on a scale of its own.
    """

    images: Sequence[str]
    titles: Sequence[str] = ()
    top: float | int = 255
    signed: bool = False


@dataclass(frozen=True)
class Lines(View):
    """Curves by name, references to " n", over `x` or the numbers 0, 1, 2.

    Only the first `until` + 1 points if that is given; `mark` is a place on the x axis.
    Ranges are those of all positions together unless `x_range` or `y_range` is given.
    """

    curves: Mapping[str, str]
    x: str = ""
    x_label: str = ""
    y_label: str = ""
    x_range: tuple[float | int, float | int] | None = None
    y_range: tuple[float | int, float | int] | None = None
    log: bool = False
    until: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Bars(View):
    """Rows of bars: texts above, and references to " n"; `right` is one to stress."""

    rows: Mapping[str, str]
    labels: Sequence[object]
    right: str = ""
    top: float | int | None = None
    spec: str = ""


@dataclass(frozen=True)
class Heat(View):
    """A matrix, reference to "n m", by colour and, up to 64 cells, by number.

    Red above 0 and blue below where `signed`.
    """

    values: str
    rows: Sequence[object] = ()
    columns: Sequence[object] = ()
    signed: bool = False
    spec: str = ".2f"


@dataclass(frozen=True)
class Plane(View):
    """A plane with what lies in it; every layer is optional.

    `regions` "h w" holds the class of each cell, from the top left; `points` "n 2" of
    `classes` " n" with `names`; `segments` "n 4" are dashed lines, `contours` "n m 2"
    thin ones, and `track` "n 2" a path up to point `until`; `marks` are places by name.
    """

    x_range: tuple[float | int, float | int]
    y_range: tuple[float | int, float | int]
    x_label: str = ""
    y_label: str = ""
    names: Sequence[str] = ()
    regions: str = ""
    points: str = ""
    classes: str = ""
    segments: str = ""
    contours: str = ""
    track: str = ""
    until: str = ""
    marks: Mapping[str, tuple[float | int, float | int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Table(View):
    """A table of texts."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Guess:
    """A question answered by buttons: `answer` refers to the right option.

    `because` is a text for what was chosen, in which `guess` stands for the option;
    views in `evidence`, and the sentence of the panel, come with the right answer.
    """

    question: str
    options: Sequence[str]
    answer: str
    because: str
    evidence: Sequence[View] = ()


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel. `script` names a file of the lecture's folder that shows it instead."""

    controls: Mapping[str, Slider | Choice] = field(default_factory=dict)
    views: Sequence[View] = ()
    say: str = ""
    arrays: Mapping[str, Any] = field(default_factory=dict)
    guess: Guess | None = None
    script: str = ""
    side: bool = False  # controls beside the drawing, not above it
