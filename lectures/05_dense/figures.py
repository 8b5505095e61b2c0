"""Drawings of lecture 5 that no experiment makes: the layer, the MLP, xor by hand."""

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnds import plot
from nnds.dense import dense
from nnds.plot import diagrams
from nnds.plot.dense_diagrams import dense_layer, mlp

Drawing = tuple[Figure | Axes, str]


def draw_layer() -> Drawing:
    return dense_layer(4, 3)


def draw_mlp() -> Drawing:
    return mlp([784, 128, 10], "φ", height=3.7)


def draw_gate() -> Drawing:
    """Draw SwiGLU: two products with x, one of them the gate."""
    ax = diagrams.board(12, 4.6)
    diagrams.box(ax, (0.9, 2.3), "x", 0.9, 0.9, 5)
    gate = diagrams.box(ax, (4.1, 3.5), "silu(Wᵀx)", 2.2, 0.9, 3)
    value = diagrams.box(ax, (4.1, 1.1), "Vᵀx", 2.2, 0.9, 0)
    times = diagrams.box(ax, (7.6, 2.3), "⊙", 0.9, 0.9, 2)
    last = diagrams.box(ax, (10.6, 2.3), "Uᵀ", 1.2, 0.9, 1)
    diagrams.arrow(ax, (1.35, 2.45), gate.left)
    diagrams.arrow(ax, (1.35, 2.15), value.left)
    diagrams.arrow(ax, gate.right, (7.15, 2.5))
    diagrams.arrow(ax, value.right, (7.15, 2.1))
    diagrams.arrow(ax, times.right, last.left, "(h)")
    diagrams.write(ax, (0.9, 1.5), "(d)")
    diagrams.write(ax, (6.3, 3.6), "(h)")
    diagrams.write(ax, (6.3, 1.0), "(h)")
    diagrams.write(ax, (10.6, 1.5), "(c)")
    diagrams.write(ax, (4.1, 4.3), "gate: how much passes")
    diagrams.write(ax, (4.1, 0.3), "value: what passes")
    return ax, (
        "SwiGLU: x of shape (d) goes to the gate silu(Wᵀx) and to the value Vᵀx, both "
        "of shape (h); their products, number by number, go through Uᵀ to shape (c)."
    )


def draw_xor_by_hand() -> Drawing:
    """Two ReLU units by hand: `h0` counts the ones, `h1` sees two of them."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    y = np.array([0, 1, 1, 0])
    w, b = jnp.ones((2, 2)), jnp.array([0.0, -1.0])
    h = np.asarray(jax.vmap(lambda x: jax.nn.relu(dense(x, w, b)))(x))
    fig, (left, right) = plot.row(2, 12, 4.4)
    for ax, points, name in ((left, x, "x"), (right, h, "h")):
        for k, label in enumerate(["xor = 0", "xor = 1"]):
            look = {"c": plot.COLOURS[k], "marker": plot.MARKERS[k], "s": 350}
            ax.scatter(
                *points[y == k].T, edgecolors="black", label=label, zorder=3, **look
            )
        ax.set(xlabel=f"{name}₀", ylabel=f"{name}₁", xlim=(-0.4, 2.4))
        ax.set(ylim=(-0.4, 1.4), xticks=[0, 1, 2], yticks=[0, 1])
    right.plot([0.2, 2.4], [-0.15, 0.95], "k--")
    arrow = {"arrowstyle": "->", "lw": 2}
    both = "two corners\nmeet here"
    right.annotate(both, (1, 0.06), (0.1, 0.75), fontsize=18, arrowprops=arrow)
    left.legend(loc="upper right", fontsize=18, markerscale=0.6)
    left.set_title("inputs", fontsize=20)
    right.set_title("hidden units", fontsize=20)
    return fig, (
        "Left, the four corners of a square, of which opposite ones share a class. "
        "Right, the same four after two ReLU units: both corners of class 1 fall on "
        "(1, 0), those of class 0 on (0, 0) and (2, 1), and a dashed straight line "
        "separates the classes."
    )
