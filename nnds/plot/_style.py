"""What all figures share: colours, sizes, checks of shapes, display with alt text."""

import base64
import html
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FIGURE = "application/vnd.nnds.figure+json"  # a figure by its name

# Okabe & Ito (2008), the strongest contrasts first
COLOURS = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7"),
    *("#D55E00", "#56B4E9", "#F0E442", "#000000"),
)
# 9 markers and 8 colours: the pair repeats only after 72 classes
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<")
DASHES = ("-", "--", "-.", ":")

SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"
# points; the smallest text has two less, so that a slide that shows an inch on 96 px or
# more, 12 inches on its whole width, has no text under 24 px
FONT = 20
STYLE = {
    "font.size": FONT,
    "axes.titlesize": FONT + 2,
    "legend.fontsize": FONT - 2,
    "lines.linewidth": 3,
    "lines.markersize": 9,
    "axes.linewidth": 1.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
    "figure.dpi": 100,
}


@contextmanager
def canvas(
    ax: Axes | None, width: float | int = 8, height: float | int = 5
) -> Iterator[Axes]:
    """Yield `ax`, or new Axes of `width` by `height` inches, under the style above."""
    with plt.style.context(["default", STYLE]):
        if ax is None:
            ax = plt.subplots(figsize=(width, height), layout="constrained")[1]
        # set on the Axes too: ticks are drawn later, outside this style
        ax.tick_params(labelsize=FONT - 2)
        ax.xaxis.label.set(fontsize=FONT)
        ax.yaxis.label.set(fontsize=FONT)
        yield ax


def row(
    n: int, width: float | int = 12, height: float | int = 4.5
) -> tuple[Figure, list[Axes]]:
    """Return a figure with `n` Axes side by side, of `width` by `height` inches in all.

    >>> len(row(3)[1])
    3
    """
    with plt.style.context(["default", STYLE]):
        figure, axes = plt.subplots(
            1, n, figsize=(width, height), layout="constrained", squeeze=False
        )
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=0.08, wspace=0.04)  # room between the Axes, and left of a label
    return figure, list(axes[0])


def checked(name: str, x: object, *sizes: int | str) -> np.ndarray:
    """Return `x` as a NumPy array of the stated shape; letters stand for any size.

    >>> checked("x", [[1, 2]], "n", 2).shape
    (1, 2)
    """
    array = np.asarray(x)
    want = f"({', '.join(map(str, sizes))})"
    fits = array.ndim == len(sizes) and all(
        isinstance(size, str) or size == n
        for size, n in zip(sizes, array.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} must have shape {want}; got {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {array.shape}")
    # bfloat16 and other JAX types are unknown to matplotlib
    return array if array.dtype.kind in "biu" else array.astype(float)


def check_labels(name: str, labels: Sequence[str], n: int) -> list[str]:
    """Return `labels` as strings; ValueError if there are not `n` of them."""
    if len(labels) != n:
        raise ValueError(f"{name} must name {n} items; got {len(labels)}: {labels}")
    return [str(label) for label in labels]


def check_indices(name: str, x: object, n: int) -> np.ndarray:
    """Return `x` as integers in 0..n-1; ValueError otherwise."""
    array = np.asarray(x)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integers; got {array.dtype}")
    if array.size and not (array.min() >= 0 and array.max() < n):
        raise ValueError(
            f"{name} must lie in 0..{n - 1}; got {array.min()}..{array.max()}"
        )
    return array


def number(x: float | int | np.number) -> str:
    """Return `x` with three significant digits, and no exponent where it is short.

    >>> number(0.98765), number(61706.0), number(2.0)
    ('0.988', '61706', '2')
    """
    return f"{x:.0f}" if 1000 <= abs(x) < 1e6 else f"{x:.3g}"


def show(figure: Axes | Figure, alt: str, name: str | None = None) -> None:
    """Display the figure in Jupyter with `alt` as its alternative text, and close it.

    The output holds an HTML `<img alt=...>`, which JupyterLab, Colab, nbconvert and
    myst-nb prefer, since they drop the metadata of a PNG; a PNG with `alt` in its
    metadata, for tools that read figures; `alt` as plain text; and for a figure with a
    `name` the same as SVG under `FIGURE`, which the slides show by that name. Outside
    Jupyter nothing happens, and the figure stays open.
    ValueError when `alt` is not a sentence, or `name` no identifier.
    """
    if not alt.strip().endswith((".", "!", "?")) or len(alt.split()) < 4:
        raise ValueError(f"alt must be a full sentence for a blind reader; got {alt!r}")
    if name is not None and not name.isidentifier():
        raise ValueError(f"a figure needs a name such as 'loss_curves'; got {name!r}")
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return
    from IPython.display import display

    root = (figure.figure if isinstance(figure, Axes) else figure).figure
    buffer = io.BytesIO()
    root.savefig(buffer, format="png", metadata={"Software": None, "Description": alt})
    png = base64.b64encode(buffer.getvalue()).decode()
    source = f"data:image/png;base64,{png}"
    image = f'<img alt="{html.escape(alt)}" style="max-width: 100%" src="{source}">'
    shown: dict[str, Any] = {"image/png": png, "text/html": image, "text/plain": alt}
    if name is not None:
        shown[FIGURE] = {"name": name, "alt": alt, "svg": vector(root, name)}
    display(shown, metadata={"image/png": {"alt": alt}}, raw=True)
    plt.close(root)


def vector(root: Any, salt: str) -> str:
    """Return the figure as SVG: letters as shapes, equal bytes for equal figures."""
    buffer = io.StringIO()
    with plt.rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}):
        root.savefig(buffer, format="svg", dpi=160, metadata={"Date": None})
    return buffer.getvalue()
