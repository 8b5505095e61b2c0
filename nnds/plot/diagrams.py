"""What drawings of layers are made of: boxes, neurons, cells, arrows that say a shape.

A `board` is measured in inches, from the lower left, so that a letter has the same size
on every drawing: 18 points on a board 12 inches wide are 25 pixels on a slide.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle

from nnds.plot._style import COLOURS, canvas

TEXT = 19  # points
INK, QUIET = "#222222", "#8a8a8a"
PALE = ("#cfe3f1", "#fae3b8", "#c5e8dc", "#f3dbe7", "#f5d3bd", "#e8e8e8")
Point = tuple[float | int, float | int]


class Part(NamedTuple):
    """A thing on the board, by its middle and its size: where arrows begin and end."""

    x: float | int
    y: float | int
    width: float | int
    height: float | int

    @property
    def left(self) -> Point:
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        return self.x, self.y + self.height / 2

    @property
    def bottom(self) -> Point:
        return self.x, self.y - self.height / 2


def board(width: float | int = 12, height: float | int = 5) -> Axes:
    """Return empty Axes of `width` by `height` inches, one unit an inch.

    >>> board(12, 4).figure.get_size_inches().tolist()
    [12.0, 4.0]
    """
    with canvas(None, width, height) as ax:
        figure: Any = ax.figure
        figure.set_layout_engine("none")
        ax.set_position((0, 0, 1, 1))
        ax.set(xlim=(0, width), ylim=(0, height))
        ax.set_axis_off()
    return ax


def write(
    ax: Axes, at: Point, text: str, size: float | int = TEXT, **look: Any
) -> None:
    """Write `text` with its middle `at` this point; `look` is that of `Axes.text`."""
    place = {"ha": "center", "va": "center", "color": INK, "zorder": 5}
    ax.text(*at, text, fontsize=size, **{**place, **look})


def box(
    ax: Axes,
    at: Point,
    text: str,
    width: float | int = 2,
    height: float | int = 1,
    colour: int = 0,
) -> Part:
    """Draw a box with `text` around the middle `at`, in the pale `colour` 0 to 5."""
    x, y = at[0] - width / 2 + 0.08, at[1] - height / 2 + 0.08
    look: Any = {"facecolor": PALE[colour], "edgecolor": INK, "lw": 2, "zorder": 3}
    round_corners = "round,pad=0.08,rounding_size=0.12"
    inside = (width - 0.16, height - 0.16)
    ax.add_patch(FancyBboxPatch((x, y), *inside, boxstyle=round_corners, **look))
    write(ax, at, text)
    return Part(*at, width, height)


def arrow(
    ax: Axes,
    start: Point,
    end: Point,
    text: str = "",
    below: str = "",
    bend: float | int = 0,
) -> None:
    """Draw an arrow with `text` over its middle, such as a shape, and `below` it."""
    look: Any = {"arrowstyle": "-|>,head_width=0.3,head_length=0.5", "color": INK}
    curve = f"arc3,rad={bend}"
    arrowprops = {**look, "lw": 2.2, "shrinkA": 3, "shrinkB": 3}
    arrowprops["connectionstyle"] = curve
    ax.annotate("", end, start, arrowprops=arrowprops, zorder=4)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    level = abs(end[1] - start[1]) < abs(end[0] - start[0])
    for words, side in ((text, 1), (below, -1)):
        away: dict[str, Any] = {"ha": "center", "va": "bottom" if side > 0 else "top"}
        if not level:
            away: dict[str, Any] = {
                "ha": "left" if side > 0 else "right",
                "va": "center",
            }
        off = (0, 0.1 * side) if level else (0.14 * side, 0)
        write(ax, (middle[0] + off[0], middle[1] + off[1]), words, **away)


def neurons(
    ax: Axes, at: Point, count: int, height: float | int, colour: int = 0, most: int = 6
) -> list[Part]:
    """Draw a column of `count` circles in `height`; of more than `most`, dots stand
    for those in the middle. Returns the circles that are drawn, from the top down.
    """
    shown = min(count, most)
    slots = shown + (count > most)
    step = height / max(slots, 1)
    radius = min(0.3, 0.38 * step)
    gap = (shown + 1) // 2 if count > most else slots  # where the dots stand
    drawn = []
    for i in range(slots):
        y = at[1] + height / 2 - (i + 0.5) * step
        if i == gap:
            write(ax, (at[0], y), "⋮", 26)
            continue
        look: Any = {"facecolor": PALE[colour], "edgecolor": INK, "lw": 2, "zorder": 3}
        ax.add_patch(Circle((at[0], y), radius, **look))
        drawn.append(Part(at[0], y, 2 * radius, 2 * radius))
    return drawn


def wires(ax: Axes, sources: Sequence[Part], targets: Sequence[Part]) -> None:
    """Draw a thin line from each source to each target."""
    for a in sources:
        for b in targets:
            ends = ((a.x, b.x), (a.y, b.y))
            ax.plot(*ends, color=QUIET, lw=0.9, zorder=1)


def cells(
    ax: Axes,
    at: Point,
    values: Sequence[Sequence[object]],
    cell: float | int = 0.5,
    colour: int = 0,
    size: float | int = TEXT,
) -> Part:
    """Draw a table around the middle `at`; each cell shows its value, if not ""."""
    rows, columns = len(values), len(values[0])
    width, height = columns * cell, rows * cell
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            x, y = at[0] - width / 2 + j * cell, at[1] + height / 2 - (i + 1) * cell
            look: Any = {"facecolor": PALE[colour], "edgecolor": INK, "lw": 1.4}
            ax.add_patch(Rectangle((x, y), cell, cell, zorder=3, **look))
            write(ax, (x + cell / 2, y + cell / 2), f"{value}", size)
    return Part(*at, width, height)


def planes(
    ax: Axes,
    at: Point,
    count: int,
    width: float | int = 1.4,
    height: float | int = 1.4,
    colour: int = 0,
    shift: float | int = 0.16,
    most: int = 6,
) -> Part:
    """Draw a pile of `count` planes, the channels of an image, the first in front.

    Of more than `most`, `most` are drawn. The part that is returned is the whole pile.
    """
    shown = min(count, most)
    whole = (shown - 1) * shift
    x, y = at[0] - (width + whole) / 2, at[1] - (height + whole) / 2
    for i in reversed(range(shown)):
        look: Any = {"facecolor": PALE[colour], "edgecolor": INK, "lw": 1.6}
        corner = (x + i * shift, y + i * shift)
        ax.add_patch(Rectangle(corner, width, height, zorder=3 - 0.01 * i, **look))
    return Part(*at, width + whole, height + whole)


def beam(ax: Axes, source: Part, target: Part, colour: int = 0) -> None:
    """Shade what `target` reads: a band from the right of `source` to its left."""
    corners = [
        (source.right[0], source.top[1]),
        (target.left[0], target.top[1]),
        (target.left[0], target.bottom[1]),
        (source.right[0], source.bottom[1]),
    ]
    ax.add_patch(Polygon(corners, color=COLOURS[colour], alpha=0.18, lw=0, zorder=2))
