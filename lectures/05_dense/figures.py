"""Lecture 5, the layer itself: xor, activations, approximation, initialisation."""

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.scipy.ndimage import map_coordinates
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from nnds import plot
from nnds.data import load
from nnds.dense import MLP, dense
from nnds.init import he
from nnds.losses import cross_entropy
from nnds.train import evaluate, fit

Arrays = dict[str, np.ndarray]
Drawing = tuple[Figure | Axes, str]

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR = {"x": CORNERS, "y": np.array([0, 1, 1, 0], np.int32)}


def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    return jax.vmap(cross_entropy)(logits, batch["y"]).mean()


@cache
def solve_xor(sizes: tuple[int, ...], epochs: int, seed: int) -> MLP:
    key_init, key_train = jax.random.split(jax.random.key(seed))
    model = MLP.init(sizes, jax.nn.tanh, key=key_init)
    run = dict(optimizer=optax.adam(0.05), epochs=epochs, batch_size=4, progress=False)
    return fit(model, XOR, loss=loss, key=key_train, **run)[0]


def score(model: MLP) -> Arrays:
    """Return by how much class 1 leads over class 0, on a grid around the corners."""
    side = np.linspace(-0.5, 1.5, 121, dtype=np.float32)
    grid = np.stack(np.meshgrid(side, side), -1)
    logits = jax.vmap(jax.vmap(model))(grid)
    return {"side": side, "score": np.asarray(logits[..., 1] - logits[..., 0])}


def draw_scores(arrays: Arrays, model: str) -> Drawing:
    """Draw the corners over the regions in which a class has the higher score."""
    side, over = arrays["side"], jnp.asarray(arrays["score"])
    step = side[1] - side[0]

    def predict(points: np.ndarray) -> np.ndarray:
        places = list((points.T[::-1] - side[0]) / step)  # rows run along x₁
        return np.asarray(map_coordinates(over, places, order=1) > 0).astype(int)

    y = XOR["y"]
    ax, alt = plot.decision_regions(predict, CORNERS, y, ["xor = 0", "xor = 1"])
    ax.set(xlabel="x₀", ylabel="x₁", xticks=[0, 1], yticks=[0, 1])
    for marks in ax.collections:
        if isinstance(marks, PathCollection):  # the corners, not the regions
            marks.set(sizes=[350], clip_on=False)
    return ax, f"{model} on exclusive or. {alt}"


def data_xor() -> Arrays:
    return score(solve_xor((2, 2), 40, seed=5))


def draw_xor(arrays: Arrays) -> Drawing:
    return draw_scores(arrays, "A linear model")


def data_xor_bent() -> Arrays:
    return score(solve_xor((2, 8, 2), 300, seed=0))


def draw_xor_bent(arrays: Arrays) -> Drawing:
    return draw_scores(arrays, "An MLP with 8 hidden units")


def data_xor_hidden() -> Arrays:
    """Two ReLU units by hand: `h0` counts the ones, `h1` sees two of them."""
    w, b = jnp.ones((2, 2)), jnp.array([0.0, -1.0])
    h = jax.vmap(lambda x: jax.nn.relu(dense(x, w, b)))(CORNERS)
    return {"x": CORNERS, "h": np.asarray(h), "y": XOR["y"]}


def draw_xor_hidden(arrays: Arrays) -> Drawing:
    fig, (left, right) = plot.row(2, 12, 4.6)
    y = arrays["y"]
    for ax, points, names in ((left, arrays["x"], "x"), (right, arrays["h"], "h")):
        for k, label in enumerate(["xor = 0", "xor = 1"]):
            look = dict(c=plot.COLOURS[k], marker=plot.MARKERS[k], s=350, zorder=3)
            ax.scatter(*points[y == k].T, edgecolors="black", label=label, **look)
        ax.set(xlabel=f"{names}₀", ylabel=f"{names}₁", xlim=(-0.4, 2.4))
        ax.set(ylim=(-0.4, 1.4), xticks=[0, 1, 2], yticks=[0, 1])
    right.plot([0.2, 2.4], [-0.15, 0.95], "k--")
    right.annotate("two corners\nmeet here", (1, 0.06), (0.35, 0.75), fontsize=16,
                   arrowprops=dict(arrowstyle="->", lw=2))  # fmt: skip
    left.legend(loc="upper right", fontsize=16, markerscale=0.6)
    left.set_title("inputs", fontsize=18)
    right.set_title("hidden units", fontsize=18)
    return fig, (
        "Left, the four corners of a square, of which opposite ones share a class. "
        "Right, the same four after two ReLU units: both corners of class 1 fall on "
        "(1, 0), those of class 0 on (0, 0) and (2, 1), and a dashed straight line "
        "separates the classes."
    )


def activations(functions: dict[str, Callable]) -> Arrays:
    x = (jnp.arange(321) - 160) / 40  # 0 is in it exactly
    return {"x": np.asarray(x)} | {k: np.asarray(f(x)) for k, f in functions.items()}


def draw_activations_of(arrays: Arrays, y_label: str) -> Drawing:
    curves = {name: y for name, y in arrays.items() if name != "x"}
    ax = plot.row(1, 9, 4.6)[1][0]
    _, alt = plot.lines(arrays["x"], curves, x_label="x", y_label=y_label, ax=ax)
    ax.axhline(0, color="0.6", lw=1, zorder=0)
    ax.axvline(0, color="0.6", lw=1, zorder=0)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=18)
    return ax, alt


SQUASHING = {
    "step": lambda x: jnp.heaviside(x, 1.0),
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
}
RECTIFYING = {
    "ReLU": jax.nn.relu,
    "leaky": lambda x: jax.nn.leaky_relu(x, 0.1),
    "ELU": jax.nn.elu,
    "softplus": jax.nn.softplus,
}
SMOOTH = {"ReLU": jax.nn.relu, "GELU": jax.nn.gelu, "SiLU": jax.nn.silu}


def data_squashing() -> Arrays:
    return activations(SQUASHING)


def draw_squashing(arrays: Arrays) -> Drawing:
    return draw_activations_of(arrays, "φ(x)")


def data_rectifying() -> Arrays:
    return activations(RECTIFYING)


def draw_rectifying(arrays: Arrays) -> Drawing:
    ax, alt = draw_activations_of(arrays, "φ(x)")
    ax.set_ylim(-1.2, 3)
    return ax, alt


def data_smooth() -> Arrays:
    return activations(SMOOTH)


def draw_smooth(arrays: Arrays) -> Drawing:
    ax, alt = draw_activations_of(arrays, "φ(x)")
    ax.set(xlim=(-4, 2), ylim=(-0.35, 2))
    return ax, alt


def data_slopes() -> Arrays:
    """Return the slope of sigmoid, tanh and ReLU, by `grad` and `vmap`."""
    chosen = {k: (SQUASHING | RECTIFYING)[k] for k in ("sigmoid", "tanh", "ReLU")}
    return activations({k: jax.vmap(jax.grad(f)) for k, f in chosen.items()})


def draw_slopes(arrays: Arrays) -> Drawing:
    return draw_activations_of(arrays, "slope of φ")


BINS = (5, 15, 50)


def data_bins() -> Arrays:
    """Return sin x on a period, and its value in the middle of the bin of x."""
    x = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    found = {"x": x, "sin": np.sin(x)}
    for m in BINS:
        middle = (np.floor(x / (2 * np.pi) * m) + 0.5) * 2 * np.pi / m
        found[f"{m} bins"] = np.sin(middle)
    return found


def draw_bins(arrays: Arrays) -> Drawing:
    fig, axes = plot.row(3, 13, 4.4)
    told = []
    for m, ax in zip(BINS, axes, strict=True):
        y = arrays[f"{m} bins"]
        worst = np.abs(y - arrays["sin"]).max()
        told.append(f"{m} bins, {worst:.2f}")
        curves = {"sin x": arrays["sin"], "bins": y}
        plot.lines(arrays["x"], curves, x_label="x", y_label="", ax=ax)
        ax.lines[1].set_linestyle("-")
        ax.set_title(f"{m} bins: error ≤ {worst:.2f}", fontsize=18)
        ax.get_legend().remove()
        ax.set(xticks=[0, np.pi, 2 * np.pi], xticklabels=["0", "π", "2π"])
        ax.set_yticks([-1, 0, 1])
    return fig, (
        "The sine over one period and staircases that follow it. The largest error "
        f"falls with the number of steps: {'; '.join(told)}."
    )


SCALES = {"0.01": 0.01, "he": None, "0.2": 0.2}
DEPTH, WIDTH = 12, 256


def data_init() -> Arrays:
    """Return the root mean square of the units of each layer, MNIST coming in."""
    x = load("mnist").train["x"][:256].reshape(256, -1)
    keys = jax.random.split(jax.random.key(0), DEPTH)
    found = {"layer": np.arange(DEPTH + 1)}
    for name, scale in SCALES.items():
        h, sizes = jnp.asarray(x), [float(jnp.sqrt(jnp.mean(x**2)))]
        for key in keys:
            shape = (h.shape[1], WIDTH)
            w = scale * jax.random.normal(key, shape) if scale else he(key, *shape)
            h = jax.nn.relu(h @ w)
            sizes.append(float(jnp.sqrt(jnp.mean(h**2))))
        found[name] = np.array(sizes)
    return found


def draw_init(arrays: Arrays) -> Drawing:
    names = {"0.01": "deviation 0.01", "he": "√(2/d)", "0.2": "deviation 0.2"}
    curves = {name: arrays[key] for key, name in names.items()}
    ax = plot.row(1, 11, 4.8)[1][0]
    labels = dict(x_label="layer", y_label="size of a unit (r.m.s.)")
    _, alt = plot.lines(arrays["layer"], curves, **labels, ax=ax)
    ax.set_yscale("log")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=18)
    return ax, f"{alt} The vertical scale is logarithmic."


@cache
def paint(inputs: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the picture, what an MLP makes of it, and the ratio in decibels."""
    emoji = load("twemoji").train
    picture = emoji["x"][[str(c) for c in emoji["caption"]].index("tiger face")]
    axis = np.linspace(-1, 1, len(picture), dtype=np.float32)
    x = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    if inputs == "Fourier":
        spread = 2 * np.asarray(jax.random.normal(jax.random.key(3), (2, 64)))
        x = np.concatenate([f(2 * np.pi * x @ spread) for f in (np.cos, np.sin)], 1)

    def squared(model, batch, key):
        return jnp.mean((jax.vmap(model)(batch["x"]) - batch["y"]) ** 2)

    key_init, key_train = jax.random.split(jax.random.key(1))
    model = MLP.init([x.shape[1], 128, 128, 3], key=key_init)
    data = {"x": x, "y": picture.reshape(-1, 3)}
    run = dict(optimizer=optax.adam(1e-3), epochs=100, batch_size=256, progress=False)
    model, _ = fit(model, data, loss=squared, key=key_train, chunk=4, **run)
    error = evaluate(model, data, loss=squared)["loss"]
    drawn = np.clip(jax.vmap(model)(x), 0, 1).reshape(picture.shape)
    return picture, drawn, -10 * np.log10(error)


def data_tiger() -> Arrays:
    picture, blur, low = paint("positions")
    _, sharp, high = paint("Fourier")
    return {
        "images": np.stack([picture, blur, sharp]),
        "decibels": np.array([low, high]),
    }


def draw_tiger(arrays: Arrays) -> Drawing:
    low, high = arrays["decibels"]
    titles = ["picture", f"MLP of (x, y)\n{low:.0f} dB", f"of its waves\n{high:.0f} dB"]
    ax, alt = plot.images(arrays["images"], titles)
    about = "A tiger face: as it is, blurred beyond detail, and nearly exact."
    return ax, f"{about} {alt}"
