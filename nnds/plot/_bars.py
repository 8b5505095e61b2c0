"""A few named numbers side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Num
from matplotlib.axes import Axes

from nnds.plot._style import COLOURS, FONT, canvas, check_labels, checked, number

HATCHES = ("", "//", "..", "xx")


def bars(
    names: Sequence[str],
    groups: Mapping[str, Num[Array | np.ndarray, "_"] | Sequence[float | int]],
    *,
    x_label: str,
    ax: Axes | None = None,
) -> tuple[Axes, str]:
    """Draw a horizontal bar for each name, and its number behind it, from the top down.

    Several groups stand below each other under each name, each with its own hatch.

    >>> bars(["cat", "dog"], {"legs": [4, 3]}, x_label="number of legs")[1]
    'Bars, number of legs. legs: cat 4, dog 3.'
    """
    if not groups or not len(names):
        raise ValueError(
            f"nothing to draw: {len(names)} names and {len(groups)} groups"
        )
    names = check_labels("names", names, len(names))
    values = {g: checked(g, v, len(names)) for g, v in groups.items()}
    thick = 0.8 / len(values)
    with canvas(ax, 8, max(2.5, 1.4 + 0.55 * len(names) * len(values))) as ax:
        for k, (group, x) in enumerate(values.items()):
            y = np.arange(len(names)) + thick * (k - (len(values) - 1) / 2)
            look: Any = {"color": COLOURS[k % 8], "hatch": HATCHES[k % 4]}
            drawn = ax.barh(y, x, 0.92 * thick, label=group, edgecolor="black", **look)
            ax.bar_label(drawn, [number(v) for v in x], padding=5, fontsize=FONT)
        ax.set_yticks(range(len(names)), names, fontsize=FONT)
        ax.set_xlabel(x_label)
        ax.tick_params(axis="y", length=0)
        ax.invert_yaxis()
        ax.margins(x=0.12)
        if len(values) > 1:
            ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    parts = (
        f"{g}: {', '.join(f'{n} {number(v)}' for n, v in zip(names, x, strict=True))}"
        for g, x in values.items()
    )
    return ax, f"Bars, {x_label}. {'; '.join(parts)}."
