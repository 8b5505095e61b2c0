"""What a figure draws, as arrays, and each array in a few numbers that can be kept."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure


def drawn(figure: Axes | Figure) -> dict[str, np.ndarray]:
    """Return the arrays that a figure shows, read off its Axes.

    Axes are counted in the order they were made, colour bars left out. A line is its
    points "n 2", an image its pixels, markers are their places "n 2", bars and boxes
    their `(left, bottom, width, height)`, edges their ends "e 2 2", and filled contours
    their areas, since the number of their corners says nothing;
    contour lines are left out.

    >>> from nnds.plot import lines
    >>> ax, _ = lines(np.arange(2), {"a": [1, 3]}, x_label="x", y_label="y")
    >>> drawn(ax)["axes0.line0"].tolist()
    [[0.0, 1.0], [1.0, 3.0]]
    """
    root = (figure.figure if isinstance(figure, Axes) else figure).figure
    found: dict[str, np.ndarray] = {}
    shown = [ax for ax in root.axes if ax.get_label() != "<colorbar>"]
    for k, ax in enumerate(shown):
        at = f"axes{k}."
        for i, line in enumerate(ax.lines):
            found[f"{at}line{i}"] = np.stack(
                [np.asarray(c, float) for c in line.get_data(orig=False)], 1
            )
        for i, image in enumerate(ax.images):
            found[f"{at}image{i}"] = np.ma.filled(image.get_array(), np.nan)
        marks = [m for m in ax.collections if getattr(m, "filled", True)]
        for i, m in enumerate(marks):
            found[f"{at}collection{i}"] = _places(m)
        boxes: list[Any] = [p for p in ax.patches if hasattr(p, "get_bbox")]
        if boxes:
            found[f"{at}boxes"] = np.array([p.get_bbox().bounds for p in boxes])
    return found


def _places(marks: Any) -> np.ndarray:
    if isinstance(marks, ContourSet):
        return np.array([_area(path) for path in marks.get_paths()])
    if isinstance(marks, LineCollection):
        return np.array(marks.get_segments(), float)
    return np.ma.filled(np.ma.asarray(marks.get_offsets(), float), np.nan)


def _area(path: Any) -> float:
    """Return the area inside a path; holes run the other way round, and count off."""
    return sum(
        0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
        for x, y in (polygon.T for polygon in path.to_polygons())
    )


def summary(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """Return shape, mean, deviation, extremes and `tilt` of each array, ready for JSON.

    The tilt is the mean of the values weighted by their place, from -1 for the first to
    1 for the last: it changes when the same values come in another order. Text is kept
    as it is. What is not finite is left out, and counted when there is any.

    >>> summary({"a": np.array([1.0, 2.0, 3.0])})["a"]
    {'shape': [3], 'mean': 2.0, 'std': 0.8165, 'min': 1.0, 'max': 3.0, 'tilt': 0.66667}
    """
    return {name: _in_short(np.asarray(a)) for name, a in arrays.items()}


def _in_short(array: np.ndarray) -> dict[str, Any]:
    short: dict[str, Any] = {"shape": list(array.shape)}
    if array.dtype.kind in "OUS":
        return {**short, "text": [str(item) for item in array.ravel()]}
    flat = array.astype(float).ravel()
    place = np.linspace(-1, 1, flat.size)[np.isfinite(flat)]
    lost, flat = flat.size - place.size, flat[np.isfinite(flat)]
    if lost:
        short["not_finite"] = lost
    if flat.size:
        numbers = {"mean": flat.mean(), "std": flat.std(), "min": flat.min()}
        numbers |= {"max": flat.max(), "tilt": (flat * place).mean()}
        # six digits of the scale: more than any band needs
        digits = 5 - int(np.floor(np.log10(max(np.abs(flat).max(), 1e-30))))
        short |= {name: round(float(x), digits) + 0.0 for name, x in numbers.items()}
    return short
