"""Drawings of lecture 6 that no experiment makes: a chain both ways, a broadcast."""

from matplotlib.axes import Axes

from nnds.plot import diagrams


def draw_chain() -> tuple[Axes, str]:
    """Draw three functions: values go right, slopes with them, cotangents go left."""
    ax = diagrams.board(12, 3.9)
    boxes = [diagrams.box(ax, (2.6 + 3.3 * i, 2), f"f{'₁₂₃'[i]}", 1.5, 1.0, 0)
             for i in range(3)]  # fmt: skip
    places = [0.5, *(4.25 + 3.3 * i for i in range(2)), 11.5]
    for i, place in enumerate(places):
        name = ("x", "h₁", "h₂", "L")[i]
        diagrams.write(ax, (place, 2), name, 22)
        slope = ("v", "J₁v", "J₂J₁v", "J v")[i]
        cotangent = ("gJ₃J₂J₁", "gJ₃J₂", "gJ₃", "g = 1")[i]
        diagrams.write(ax, (place, 3.3), slope, 22)
        diagrams.write(ax, (place, 0.6), cotangent, 22)
    for i, box in enumerate(boxes):
        diagrams.arrow(ax, (places[i] + 0.3, 2), box.left)
        diagrams.arrow(ax, box.right, (places[i + 1] - 0.3, 2))
        reach = (places[i] + 0.75, places[i + 1] - 0.75)
        diagrams.arrow(ax, (reach[0], 3.3), (reach[1], 3.3))
        diagrams.arrow(ax, (reach[1], 0.6), (reach[0], 0.6))
    return ax, (
        "A chain x, f1, h1, f2, h2, f3, L. Above it a slope goes right: v, J1 v, "
        "J2 J1 v, J v. Below it a cotangent goes left: 1, g J3, g J3 J2, g J3 J2 J1."
    )


def draw_repeat() -> tuple[Axes, str]:
    """Draw a bias that is repeated to three rows, and its cotangent, their sum."""
    ax = diagrams.board(12, 3.4)
    bias = diagrams.cells(ax, (1.6, 2.8), [["b₀", "b₁"]], 0.85, 1)
    copies = diagrams.cells(ax, (7.3, 2.2), [["b₀", "b₁"]] * 3, 0.7, 0)
    start, end = bias.right[0] + 0.2, copies.left[0] - 0.2
    diagrams.arrow(ax, (start, 2.6), (end, 2.6), "repeat")
    rows = [[1, 2], [3, 4], [5, 6]]
    cotangent = diagrams.cells(ax, (10.6, 2.2), rows, 0.7, 3)
    diagrams.write(ax, (10.8, 0.8), "g, (3, 2)")
    result = diagrams.cells(ax, (1.6, 0.7), [[9, 12]], 0.85, 3)
    start, end = cotangent.left[0] - 0.1, result.right[0] + 0.2
    diagrams.arrow(ax, (start, 0.5), (end, 0.5), "add up")
    diagrams.write(ax, (1.6, 2.0), "(1, 2)")
    diagrams.write(ax, (7.3, 0.8), "(3, 2)")
    return ax, (
        "A bias of shape (1, 2) is repeated to (3, 2). The cotangent g has the rows "
        "1 2, 3 4 and 5 6; that of the bias is their sum, 9 12."
    )
