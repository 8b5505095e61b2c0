"""Drawings of lecture 7 that no experiment makes: the layers, and what options do."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nnds import plot
from nnds.conv import conv2d, max_pool2d, receptive_field
from nnds.data import load
from nnds.plot import diagrams

Arrays = dict[str, np.ndarray]
Drawing = tuple[Figure | Axes, str]

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
KERNELS = {
    "mean": np.full((3, 3), 1 / 9, np.float32),
    "edges left to right": SOBEL,
    "edges top to bottom": SOBEL.T,
}


def kernel(name: str) -> jax.Array:
    return jnp.asarray(KERNELS[name])[:, :, None, None]


@cache
def digits() -> jax.Array:
    """Return the 500 images of the test set, "n h w 1"."""
    return jnp.asarray(load("mnist").test["x"])


@cache
def clothes(name: str) -> jax.Array:
    """Return the first image of a class of Fashion-MNIST, "h w 1"."""
    fashion = load("fashion_mnist")
    first = np.argmax(fashion.test["y"] == fashion.classes.index(name))
    return jnp.asarray(fashion.test["x"][first])


@cache
def seven() -> jax.Array:
    """Return a handwritten seven, "h w 1"."""
    return digits()[np.flatnonzero(load("mnist").test["y"] == 7)[6]]


PLACES = ((7, 9), (7, 16), (15, 14))  # top and left of three patches


def _patches() -> Arrays:
    """Return a seven, and three patches of 5 by 5 cut out of it."""
    x = np.asarray(seven())[:, :, 0]
    return {
        "image": x,
        "patches": np.stack([x[p : p + 5, q : q + 5] for p, q in PLACES]),
    }


def draw_patches() -> Drawing:
    arrays = _patches()
    fig, axes = plot.row(4, 12, 3.4)
    axes[0].imshow(arrays["image"], cmap="gray", interpolation="nearest")
    for k, (p, q) in enumerate(PLACES):
        colour = plot.COLOURS[k + 1]
        look = dict(fill=False, lw=4, ec=colour)
        axes[0].add_patch(Rectangle((q - 0.5, p - 0.5), 5, 5, **look))
        patch = arrays["patches"][k]
        axes[k + 1].imshow(patch, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axes[k + 1].add_patch(Rectangle((-0.5, -0.5), 5, 5, **look | dict(lw=10)))
        axes[k + 1].set_title(f"patch at ({p}, {q})", fontsize=18)
    for ax in axes:
        ax.set_axis_off()
    return fig, (
        "A handwritten seven with three frames of 5 by 5 pixels, and what is in them: "
        f"the patches whose first pixel is at row and column {PLACES[0]}, {PLACES[1]} "
        f"and {PLACES[2]}."
    )


def _edges() -> Arrays:
    x = clothes("Ankle boot")
    made = {name: conv2d(x, kernel(name))[:, :, 0] for name in KERNELS}
    return {"boot": np.asarray(x)[:, :, 0]} | {
        name: np.asarray(y) for name, y in made.items()
    }


def draw_edges() -> Drawing:
    arrays = _edges()
    fig, axes = plot.row(len(arrays), 12, 3.4)
    for ax, (name, y) in zip(axes, arrays.items(), strict=True):
        top = np.abs(y).max()
        signed = y.min() < 0
        look = dict(cmap="RdBu_r", vmin=-top) if signed else dict(cmap="gray", vmin=0)
        ax.imshow(y, vmax=top, interpolation="nearest", **look)
        ax.set_title(name, fontsize=18)
        ax.set_axis_off()
    return fig, (
        "A boot of Fashion-MNIST, and the boot after three kernels of 3 by 3: the mean "
        "blurs it; one kernel answers to edges between left and right, red where it "
        "gets brighter, blue where darker; its transpose to those between top and "
        "bottom."
    )


def shifted(y: np.ndarray, pixels: int) -> np.ndarray:
    """Return images "... w" moved to the right, zeros coming in."""
    edges = [(0, 0)] * (y.ndim - 1) + [(pixels, 0)]
    return np.pad(y, edges)[..., : y.shape[-1]]


def _equivariance() -> Arrays:
    """Return a digit with room beside it, its map, and both for the digit moved."""
    x = jnp.pad(seven(), ((0, 0), (0, 8), (0, 0)))

    def f(x):
        return conv2d(x, kernel("edges left to right"), padding="same")

    moved = jnp.roll(x, 8, axis=1)  # blank pixels come round
    pictures = {"x": x, "f(x)": f(x), "shift x": moved, "f(shift x)": f(moved)}
    return {name: np.asarray(y)[:, :, 0] for name, y in pictures.items()}


def draw_equivariance() -> Drawing:
    arrays = _equivariance()
    fig, axes = plot.row(4, 10, 2.35)
    bound = np.abs(arrays["f(x)"]).max()
    for ax, (name, y) in zip(axes, arrays.items(), strict=True):
        signed = dict(cmap="RdBu_r", vmin=-bound, vmax=bound)
        look = signed if name.startswith("f") else dict(cmap="gray")
        ax.imshow(y, interpolation="nearest", **look)
        ax.set_title(name, fontsize=20)
        ax.set_axis_off()
    gap = np.abs(shifted(arrays["f(x)"], 8) - arrays["f(shift x)"]).max()
    return fig, (
        "A seven x, its edge map f(x), the seven moved to the right by eight "
        "pixels, and the edge map of that: it is f(x) moved by eight pixels. The "
        f"largest difference between f(shift x) and shift f(x) is {gap:.2g}."
    )


LAYERS = (0, 1, 2, 4)


def _padding() -> Arrays:
    """Return a dark digit on white after 0, 1, 2 and 4 means, zeros around it."""
    x = 1 - digits()[0]
    wide = jnp.full((5, 5, 1, 1), 1 / 25)
    found = {}
    for n in range(max(LAYERS) + 1):
        found[str(n)] = np.asarray(x)[:, :, 0]
        x = conv2d(x, wide, padding="same")
    return {str(n): found[str(n)] for n in LAYERS}


def draw_padding() -> Drawing:
    arrays = _padding()
    titles = ["paper", *(f"{n} layer{'s' * (n != '1')}" for n in list(arrays)[1:])]
    ax, alt = plot.images(np.stack(list(arrays.values())), titles)
    corner = [y[0, 0] for y in arrays.values()]
    return ax, (
        "A dark digit on white paper, after mean kernels of 5 by 5 with zeros around "
        "the image: the border turns dark, from layer to layer. The corner goes from "
        f"{corner[0]:.2f} to {corner[-1]:.2f}. {alt}"
    )


def _stride() -> Arrays:
    """Return the mean of 3 by 3 pixels at every place, every 2nd and every 4th."""
    x, w = clothes("Ankle boot"), kernel("mean")
    maps = {s: conv2d(x, w, stride=s, padding="same") for s in (1, 2, 4)}
    return {f"stride {s}": np.asarray(y)[:, :, 0] for s, y in maps.items()}


def draw_stride() -> Drawing:
    arrays = _stride()
    same = [y.repeat(28 // len(y), 0).repeat(28 // len(y), 1) for y in arrays.values()]
    titles = [f"{name}\n{len(y)} by {len(y)}" for name, y in arrays.items()]
    ax, alt = plot.images(np.stack(same), titles)
    sizes = ", ".join(str(len(y)) for y in arrays.values())
    return ax, f"A boot with ever fewer outputs: {sizes} along each side. {alt}"


def _dilation() -> Arrays:
    """Return which pixels one output reads, by the gradient."""
    found = {}
    for t in (1, 2, 4):
        w = kernel("mean")

        def centre(x, t=t, w=w):
            return conv2d(x, w, padding="same", dilation=t)[5, 5, 0]

        found[f"t = {t}"] = np.asarray(jax.grad(centre)(jnp.zeros((11, 11, 1))))[
            :, :, 0
        ]
    return {name: (g != 0).astype(float) for name, g in found.items()}


def draw_dilation() -> Drawing:
    arrays = _dilation()
    sizes = [receptive_field([(3, 1, int(name[4:]))]) for name in arrays]
    titles = [f"{n}: {s} by {s}" for n, s in zip(arrays, sizes, strict=True)]
    ax, alt = plot.images(np.stack(list(arrays.values())), titles)
    return ax, (
        "The nine pixels that one output of a kernel of 3 by 3 reads: side by side, "
        f"every second one, every fourth one. {alt}"
    )


def draw_kernel() -> Drawing:
    """Draw a patch of an image, a bank of kernels, and the number each gives."""
    ax = diagrams.board(12, 4.9)
    y = 2.7
    x = diagrams.planes(ax, (1.5, y), 3, 2.1, 2.1, 5, shift=0.22)
    patch = diagrams.planes(ax, (4.6, y), 3, 0.9, 0.9, 1, shift=0.22)
    bank = [
        diagrams.planes(ax, (7.4, y + up), 3, 0.7, 0.7, 0, shift=0.16)
        for up in (1.2, -0.05, -1.3)
    ]
    h = diagrams.planes(ax, (10.5, y), 6, 1.4, 1.4, 2, shift=0.12)
    ax.add_patch(
        Rectangle((1.2, 2.5), 0.7, 0.7, lw=4, ec="#E69F00", fill=False, zorder=6)
    )
    diagrams.arrow(ax, (1.95, 2.85), patch.left)
    for kernel_part in bank:
        diagrams.arrow(ax, patch.right, kernel_part.left)
        diagrams.arrow(ax, kernel_part.right, h.left)
    for at, name, shape in (
        (x.x, "image x", "(h, w, d)"),
        (patch.x, "one patch", "(i, j, d)"),
        (7.4, "c kernels w", "(i, j, d, c)"),
        (h.x, "maps y", "(h₂, w₂, c)"),
    ):
        diagrams.write(ax, (at, 4.65), name)
        diagrams.write(ax, (at, 0.35), shape, weight="bold")
    return ax, (
        "A patch of shape (i, j, d) of an image (h, w, d) is multiplied by each of c "
        "kernels (i, j, d) and summed: c numbers at one place of the maps (h2, w2, c)."
    )


def draw_pool() -> Drawing:
    """Draw the maximum, the mean and the global mean of the same sixteen numbers."""
    ax = diagrams.board(12, 4.6)
    x = np.array([[1, 0, 2, 6], [3, 0, 4, 0], [8, 0, 1, 1], [4, 0, 1, 1]])
    pixels = jnp.asarray(x, jnp.float32)[:, :, None]
    high = np.asarray(max_pool2d(pixels, 2))[:, :, 0].astype(int)
    mean = x.reshape(2, 2, 2, 2).mean((1, 3))
    source = diagrams.cells(ax, (1.9, 2.3), x.tolist(), 0.8, 5)
    for column in (0, 1.6):
        for line in (0, 1.6):
            corner = (source.x - 1.6 + column, source.y - 1.6 + line)
            ax.add_patch(Rectangle(corner, 1.6, 1.6, fill=False, lw=5, zorder=4))
    targets = [
        (diagrams.cells(ax, (7.2, 3.7), high.tolist(), 0.7, 1), "maximum", "(2, 2, d)"),
        (diagrams.cells(ax, (7.2, 2.05), mean.tolist(), 0.7, 0), "mean", "(2, 2, d)"),
        (diagrams.cells(ax, (7.2, 0.6), [[x.mean()]], 0.7, 2), "global mean", "(d)"),
    ]
    for part, name, shape in targets:
        diagrams.arrow(ax, source.right, part.left)
        diagrams.write(ax, (9.2, part.y), name)
        diagrams.write(ax, (11.1, part.y), shape, weight="bold")
    diagrams.write(ax, (1.9, 0.3), "(4, 4, d)", weight="bold")
    return ax, (
        "Sixteen numbers in four windows of 2 by 2: the maximum of each, the mean of "
        "each, and the mean of all. Sizes (4, 4, d) become (2, 2, d), (2, 2, d), (d)."
    )


LENET = (
    ("input", "(28, 28, 1)", 1, 1.35, 5),
    ("C1", "(28, 28, 6)", 6, 1.35, 0),
    ("max", "(14, 14, 6)", 6, 0.8, 1),
    ("C3", "(10, 10, 16)", 6, 0.7, 0),
    ("max", "(5, 5, 16)", 6, 0.45, 1),
)
DENSE = (("C5", 120, 2.2), ("F6", 84, 1.7), ("out", 10, 0.8))


def draw_lenet() -> Drawing:
    """Draw LeNet-5 with the shape of each tensor."""
    ax = diagrams.board(12, 3.6)
    before = None

    def label(i, x, name, shape):
        diagrams.write(ax, (x, 3.4), name)
        diagrams.write(ax, (x, 0.25 if i % 2 == 0 else 0.65), shape, weight="bold")

    for i, (name, shape, count, side, colour) in enumerate(LENET):
        x = 0.9 + 1.8 * i
        part = diagrams.planes(ax, (x, 2.05), count, side, side, colour, shift=0.07)
        label(i, x, name, shape)
        if before:
            diagrams.arrow(ax, before.right, part.left)
        before = part
    for i, (name, size, height) in enumerate(DENSE):
        x = 9.5 + 0.95 * i
        part = diagrams.planes(ax, (x, 2.05), 1, 0.3, height, 2)
        label(i, x, name, f"({size})")
        diagrams.arrow(ax, before.right, part.left)
        before = part
    shapes = ", ".join(f"{name} {shape}" for name, shape, *_ in LENET)
    return ax, f"LeNet-5 from left to right: {shapes}, C5 (120), F6 (84), output (10)."


def draw_transposed() -> Drawing:
    """Draw two pixels that stamp three weights each into a row of five."""
    ax = diagrams.board(12, 3.8)
    one = diagrams.cells(ax, (4.2, 3.2), [["1"]], 0.8, 1)
    two = diagrams.cells(ax, (7.4, 3.2), [["2"]], 0.8, 0)
    first = diagrams.cells(ax, (4.4, 1.9), [["1", "1", "1"]], 0.8, 1)
    second = diagrams.cells(ax, (7.2, 1.9), [["2", "2", "2"]], 0.8, 0)
    total = diagrams.cells(ax, (5.8, 0.6), [["1", "1", "3", "2", "2"]], 0.8, 2)
    diagrams.arrow(ax, one.bottom, first.top)
    diagrams.arrow(ax, two.bottom, second.top)
    diagrams.arrow(ax, first.bottom, (5.0, total.top[1]))
    diagrams.arrow(ax, second.bottom, (6.6, total.top[1]))
    for y, name, shape in (
        (3.2, "pixels", "(1, 2, d)"),
        (1.9, "stamps, stride 2", "kernel (1, 3, d, c)"),
        (0.6, "their sum", "(1, 5, c)"),
    ):
        diagrams.write(ax, (1.5, y), name)
        diagrams.write(ax, (10.5, y), shape, weight="bold")
    return ax, (
        "The pixels 1 and 2 stamp a kernel of three ones, two places apart: 1 1 1 and "
        "2 2 2 overlap in the middle of the five outputs 1 1 3 2 2."
    )


def draw_separable() -> Drawing:
    """Draw a separable convolution: depthwise, then 1 by 1."""
    ax = diagrams.board(12, 2.8)
    x = diagrams.planes(ax, (1.2, 1.5), 4, 1.2, 1.2, 5)
    k = diagrams.box(ax, (4.2, 1.5), "look around\nin each", 2.2, 1.3, 0)
    p = diagrams.box(ax, (7.6, 1.5), "mix", 1.6, 1.3, 1)
    y = diagrams.planes(ax, (10.8, 1.5), 6, 1.2, 1.2, 2)
    diagrams.arrow(ax, x.right, k.left)
    diagrams.arrow(ax, k.right, p.left)
    diagrams.arrow(ax, p.right, y.left)
    for at, shape in (
        (1.2, "(h, w, d)"),
        (4.2, "k ~ (i, j, d)"),
        (7.6, "p ~ (d, c)"),
        (10.8, "(h₂, w₂, c)"),
    ):
        diagrams.write(ax, (at, 0.3), shape, weight="bold")
    return ax, (
        "A separable convolution: an image (h, w, d) is filtered channel by channel "
        "with k of shape (i, j, d), then p of shape (d, c) mixes the channels."
    )
