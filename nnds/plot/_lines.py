"""One number against another."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Array, Num
from matplotlib.axes import Axes

from nnds.plot._style import COLOURS, DASHES, MARKERS, canvas, checked, number


def lines(
    x: Num[Array | np.ndarray, " n"],
    curves: Mapping[str, Num[Array | np.ndarray, "_"] | Sequence[float | int]],
    *,
    x_label: str,
    y_label: str,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Draw each curve against x.

    >>> lines(np.arange(3), {"a": [1, 2, 4]}, x_label="time", y_label="size")[1]
    'Size against time from 0 to 2. a goes from 1 to 4, lowest 1 at 0, highest 4 at 2.'
    """
    if not curves:
        raise ValueError("curves is empty: nothing to draw")
    x = checked("x", x, "n")
    parts = []
    with canvas(ax) as ax:
        for i, (name, values) in enumerate(curves.items()):
            y = checked(name, values, len(x))
            ax.plot(
                x,
                y,
                color=COLOURS[i % 8],
                linestyle=DASHES[i % 4],
                marker=MARKERS[i % len(MARKERS)] if len(x) <= 20 else None,
                label=name,
            )
            low, high = int(np.argmin(y)), int(np.argmax(y))
            parts.append(
                f"{name} goes from {number(y[0])} to {number(y[-1])}, lowest "
                f"{number(y[low])} at {number(x[low])}, highest {number(y[high])} at "
                f"{number(x[high])}"
            )
        ax.set(xlabel=x_label, ylabel=y_label)
        if len(curves) > 1:
            ax.legend()
    span = f"{y_label} against {x_label} from {number(x[0])} to {number(x[-1])}"
    return ax, f"{span[0].upper()}{span[1:]}. {'; '.join(parts)}."
