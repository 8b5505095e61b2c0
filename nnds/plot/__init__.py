"""The figures of slides, notebooks and site: arrays in, Axes and alt text out.

Every function returns `(ax, alt)`. `alt` says in words and numbers what the figure
shows, for those who cannot see it. In a notebook, end the cell with `show(ax, alt)`:

    ax, alt = plot.confusion(matrix, classes)
    plot.show(ax, alt)

Colours come from Okabe & Ito (2008), viridis and a red-blue scale, and never carry
the meaning alone: classes also differ in marker, curves in dash. No global setting of
matplotlib is changed. `row` makes Axes side by side for them. This package is the only
place that imports matplotlib.
"""

from nnds.plot._bars import bars
from nnds.plot._grids import filters, images
from nnds.plot._learning import confusion, curves, decision_regions
from nnds.plot._lines import lines
from nnds.plot._relations import attention_map, graph
from nnds.plot._style import COLOURS, DASHES, FIGURE, MARKERS, row, show, vector

__all__ = [
    "COLOURS",
    "DASHES",
    "FIGURE",
    "MARKERS",
    "attention_map",
    "bars",
    "confusion",
    "curves",
    "decision_regions",
    "filters",
    "graph",
    "images",
    "lines",
    "row",
    "show",
    "vector",
]
