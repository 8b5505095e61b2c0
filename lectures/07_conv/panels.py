"""The try-it panels of lecture 7: the numbers they compute with, and what they print.

`data_*` returns what the script of the panel reads (site/_static/panels); `draw_*` the
figure that stands there without scripts, and on paper.
"""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.figure import Figure

from nnds import plot
from nnds.conv import LeNet5, conv2d
from nnds.data import load
from nnds.dense import MLP
from nnds.losses import cross_entropy
from nnds.train import fit

SHIFTS = np.arange(-8, 9)
BOOT, PULLOVER = 0, 4  # among the test images of Fashion-MNIST
DRAWN = {  # kernels by hand, 3 by 3
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "blur": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "upright edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "level edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
}


def _loss(model, batch, key):
    return jax.vmap(cross_entropy)(jax.vmap(model)(batch["x"]), batch["y"]).mean()


@cache
def _networks() -> tuple[MLP, LeNet5]:
    """Return an MLP and LeNet-5 that have learned the same 4,000 digits."""
    x, y = (load("mnist").train[name] for name in "xy")
    common = dict(loss=_loss, optimizer=optax.adam(1e-3), batch_size=64, progress=False)
    keys = jax.random.split(jax.random.key(0), 4)
    flat = {"x": x.reshape(len(x), -1), "y": y}
    mlp = MLP.init([784, 128, 10], key=keys[0])
    mlp, _ = fit(mlp, flat, epochs=10, key=keys[1], **common)
    lenet = LeNet5.init(key=keys[2])
    lenet, _ = fit(lenet, {"x": x, "y": y}, epochs=6, key=keys[3], **common)
    return mlp, lenet


def data_kernel() -> dict[str, np.ndarray]:
    """Return three images in 0..255, kernels drawn by hand, and those of LeNet-5."""
    mnist, fashion = load("mnist").test, load("fashion_mnist").test
    seven = mnist["x"][np.argmax(mnist["y"] == 7)]
    pictures = np.stack([seven, *fashion["x"][[BOOT, PULLOVER]]])[:, :, :, 0]
    _, lenet = _networks()
    return {
        "images": np.round(255 * pictures).astype(np.uint8),
        "drawn": np.array(list(DRAWN.values()), float).round(4),
        "learned": np.moveaxis(np.asarray(lenet.c1.w)[:, :, 0], 2, 0).round(3),
    }


def draw_kernel(arrays: dict[str, np.ndarray]) -> tuple[Figure, str]:
    """Draw a boot, and what four kernels make of it."""
    boot = jnp.asarray(arrays["images"][1] / 255, jnp.float32)[:, :, None]
    kernels = jnp.asarray(arrays["drawn"][1:], jnp.float32)
    maps = [conv2d(boot, k[:, :, None, None], padding="same") for k in kernels]
    # each map is stretched to black and white of its own, as its scale differs
    tiles = [boot, *((m - m.min()) / (m.max() - m.min()) for m in maps)]
    titles = ["input", *list(DRAWN)[1:]]
    ax, alt = plot.images(np.stack(tiles)[:, :, :, 0], titles)
    return (
        ax.figure,
        f"A boot, and the maps that four kernels of 3 by 3 make of it. {alt}",
    )


def data_shift() -> dict[str, np.ndarray]:
    """Return what two networks say of ten digits, moved left and right.

    `mlp` and `lenet` are probabilities "digit shift class", `*_right` the share of the
    500 test digits that is read rightly at each shift.
    """
    test = load("mnist").test
    networks = dict(zip(("mlp", "lenet"), map(_read, _networks()), strict=True))
    said = {
        name: np.stack([read(moved(test["x"], s)) for s in SHIFTS], axis=1)
        for name, read in networks.items()
    }
    right = {name: p.argmax(2) == test["y"][:, None] for name, p in said.items()}
    middle = int(np.flatnonzero(SHIFTS == 0)[0])
    both = right["mlp"][:, middle] & right["lenet"][:, middle]
    rows = [int(np.argmax(both & (test["y"] == digit))) for digit in range(10)]
    arrays = {
        "images": np.round(255 * test["x"][rows, :, :, 0]).astype(np.uint8),
        "shifts": SHIFTS,
    }
    for name in networks:
        arrays[name] = said[name][rows].round(3)
        arrays[f"{name}_right"] = right[name].mean(0).round(3)
    return arrays


def _read(network: MLP | LeNet5):
    """Return the function from images "n 28 28 1" to probabilities "n 10"."""
    flat = isinstance(network, MLP)

    @jax.jit
    def read(x):
        x = x.reshape(len(x), -1) if flat else x
        return jax.nn.softmax(jax.vmap(network)(x))

    return lambda x: np.asarray(read(x))


def moved(x: np.ndarray, pixels: int) -> np.ndarray:
    """Return the images "n h w 1" moved to the right, zeros coming in."""
    side = ((0, 0), (0, 0), (abs(pixels), abs(pixels)), (0, 0))
    start = abs(pixels) - pixels
    return np.pad(x, side)[:, :, start : start + x.shape[2]]


def draw_shift(arrays: dict[str, np.ndarray]) -> tuple[Figure, str]:
    """Draw the share of test digits read rightly against the shift."""
    curves = {"LeNet-5": arrays["lenet_right"], "MLP": arrays["mlp_right"]}
    ax, alt = plot.lines(
        arrays["shifts"],
        curves,
        x_label="pixels moved to the right",
        y_label="test accuracy",
    )
    ax.set_ylim(0, 1)
    ax.set_title("A digit that moves is lost, by the MLP sooner", size=19)
    return ax.figure, alt
