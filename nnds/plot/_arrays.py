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

    Axes are counted in the order they were made, colour bars left out. Lines and
    markers are their `x` and `y`, images their pixels, bars and boxes their `left`,
    `bottom`, `width` and `height`, edges their ends "e 2 2", and filled contours their
    areas, since the number of their corners says nothing; contour lines are left out.

    >>> from nnds.plot import lines
    >>> ax, _ = lines(np.arange(2), {"a": [1, 3]}, x_label="x", y_label="y")
    >>> drawn(ax)["axes0.line0.y"].tolist()
    [1.0, 3.0]
    """
    root = (figure.figure if isinstance(figure, Axes) else figure).figure
    found: dict[str, np.ndarray] = {}
    shown = [ax for ax in root.axes if ax.get_label() != "<colorbar>"]
    for k, ax in enumerate(shown):
        at = f"axes{k}."
        for i, line in enumerate(ax.lines):
            for axis, values in zip("xy", line.get_data(orig=False), strict=True):
                found[f"{at}line{i}.{axis}"] = np.asarray(values, float)
        for i, image in enumerate(ax.images):
            found[f"{at}image{i}"] = np.ma.filled(
                np.ma.asarray(image.get_array()), np.nan
            )
        marks = [m for m in ax.collections if getattr(m, "filled", True)]
        for i, m in enumerate(marks):
            found |= {f"{at}collection{i}.{key}": a for key, a in _places(m).items()}
        boxes: list[Any] = [p for p in ax.patches if hasattr(p, "get_bbox")]
        for j, side in enumerate(("left", "bottom", "width", "height")):
            if boxes:
                sides = [p.get_bbox().bounds[j] for p in boxes]
                found[f"{at}boxes.{side}"] = np.array(sides)
    return found


def _places(marks: Any) -> dict[str, np.ndarray]:
    if isinstance(marks, ContourSet):
        return {"area": np.array([_area(path) for path in marks.get_paths()])}
    if isinstance(marks, LineCollection):
        return {"ends": np.array(marks.get_segments(), float)}
    x, y = np.ma.filled(np.ma.asarray(marks.get_offsets(), float), np.nan).T
    return {"x": x, "y": y}


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
