"""Drawings of lecture 2 that no experiment makes: broadcasting, an optimiser."""

from matplotlib.axes import Axes

from nnds.plot import diagrams


def draw_broadcast() -> tuple[Axes, str]:
    """Draw how a column and a row are repeated to a table before they are added."""
    ax = diagrams.board(12, 4.2)
    column = diagrams.cells(ax, (1.2, 2.3), [[0], [1], [2], [3]], 0.6, 0)
    diagrams.write(ax, (2.7, 2.3), "+")
    row = diagrams.cells(ax, (4.7, 2.3), [[0, 1, 2, 3]], 0.6, 1)
    table = [[i + j for j in range(4)] for i in range(4)]
    result = diagrams.cells(ax, (9.4, 2.3), table, 0.6, 2)
    diagrams.arrow(ax, (row.right[0] + 0.3, 2.3), (result.left[0] - 0.2, 2.3))
    for part, text in ((column, "(4, 1)"), (row, "(4)"), (result, "(4, 4)")):
        diagrams.write(ax, (part.x, 0.5), text)
    return ax, (
        "A column 0 to 3 of shape (4, 1) plus a row 0 to 3 of shape (4) gives a table "
        "of shape (4, 4), in which each number of the column meets each of the row."
    )


def draw_pair() -> tuple[Axes, str]:
    """Draw an optimiser: gradient and memory in, step and memory out."""
    ax = diagrams.board(12, 4.4)
    init = diagrams.box(ax, (1.5, 0.9), "init", 1.6, 0.9, 2)
    grads = diagrams.box(ax, (1.5, 3.2), "gradient g", 2.4, 0.9, 5)
    diagrams.box(ax, (6, 2.1), "update", 2.4, 1.5, 0)
    step = diagrams.box(ax, (10.3, 3.2), "step", 2.0, 0.9, 1)
    memory = diagrams.box(ax, (10.3, 0.9), "memory", 2.2, 0.9, 3)
    diagrams.arrow(ax, grads.right, (4.8, 2.5), "(d)")
    diagrams.arrow(ax, init.right, (4.8, 1.7))
    diagrams.write(ax, (3.7, 0.8), "m, s, t")
    diagrams.arrow(ax, (7.2, 2.5), step.left, "(d)")
    diagrams.arrow(ax, (7.2, 1.7), memory.left)
    diagrams.write(ax, (8.3, 1.85), "m, s, t")
    diagrams.arrow(ax, (9.2, 0.6), (6, 1.3), bend=-0.35)
    diagrams.write(ax, (5.6, 0.6), "next step")
    return ax, (
        "An optimiser as two functions: init gives the memory m, s, t; update takes "
        "the gradient of shape (d) and the memory, and gives a step of shape (d) and "
        "the memory for the next update."
    )
