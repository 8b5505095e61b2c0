"""Figures of what reads what: attention maps and graphs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int, Num
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from nnds.plot._style import (
    COLOURS,
    FONT,
    MARKERS,
    SEQUENTIAL,
    canvas,
    check_indices,
    check_labels,
    checked,
    number,
)


def attention_map(
    weights: Float[Array | np.ndarray, "n m"],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Draw attention weights: row i shows what query i reads, column by column.

    The scale goes from 0 to the largest weight. Small maps print their numbers.

    >>> attention_map(np.array([[0.9, 0.1]]), ["it"], ["cat", "mat"])[1]
    'Attention map, 1 query by 2 keys. Strongest key of each query: it reads cat \
(0.9). The mean of the largest weights is 0.9.'
    """
    w = checked("weights", weights, "n", "m")
    n, m = w.shape
    queries, keys = check_labels("rows", rows, n), check_labels("columns", columns, m)
    size = float(np.clip(FONT * 24 / max(n, m), 9, FONT - 2))
    cell = min(0.6, 9 / max(n, m))
    with canvas(ax, max(6.0, 3.5 + cell * m), max(4.0, 1.7 + cell * n)) as ax:
        top = max(float(np.nanmax(w)), 1e-6)
        image = ax.imshow(w, cmap=SEQUENTIAL, vmin=0, vmax=top)
        if max(n, m) <= 8:
            for (i, j), value in np.ndenumerate(w):
                ink = "white" if value < 0.6 * top else "black"
                at: Any = {"ha": "center", "va": "center", "color": ink}
                ax.text(j, i, f"{value:.2f}", fontsize=FONT - 2, **at)
        ax.set_xticks(range(m), keys, rotation=60, fontsize=size)
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
        ax.set_yticks(range(n), queries, fontsize=size)
        ax.set(xlabel="key (is read)", ylabel="query (reads)")
        bar = ax.figure.colorbar(image, ax=ax)
        bar.set_label("weight", size=FONT)
        bar.ax.tick_params(labelsize=FONT - 2)
    best = w.argmax(1)
    # a long list helps no one who listens to it: the eight most certain queries
    strongest = np.sort(np.argsort(-w.max(1), kind="stable")[:8])
    said = (
        f"{queries[i]} reads {keys[best[i]]} ({number(float(w[i, best[i]]))})"
        for i in strongest
    )
    which = "each query" if n <= 8 else "the eight most certain queries"
    return ax, (
        f"Attention map, {n} quer{'y' if n == 1 else 'ies'} by {m} key{'s' * (m > 1)}. "
        f"Strongest key of {which}: {', '.join(said)}. "
        f"The mean of the largest weights is {number(np.float64(w.max(1).mean()))}."
    )


def graph(
    edges: Int[Array | np.ndarray, "e 2"],
    positions: Num[Array | np.ndarray, "n 2"],
    values: Num[Array | np.ndarray, " n"] | None = None,
    *,
    classes: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Draw nodes at `positions`, joined by `edges`, pairs of node numbers from 0.

    Integer `values` are classes (colour and marker; `classes` names them), other
    values are shaded. An edge given in both directions is drawn and counted once.

    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    >>> graph(np.array([[0, 1], [1, 0], [1, 2]]), square, np.array([0, 0, 1]))[1]
    'Graph of 3 nodes and 2 edges. Node 1 has the most neighbours, 2. Nodes by class: \
class 0 2, class 1 1. 1 of 2 edges join nodes of one class.'
    """
    points = checked("positions", positions, "n", 2)
    n = len(points)
    pairs = np.asarray(edges)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"edges must have shape (e, 2); got {pairs.shape}")
    pairs = np.unique(np.sort(check_indices("edges", pairs, n), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    degree = np.bincount(pairs.ravel(), minlength=n)
    alt = f"Graph of {n} nodes and {len(pairs)} edges."
    if len(pairs):
        alt += f" Node {degree.argmax()} has the most neighbours, {degree.max()}."
    dot: Any = {"s": float(np.clip(9000 / n, 8, 260)), "zorder": 2}
    dot |= {"edgecolors": "black", "linewidths": 0.8 if n <= 500 else 0.2}
    with canvas(ax, 9, 6) as ax:
        width = float(np.clip(100 / np.sqrt(len(pairs) + 1), 0.3, 1.5))
        ax.add_collection(
            LineCollection(
                list(points[pairs]), colors="0.7", linewidths=width, zorder=1
            )
        )
        if values is None:
            ax.scatter(*points.T, c=COLOURS[0], **dot)
        elif np.asarray(values).dtype.kind in "iu":
            y = checked("values", values, n)
            if classes is None:
                classes = [f"class {k}" for k in range(int(y.max()) + 1)]
            check_indices("values", y, len(classes))
            big = {"markerscale": np.sqrt(200 / dot["s"])}  # in the legend
            for k, name in enumerate(classes):
                look: Any = {
                    "c": COLOURS[k % 8],
                    "marker": MARKERS[k % 9],
                    "label": name,
                }
                ax.scatter(*points[y == k].T, **look, **dot)
            ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, **big)
            sizes = ", ".join(f"{c} {np.sum(y == k)}" for k, c in enumerate(classes))
            same = np.sum(y[pairs[:, 0]] == y[pairs[:, 1]])
            alt += f" Nodes by class: {sizes}. {same} of {len(pairs)} edges join nodes "
            alt += "of one class."
        else:
            y = checked("values", values, n)
            image = ax.scatter(*points.T, c=y, cmap=SEQUENTIAL, **dot)
            bar = ax.figure.colorbar(image, ax=ax)
            bar.set_label("value", size=FONT)
            bar.ax.tick_params(labelsize=FONT - 2)
            low, high = int(y.argmin()), int(y.argmax())
            alt += f" Values from {number(y[low])} at node {low} to {number(y[high])} "
            alt += f"at node {high}."
        ax.set_aspect("equal")
        ax.set_axis_off()
        ax.margins(0.06)
    return ax, alt
