"""Figures about training and classification."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Array, Int, Num
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator

from nnds.plot._style import (
    COLOURS,
    DASHES,
    FONT,
    MARKERS,
    canvas,
    check_indices,
    check_labels,
    checked,
    number,
)


@runtime_checkable
class Recorded(Protocol):
    """What `curves` reads of a history: per metric, one number an epoch."""

    train: dict[str, list[float]]
    validation: dict[str, list[float]]


def curves(
    history: Recorded | Mapping[str, Sequence[float]],
    metric: str = "loss",
    *,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Draw `metric` against the epoch, counted from 1, and mark the best epoch.

    `history` is what `nnds.train.fit` returns (its train and validation curves are
    drawn), or a dict from the name of a curve to one number an epoch. Best is lowest
    for a loss, an error or a perplexity, and highest for any other metric; it is
    looked for in the curve "validation", or in all curves when there is none.

    >>> ax, alt = curves({"train": [2.0, 1.0], "validation": [2.5, 1.5]})
    >>> alt
    'Learning curves, loss over 2 epochs: train goes from 2 to 1, validation goes \
from 2.5 to 1.5. The best validation loss is 1.5, at epoch 2.'
    """
    lines = {name: checked(name, y, "epochs") for name, y in _lines(history, metric)}
    if not lines:
        raise ValueError(f"history holds no {metric!r}: nothing to draw")
    low = any(word in metric for word in ("loss", "error", "perplexity"))
    judged = [name for name in lines if name == "validation"] or list(lines)
    tops = {n: (min if low else max)(y) for n, y in _finite(lines, judged).items()}
    with canvas(ax) as ax:
        for i, (name, y) in enumerate(lines.items()):
            look: Any = {"color": COLOURS[i % 8], "linestyle": DASHES[i % 4]}
            epochs = np.arange(1, len(y) + 1)
            ax.plot(epochs, y, label=name, marker="." if len(y) < 30 else None, **look)
        best = ""
        if tops:
            name = (min if low else max)(tops, key=lambda n: tops[n])
            epoch = 1 + int(np.flatnonzero(lines[name] == tops[name])[0])
            label = f"best: {number(tops[name])}, epoch {epoch}"
            star: Any = {"markersize": 20, "zorder": 3, "clip_on": False}
            ax.plot(epoch, tops[name], "k*", label=label, **star)
            top = f"{metric} is {number(tops[name])}, at epoch {epoch}."
            best = f" The best {name} {top}"
        ax.set(xlabel="epoch", ylabel=metric)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlim(0.5, max(map(len, lines.values())) + 0.5)
        ax.margins(y=0.1)
        ax.grid(alpha=0.3)
        ax.legend()
    ways = (
        f"{n} goes from {number(y[0])} to {number(y[-1])}" for n, y in lines.items()
    )
    n = max(map(len, lines.values()))
    return ax, f"Learning curves, {metric} over {n} epochs: {', '.join(ways)}.{best}"


def _lines(history: Any, metric: str) -> list[tuple[str, Sequence[float]]]:
    if isinstance(history, Mapping):
        return list(history.items())
    parts = (("train", history.train), ("validation", history.validation))
    return [(name, part[metric]) for name, part in parts if part.get(metric)]


def _finite(lines: dict[str, np.ndarray], names: list[str]) -> dict[str, np.ndarray]:
    kept = {name: lines[name][np.isfinite(lines[name])] for name in names}
    return {name: y for name, y in kept.items() if y.size}


def confusion(
    matrix: Num[Array | np.ndarray, "c c"],
    classes: Sequence[str],
    *,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Draw counts, true class by row and predicted by column, shaded by share of row.

    >>> confusion(np.array([[8, 2], [0, 5]]), ["cat", "dog"])[1]
    'Confusion matrix of 15 examples in 2 classes, accuracy 0.867. The most frequent \
error: cat taken for dog, 2 times. Recall is lowest for cat, 0.8.'
    """
    counts = checked("matrix", matrix, "c", "c")
    if counts.shape[0] != counts.shape[1] or counts.min() < 0 or counts.sum() == 0:
        raise ValueError(
            "matrix must be square, one row and column a class, of counts that are "
            f"not all 0; got shape {counts.shape}, lowest {counts.min()}"
        )
    c = len(counts)
    names = check_labels("classes", classes, c)
    totals = counts.sum(1)
    share = counts / np.maximum(totals, 1)[:, None]
    with canvas(ax, max(6, 2.5 + 0.65 * c), max(5, 1.5 + 0.6 * c)) as ax:
        image = ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for (i, j), count in np.ndenumerate(counts):
            if count:
                ink = "white" if share[i, j] > 0.5 else "black"
                ax.text(j, i, number(count), ha="center", va="center", color=ink)
        long = max(map(len, names)) > 3
        ax.set_xticks(range(c), names, rotation=45 if long else 0)
        if long:
            for label in ax.get_xticklabels():
                label.set(ha="right", rotation_mode="anchor")
        ax.set_yticks(range(c), names)
        ax.set(xlabel="predicted class", ylabel="true class")
        bar = ax.figure.colorbar(image, ax=ax)
        bar.set_label("share of the true class", size=FONT)
        bar.ax.tick_params(labelsize=FONT - 2)
    n, right = counts.sum(), np.trace(counts)
    alt = f"Confusion matrix of {number(n)} examples in {c} classes, "
    alt += f"accuracy {number(right / n)}."
    wrong = counts - np.diag(np.diag(counts))
    i, j = np.unravel_index(np.argmax(wrong), wrong.shape)
    if wrong[i, j]:
        count = number(wrong[i, j])
        alt += f" The most frequent error: {names[i]} taken for {names[j]}, "
        alt += f"{count} times."
    recall = np.where(totals > 0, np.diag(share), np.inf)
    k = int(np.argmin(recall))
    return ax, f"{alt} Recall is lowest for {names[k]}, {number(recall[k])}."


def decision_regions(
    predict: Callable[[np.ndarray], Any],
    x: Num[Array | np.ndarray, "n 2"],
    y: Int[Array | np.ndarray, " n"],
    classes: Sequence[str],
    *,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Shade the plane by the class that `predict` gives, and draw the examples on it.

    `predict` maps points "m 2" to classes "m" or to scores "m c", of which the
    highest counts. Classes differ in colour, marker and hatching.

    >>> x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    >>> decision_regions(lambda p: (p[:, 0] > 0.5) * 1, x, y, ["low", "high"])[1]
    'Decision regions of 2 classes with 2 examples, of which 0 lie in a region of \
another class. Share of the area: low 0.5, high 0.5.'
    """
    points = checked("x", x, "n", 2)
    labels = checked("y", check_indices("y", y, len(classes)), len(points))
    low, high = points.min(0), points.max(0)
    margin = 0.08 * np.where(high > low, high - low, 1)
    sides = np.linspace(low - margin, high + margin, 300).T
    grid = np.stack(np.meshgrid(*sides), -1).reshape(-1, 2).astype(np.float32)
    region = _classes(predict(grid), len(grid), len(classes)).reshape(300, 300)
    errors = np.sum(
        _classes(predict(points.astype(np.float32)), len(points), len(classes))
        != labels
    )
    light = [
        0.35 * np.array(to_rgb(COLOURS[k % 8])) + 0.65 for k in range(len(classes))
    ]
    hatches = ("", "//", "..", "\\\\", "--", "||", "++", "xx", "oo")
    with canvas(ax) as ax:
        for k, name in enumerate(classes):
            inside = np.where(region == k, 1.0, 0.0)
            if inside.any():
                hatch = [hatches[k % 9]]
                fill = ax.contourf(
                    *sides, inside, levels=[0.5, 2], colors=[light[k]], hatches=hatch
                )
                fill.set_edgecolor(COLOURS[k % 8])
                ax.contour(*sides, inside, levels=[0.5], colors="black", linewidths=1)
            ax.scatter(
                *points[labels == k].T,
                c=COLOURS[k % 8],
                marker=MARKERS[k % 9],
                s=70,
                edgecolors="black",
                label=name,
                zorder=3,
            )
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    area = [f"{name} {number(np.mean(region == k))}" for k, name in enumerate(classes)]
    return ax, (
        f"Decision regions of {len(classes)} classes with {len(points)} examples, of "
        f"which {errors} lie in a region of another class. "
        f"Share of the area: {', '.join(area)}."
    )


def _classes(prediction: Any, n: int, c: int) -> np.ndarray:
    array = np.asarray(prediction)
    if array.shape == (n, c) and c > 1:
        array = array.argmax(1)
    if array.shape != (n,):
        raise ValueError(
            f"predict must map {n} points to shape ({n},) or ({n}, {c}); "
            f"got {array.shape}"
        )
    return check_indices("the classes that predict gives", array, c)
