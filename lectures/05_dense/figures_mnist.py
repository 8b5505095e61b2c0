"""Lecture 5, an MLP on handwritten digits: what it learns, and what goes wrong."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnds import plot
from nnds.data import load
from nnds.dense import MLP, dense
from nnds.losses import confusion_matrix, cross_entropy
from nnds.train import History, evaluate, fit

Arrays = dict[str, np.ndarray]
Drawing = tuple[Figure | Axes, str]

MNIST = load("mnist")
SHUFFLED = np.random.default_rng(0).permutation(784)


def flat(split: Any, order: Any = slice(None)) -> dict[str, Any]:
    """Return the images as lists of pixels, in the given order."""
    return {"x": split["x"].reshape(len(split["x"]), -1)[:, order], "y": split["y"]}


def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    right = jnp.argmax(logits, axis=1) == batch["y"]
    value = jax.vmap(cross_entropy)(logits, batch["y"]).mean()
    return value, {"accuracy": right.mean()}


def train(
    model: MLP, epochs: int, rate: float = 1e-3, order: Any = slice(None)
) -> tuple[MLP, History]:
    run = dict(optimizer=optax.adam(rate), epochs=epochs, batch_size=64, chunk=31)
    return fit(
        model,
        flat(MNIST.train, order),
        loss=loss,
        key=jax.random.key(1),
        validation=flat(MNIST.validation, order),
        progress=False,
        **run,
    )


def fresh(*sizes: int, activation: Any = jax.nn.relu) -> MLP:
    return MLP.init([784, *sizes, 10], activation, key=jax.random.key(0))


@cache
def trained() -> tuple[MLP, History]:
    return train(fresh(128), 20)


@cache
def guesses() -> np.ndarray:
    x = flat(MNIST.test)["x"]
    return np.asarray(jax.vmap(trained()[0])(x).argmax(axis=1))


def identity(x):
    return x


def accuracy(model: MLP) -> float:
    return evaluate(model, flat(MNIST.test), loss=loss)["accuracy"]


def data_digits() -> Arrays:
    first = [int(np.argmax(MNIST.train["y"] == digit)) for digit in range(10)]
    return {"images": MNIST.train["x"][first, :, :, 0]}


def draw_digits(arrays: Arrays) -> Drawing:
    ax, alt = plot.images(arrays["images"], list(MNIST.classes), columns=5)
    return ax, f"Ten handwritten digits from MNIST. {alt}"


def data_curves() -> Arrays:
    history = trained()[1]
    parts = {"train": history.train, "validation": history.validation}
    return {name: np.array(part["loss"]) for name, part in parts.items()}


def draw_curves(arrays: Arrays) -> Drawing:
    ax = plot.row(1, 9, 4.6)[1][0]
    return plot.curves({k: list(v) for k, v in arrays.items()}, ax=ax)


def data_confusion() -> Arrays:
    matrix = confusion_matrix(guesses(), MNIST.test["y"], classes=10)
    return {"matrix": np.asarray(matrix)}


def draw_confusion(arrays: Arrays) -> Drawing:
    ax, alt = plot.confusion(
        arrays["matrix"], MNIST.classes, ax=plot.row(1, 10, 5.2)[1][0]
    )
    ax.set_aspect("auto")
    return ax, alt


def data_depth() -> Arrays:
    """Return the scores of five dense layers, and of the product of their matrices."""
    x, found = flat(MNIST.test)["x"], {}
    for name, phi in (("without", identity), ("ReLU", jax.nn.relu)):
        model, _ = train(fresh(64, 64, 64, 64, activation=phi), 4)
        w, b = jnp.eye(784), jnp.zeros(784)
        for layer in model.layers:
            w, b = w @ layer.w, dense(b, layer.w, layer.b)
        found[f"{name}: stack"] = np.asarray(jax.vmap(model)(x)).ravel()
        found[f"{name}: product"] = np.asarray(
            jax.vmap(dense, (0, None, None))(x, w, b)
        ).ravel()
    return found


def draw_depth(arrays: Arrays) -> Drawing:
    fig, axes = plot.row(2, 12, 4.8)
    told = []
    for ax, name in zip(axes, ("without", "ReLU"), strict=True):
        x, y = arrays[f"{name}: product"], arrays[f"{name}: stack"]
        ax.scatter(x, y, s=8, c=plot.COLOURS[0], rasterized=True)
        ax.set(xlabel="scores of the product", ylabel="of five layers")
        ax.locator_params(nbins=6)
        ax.set_title(
            f"five layers, {'no φ' if name == 'without' else name}", fontsize=18
        )
        told.append(f"{np.abs(x - y).max():.2g}")
    return fig, (
        "The ten scores of 500 digits by five trained dense layers, against those of "
        "the product of the five matrices. Without an activation all points lie on "
        f"the diagonal: the largest difference is {told[0]}. With ReLU they scatter, "
        f"and differ by up to {told[1]}."
    )


def data_zero() -> Arrays:
    zero = jax.tree.map(jnp.zeros_like, fresh(128))
    histories = {"all zero": train(zero, 10)[1], "random": train(fresh(128), 10)[1]}
    return {k: np.array(h.validation["accuracy"]) for k, h in histories.items()}


def draw_zero(arrays: Arrays) -> Drawing:
    return draw_accuracy(arrays)


def draw_accuracy(arrays: Arrays) -> Drawing:
    epochs = np.arange(1, len(next(iter(arrays.values()))) + 1)
    ax = plot.row(1, 9, 4.6)[1][0]
    labels = dict(x_label="epoch", y_label="validation accuracy")
    _, alt = plot.lines(epochs, arrays, **labels, ax=ax)
    ax.set_ylim(0, 1)
    return ax, alt


RATES = (0.001, 0.01, 0.03, 0.1)


def data_dead() -> Arrays:
    """Return the share of hidden units that are 0 for every training image."""
    x = flat(MNIST.train)["x"]
    found: dict[str, list[float]] = {"dead": [], "accuracy": []}
    for rate in RATES:
        model, _ = train(fresh(128), 5, rate)
        hidden = jax.vmap(model.layers[0])(x) > 0
        found["dead"].append(float(jnp.mean(~hidden.any(axis=0))))
        found["accuracy"].append(accuracy(model))
    return {k: np.round(100 * np.array(v), 1) for k, v in found.items()}


def draw_dead(arrays: Arrays) -> Drawing:
    names = [f"η = {rate}" for rate in RATES]
    groups = {"dead units": arrays["dead"], "test accuracy": arrays["accuracy"]}
    ax = plot.row(1, 11, 4.6)[1][0]
    _, alt = plot.bars(names, groups, x_label="per cent", ax=ax)
    return ax, f"An MLP after five epochs with Adam, by learning rate. {alt}"


def data_permuted() -> Arrays:
    kinds = {"pixels in place": slice(None), "pixels shuffled": SHUFFLED}
    return {
        name: np.array(train(fresh(128), 15, order=order)[1].validation["accuracy"])
        for name, order in kinds.items()
    }


def draw_permuted(arrays: Arrays) -> Drawing:
    ax, alt = draw_accuracy(arrays)
    return ax, alt
