"""Drawings of this lecture that no experiment makes."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnds import plot


def draw_scheme() -> tuple[Figure | Axes, str]:
    """Draw two points, and one on the way."""
    figure, (ax,) = plot.row(1, 6, 3)
    ax.plot([0, 1], [0, 0], lw=3, color=plot.COLOURS[0])
    for place, text in ((0, "x"), (0.25, "(1 - t) x + t y"), (1, "y")):
        ax.plot([place], [0], "o", ms=14, color=plot.COLOURS[1])
        ax.annotate(text, (place, 0.01), ha="center", va="bottom", fontsize=20)
    ax.set(xlim=(-0.3, 1.2), ylim=(-0.05, 0.08))
    ax.set_axis_off()
    return figure, (
        "Two points x and y on a line, and a third at a quarter of the way from x to y."
    )
