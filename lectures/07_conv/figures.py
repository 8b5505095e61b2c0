"""Lecture 7, the operation: patches, bands, symmetry, padding, stride, pooling."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nnds import plot
from nnds.conv import LeNet5, band, conv2d, max_pool2d, receptive_field
from nnds.data import load

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


def data_shuffled() -> Arrays:
    """Return five digits, and the same with their pixels in another fixed order."""
    train = load("mnist").train
    first = [int(np.argmax(train["y"] == digit)) for digit in range(5)]
    x = train["x"][first, :, :, 0]
    order = np.random.default_rng(0).permutation(28 * 28)
    return {"digits": x, "shuffled": x.reshape(5, -1)[:, order].reshape(x.shape)}


def draw_shuffled(arrays: Arrays) -> Drawing:
    both = np.concatenate([arrays["digits"], arrays["shuffled"]])
    ax, alt = plot.images(both, columns=5)
    return ax, (
        "Five handwritten digits, 0 to 4, and below each the same image with its "
        f"pixels shuffled, all in the same way, so that it looks like noise. {alt}"
    )


PLACES = ((7, 9), (7, 16), (15, 14))  # top and left of three patches


def data_patches() -> Arrays:
    """Return a seven, and three patches of 5 by 5 cut out of it."""
    x = np.asarray(seven())[:, :, 0]
    return {
        "image": x,
        "patches": np.stack([x[p : p + 5, q : q + 5] for p, q in PLACES]),
    }


def draw_patches(arrays: Arrays) -> Drawing:
    fig, axes = plot.row(4, 13, 3.6)
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


def data_band() -> Arrays:
    w = jnp.array([-1.0, 2.0, 0.5]).reshape(1, 3, 1, 1)
    return {"matrix": np.asarray(band(w, outputs=8)[0])}


def draw_band(arrays: Arrays) -> Drawing:
    ax = plot.row(1, 7, 5.2)[1][0]
    plot.filters(arrays["matrix"][:, :, None, None], ax=ax)
    for text in ax.texts:
        text.remove()
    ax.set_title("8 outputs", fontsize=18)
    ax.text(-1.5, 20, "10 pixels", rotation=90, fontsize=18, ha="right", va="center")
    return ax, (
        "A matrix of 10 rows, the pixels, and 8 columns, the outputs: zero but for a "
        "diagonal band in which the same three weights, -1, 2 and 0.5, come again in "
        "every column, one row lower."
    )


def data_edges() -> Arrays:
    x = clothes("Ankle boot")
    made = {name: conv2d(x, kernel(name))[:, :, 0] for name in KERNELS}
    return {"boot": np.asarray(x)[:, :, 0]} | {
        name: np.asarray(y) for name, y in made.items()
    }


def draw_edges(arrays: Arrays) -> Drawing:
    fig, axes = plot.row(len(arrays), 14, 4)
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


def data_equivariance() -> Arrays:
    """Return a digit with room beside it, its map, and both for the digit moved."""
    x = jnp.pad(seven(), ((0, 0), (0, 8), (0, 0)))

    def f(x):
        return conv2d(x, kernel("edges left to right"), padding="same")

    moved = jnp.roll(x, 8, axis=1)  # blank pixels come round
    pictures = {"x": x, "f(x)": f(x), "shift x": moved, "f(shift x)": f(moved)}
    return {name: np.asarray(y)[:, :, 0] for name, y in pictures.items()}


def draw_equivariance(arrays: Arrays) -> Drawing:
    fig, axes = plot.row(4, 15, 3.8)
    bound = np.abs(arrays["f(x)"]).max()
    for ax, (name, y) in zip(axes, arrays.items(), strict=True):
        signed = dict(cmap="RdBu_r", vmin=-bound, vmax=bound)
        look = signed if name.startswith("f") else dict(cmap="gray")
        ax.imshow(y, interpolation="nearest", **look)
        ax.set_title(name, fontsize=24)
        ax.set_axis_off()
    gap = np.abs(shifted(arrays["f(x)"], 8) - arrays["f(shift x)"]).max()
    return fig, (
        "A seven x, its edge map f(x), the seven moved to the right by eight "
        "pixels, and the edge map of that: it is f(x) moved by eight pixels. The "
        f"largest difference between f(shift x) and shift f(x) is {gap:.2g}."
    )


LAYERS = (0, 1, 2, 4)


def data_padding() -> Arrays:
    """Return a dark digit on white after 0, 1, 2 and 4 means, zeros around it."""
    x = 1 - digits()[0]
    wide = jnp.full((5, 5, 1, 1), 1 / 25)
    found = {}
    for n in range(max(LAYERS) + 1):
        found[str(n)] = np.asarray(x)[:, :, 0]
        x = conv2d(x, wide, padding="same")
    return {str(n): found[str(n)] for n in LAYERS}


def draw_padding(arrays: Arrays) -> Drawing:
    titles = ["paper", *(f"{n} layer{'s' * (n != '1')}" for n in list(arrays)[1:])]
    ax, alt = plot.images(np.stack(list(arrays.values())), titles)
    corner = [y[0, 0] for y in arrays.values()]
    return ax, (
        "A dark digit on white paper, after mean kernels of 5 by 5 with zeros around "
        "the image: the border turns dark, from layer to layer. The corner goes from "
        f"{corner[0]:.2f} to {corner[-1]:.2f}. {alt}"
    )


def data_stride() -> Arrays:
    """Return the mean of 3 by 3 pixels at every place, every 2nd and every 4th."""
    x, w = clothes("Ankle boot"), kernel("mean")
    maps = {s: conv2d(x, w, stride=s, padding="same") for s in (1, 2, 4)}
    return {f"stride {s}": np.asarray(y)[:, :, 0] for s, y in maps.items()}


def draw_stride(arrays: Arrays) -> Drawing:
    same = [y.repeat(28 // len(y), 0).repeat(28 // len(y), 1) for y in arrays.values()]
    titles = [f"{name}\n{len(y)} by {len(y)}" for name, y in arrays.items()]
    ax, alt = plot.images(np.stack(same), titles)
    sizes = ", ".join(str(len(y)) for y in arrays.values())
    return ax, f"A boot with ever fewer outputs: {sizes} along each side. {alt}"


def data_dilation() -> Arrays:
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


def draw_dilation(arrays: Arrays) -> Drawing:
    sizes = [receptive_field([(3, 1, int(name[4:]))]) for name in arrays]
    titles = [f"{n}: {s} by {s}" for n, s in zip(arrays, sizes, strict=True)]
    ax, alt = plot.images(np.stack(list(arrays.values())), titles)
    return ax, (
        "The nine pixels that one output of a kernel of 3 by 3 reads: side by side, "
        f"every second one, every fourth one. {alt}"
    )


POOLS = (1, 2, 4)


def data_pooling() -> Arrays:
    """Return how much the maps of a digit change when it moves by one pixel."""
    x = digits()
    moved = jnp.asarray(shifted(np.asarray(x)[..., 0], 1)[..., None])
    w = jnp.concatenate(
        [kernel("edges left to right"), kernel("edges top to bottom")], 3
    )
    change = []
    for size in POOLS:

        def features(x, size=size):
            return max_pool2d(jax.nn.relu(conv2d(x, w, padding="same")), size)

        before, after = jax.vmap(features)(x), jax.vmap(features)(moved)
        gap = jnp.linalg.norm((before - after).reshape(len(x), -1), axis=1)
        size_before = jnp.linalg.norm(before.reshape(len(x), -1), axis=1)
        change.append(float((gap / size_before).mean()))
    return {"change": 100 * np.array(change)}


def draw_pooling(arrays: Arrays) -> Drawing:
    names = ["no pooling", *(f"maximum of {s} by {s}" for s in POOLS[1:])]
    ax = plot.row(1, 11, 3.6)[1][0]
    change = {"change": np.round(arrays["change"])}
    label = "change of the maps, per cent"
    _, alt = plot.bars(names, change, x_label=label, ax=ax)
    return ax, f"How edge maps of 500 digits change when they move by one pixel. {alt}"


PARTS = {"C1": "c1", "C3": "c3", "C5": "c5", "F6": "f6", "output": "output"}


def data_parameters() -> Arrays:
    model = LeNet5.init(key=jax.random.key(0))
    layers = [jax.tree.leaves(getattr(model, field)) for field in PARTS.values()]
    return {"count": np.array([sum(leaf.size for leaf in leaves) for leaves in layers])}


def draw_parameters(arrays: Arrays) -> Drawing:
    kinds = ["conv C1", "conv C3", "dense C5", "dense F6", "dense output"]
    ax = plot.row(1, 11, 4.4)[1][0]
    count = {"parameters": arrays["count"]}
    _, alt = plot.bars(kinds, count, x_label="parameters", ax=ax)
    return ax, f"{alt} Together {arrays['count'].sum():,}."
