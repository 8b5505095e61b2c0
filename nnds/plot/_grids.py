"""Figures made of many small images."""

from collections.abc import Sequence
from math import ceil
from textwrap import wrap

import numpy as np
from jaxtyping import Array, Num
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from nnds.plot._style import DIVERGING, FONT, canvas, check_labels, checked, number


def _mosaic(tiles: np.ndarray, rows: int, columns: int, gaps: tuple[int, int]):
    """Place `tiles` "n h w ..." on a grid with gaps of nan; also return the corners."""
    n, h, w = tiles.shape[:3]
    down, right = h + gaps[0], w + gaps[1]
    shape = (rows * down - gaps[0], columns * right - gaps[1], *tiles.shape[3:])
    board = np.full(shape, np.nan)
    corners = [(i // columns * down, i % columns * right) for i in range(n)]
    for (top, left), tile in zip(corners, tiles, strict=True):
        board[top : top + h, left : left + w] = tile
    return board, corners


def images(
    x: Num[Array | np.ndarray, "n h w *c"],
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Draw a grid of images, grey "n h w" or "n h w 1", or colour "n h w 3".

    Grey images share one scale, from the lowest value (black) to the highest (white).
    Colour is in 0..1, or in 0..255 for integers; ValueError outside.

    >>> images(np.zeros((2, 8, 8)), ["zero", "nil"])[1]
    'Grid of 2 grey images of 8 by 8 pixels, in 1 row of 2. Titles: zero, nil.'
    """
    array = np.asarray(x)
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] not in (1, 3)):
        raise ValueError(
            f"x must have shape (n, h, w), (n, h, w, 1) or (n, h, w, 3); got "
            f"{array.shape}; one image alone is x[None]"
        )
    grey = array.ndim == 3 or array.shape[3] == 1
    tiles = checked("x", array, *"nhwc"[: array.ndim])
    tiles = tiles / 255 if array.dtype.kind in "iu" else tiles
    if grey:
        tiles = tiles.reshape(tiles.shape[:3])
    elif np.nanmin(tiles) < 0 or np.nanmax(tiles) > 1:
        raise ValueError(
            "colour images must lie in 0..1, or be integers in 0..255; "
            f"got {tiles.min():.3g}..{tiles.max():.3g}"
        )
    n, h, w = (int(size) for size in np.shape(tiles)[:3])
    across = min(n, columns or (n if n <= 6 else ceil(np.sqrt(2 * n))))
    rows = ceil(n / across)
    inch = 11 / across if across > 5 else 2  # of one tile, gap included
    titles = check_labels("titles", titles or [""] * n, n)
    folded = [_fold(title, int(8 * inch)) for title in titles]
    lines = 1 + max(title.count("\n") for title in folded) if any(titles) else 0
    size = min(FONT, 72 * inch / (0.62 * max(map(_width, folded))))
    line = 1.25 * size / 72 * w / inch  # of one line of title, in pixels of the image
    gaps = (ceil(lines * line + 0.05 * h), ceil(0.08 * w))
    board, corners = _mosaic(tiles, rows, across, gaps)
    height = rows * (inch * h / w + lines * 1.25 * size / 72)
    with canvas(ax, across * inch, height) as ax:
        board = board if grey else np.nan_to_num(board, nan=1.0)
        ax.imshow(board, cmap="gray", interpolation="nearest")
        for (top, left), title in zip(corners, folded, strict=True):
            at = (left + w / 2 - 0.5, top - 0.5 - 0.1 * line)
            ax.text(*at, title, ha="center", va="bottom", fontsize=size)
        ax.set_ylim(board.shape[0] - 0.5, -0.5 - lines * line)
        ax.set_axis_off()
    many = f"{rows} row{'s' * (rows > 1)} of {across}"
    alt = f"Grid of {n} {'grey' if grey else 'colour'} images of {h} by {w} pixels, "
    comma = "; " if any("," in title for title in titles) else ", "
    said = comma.join(title.replace("\n", " ") for title in titles)
    return ax, f"{alt}in {many}." + (f" Titles: {said}." if any(titles) else "")


def _fold(title: str, width: int) -> str:
    """Break `title` between words, where a line would pass `width` letters."""
    parts = (wrap(line, width, break_long_words=False) for line in title.split("\n"))
    return "\n".join(line for part in parts for line in part)


def _width(title: str) -> int:
    return max(1, *map(len, title.split("\n")))


def filters(
    w: Num[Array | np.ndarray, "i j d c"], *, ax: Axes | None = None
) -> tuple[Axes, str]:
    """Draw convolution kernels: input channels down, filters across.

    One scale serves all, symmetric around 0 (white): red is positive, blue negative.
    Kernels of one input channel fill several rows when there are more than eight.

    >>> filters(np.arange(8.0).reshape(2, 2, 1, 2))[1]
    '2 filters of 2 by 2 weights over 1 input channel, between 0 and 7. Filter 1 has \
the largest norm, 9.17, and filter 0 the smallest, 7.48.'
    """
    kernels = checked("w", w, "i", "j", "d", "c")
    i, j, d, c = kernels.shape
    columns = min(c, 8) if d == 1 else c
    rows = ceil(c / columns) if d == 1 else d
    tiles = kernels.transpose(2, 3, 0, 1).reshape(d * c, i, j)
    # each weight becomes 4 pixels wide, so that the gap can be thinner than a weight
    tiles = tiles.repeat(4, 1).repeat(4, 2)
    # with one input channel every row has its own numbers, which need room
    gap = 2 if d > 1 else ceil(0.35 * 4 * i)
    board, corners = _mosaic(tiles, rows, columns, (gap, 2))
    bound = float(np.nanmax(np.abs(kernels))) or 1.0
    inch = min(1.4, 11 / columns)
    size = min(FONT - 2, 72 * inch / 2)
    with canvas(ax, columns * inch + 2.5, max(2.6, rows * inch * i / j + 1)) as ax:
        image = ax.imshow(
            board, cmap=DIVERGING, vmin=-bound, vmax=bound, interpolation="nearest"
        )
        for k, (top, left) in enumerate(corners):
            # the frame shows where a pale kernel ends
            box = (left - 0.5, top - 0.5)
            ax.add_patch(_frame(box, 4 * j, 4 * i))
            if d == 1 or k < c:
                at = (left + 2 * j - 0.5, top - 0.7)
                ax.text(*at, str(k % c), ha="center", va="bottom", fontsize=size)
        if d > 1:
            for k in range(d):
                at = (-2, corners[k * c][0] + 2 * i - 0.5)
                ax.text(*at, str(k), ha="right", va="center", fontsize=size)
            ax.text(
                -0.02 - 0.35 / columns,
                0.5,
                "input channel",
                transform=ax.transAxes,
                rotation=90,
                ha="right",
                va="center",
            )
        ax.set_title("filter", pad=24)
        ax.set_axis_off()
        bar = ax.figure.colorbar(image, ax=ax)
        bar.set_label("weight", size=FONT)
        bar.ax.tick_params(labelsize=FONT - 2)
    norms = np.sqrt((kernels**2).sum((0, 1, 2)))
    big, small = int(np.argmax(norms)), int(np.argmin(norms))
    return ax, (
        f"{c} filter{'s' * (c > 1)} of {i} by {j} weights over {d} input "
        f"channel{'s' * (d > 1)}, between {number(kernels.min())} and "
        f"{number(kernels.max())}. Filter {big} has the largest norm, "
        f"{number(norms[big])}, and filter {small} the smallest, "
        f"{number(norms[small])}."
    )


def _frame(corner: tuple[float, float], width: int, height: int):
    return Rectangle(corner, width, height, fill=False, edgecolor="grey", clip_on=False)
