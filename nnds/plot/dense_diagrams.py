"""A dense layer and an MLP, drawn with the shape of each array."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from nnds.plot._style import COLOURS
from nnds.plot.diagrams import (
    Part,
    arrow,
    board,
    box,
    cells,
    neurons,
    wires,
    write,
)


def mlp(
    sizes: Sequence[int], activation: str = "φ", *, height: float | int = 5.4
) -> tuple[Axes, str]:
    """Draw the neurons of an MLP, with the shape of each vector and of each matrix.

    >>> mlp([784, 128, 10])[1]
    'A multilayer perceptron drawn as columns of neurons, every neuron wired to all of \
the column before: 784 inputs, 128 hidden units with φ, 10 outputs.'
    """
    if len(sizes) < 2:
        raise ValueError(f"an MLP has an input and an output size; got {list(sizes)}")
    ax = board(12, height)
    last = len(sizes) - 1
    names = ["input x", *["hidden h"] * (last - 1), "output y"]
    gap = 9.4 / last
    before: list[Part] = []
    for i, size in enumerate(sizes):
        x = 1.3 + i * gap
        colour = 5 if i == 0 else 1 if i == last else 0
        column = neurons(ax, (x, height / 2), size, height - 2.1, colour)
        wires(ax, before, column)
        write(ax, (x, height - 0.3), names[i])
        write(ax, (x, height - 0.72), f"({size})", weight="bold")
        if i:
            under = (x - gap / 2, 0.78)
            write(ax, under, f"W ~ ({sizes[i - 1]}, {size})", weight="bold")
            say = f"{activation}(Wᵀx + b)" if i < last else "Wᵀh + b"
            write(ax, (under[0], 0.3), say if last > 1 else "Wᵀx + b")
        before = column
    hidden = "".join(f"{n} hidden units with {activation}, " for n in sizes[1:-1])
    return ax, (
        "A multilayer perceptron drawn as columns of neurons, every neuron wired to "
        f"all of the column before: {sizes[0]} inputs, {hidden}{sizes[-1]} outputs."
    )


def dense_layer(d: int = 4, c: int = 3) -> tuple[Axes, str]:
    """Draw `φ(Wᵀx + b)` as tables of cells, with the shape of each.

    >>> dense_layer(4, 3)[1].startswith("A dense layer: x of shape (4)")
    True
    """
    ax = board(12, 4.6)
    y, cell = 2.35, 0.5
    x = cells(ax, (0.9, y), [[f"x{i}"] for i in "₀₁₂₃₄₅₆₇₈₉"[:d]], cell, 5)
    w = cells(ax, (3.9, y), [[""] * d for _ in range(c)], cell, 0)
    b = cells(ax, (6.5, y), [[""]] * c, cell, 2)
    h = cells(ax, (10.9, y), [[f"h{i}"] for i in "₀₁₂₃₄₅₆₇₈₉"[:c]], cell, 1)
    phi = box(ax, (8.8, y), "φ", 0.9, 0.9, 3)
    arrow(ax, x.right, w.left, f"({d})")
    write(ax, ((w.right[0] + b.left[0]) / 2, y), "+", 26)
    arrow(ax, b.right, phi.left, f"({c})")
    arrow(ax, phi.right, h.left, f"({c})")
    # the row of W transposed that makes the first output
    first = (w.left[0], w.top[1] - cell)
    ax.add_patch(
        Rectangle(first, w.width, cell, fill=False, lw=5, zorder=4, ec="#0072B2")
    )
    for part, name, shape in (
        (x, "input x", f"({d})"),
        (w, "Wᵀ", f"W ~ ({d}, {c})"),
        (b, "bias b", f"({c})"),
        (h, "output h", f"({c})"),
    ):
        write(ax, (part.x, 4.2), name)
        write(ax, (part.x, 0.75), shape, weight="bold")
    write(ax, (phi.x, 4.2), "each number")
    write(ax, (3.9, 0.28), "one row: the weights of one neuron", color=COLOURS[0])
    return ax, (
        f"A dense layer: x of shape ({d}) is multiplied with W of shape ({d}, {c}), b "
        f"of shape ({c}) is added, and φ acts on each number: h of shape ({c}). A row "
        "of the transposed matrix, framed, holds the weights of one neuron."
    )
