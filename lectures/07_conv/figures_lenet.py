"""Lecture 7, the network: LeNet-5 on digits and clothes, next to an MLP."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nnds import plot
from nnds.conv import LeNet5, max_pool2d, receptive_field
from nnds.data import load
from nnds.dense import MLP
from nnds.losses import confusion_matrix, cross_entropy
from nnds.train import History, evaluate, fit

Arrays = dict[str, np.ndarray]
Drawing = tuple[Figure | Axes, str]
Split = dict[str, Any]

SHUFFLED = np.random.default_rng(0).permutation(28 * 28)


def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    right = jnp.argmax(logits, axis=1) == batch["y"]
    value = jax.vmap(cross_entropy)(logits, batch["y"]).mean()
    return value, {"accuracy": right.mean()}


def flat(split: Split) -> Split:
    return {"x": split["x"].reshape(len(split["x"]), -1), "y": split["y"]}


def shuffled(split: Split) -> Split:
    """Return the images with their pixels in another order, the same for all."""
    x = flat(split)["x"][:, SHUFFLED].reshape(split["x"].shape)
    return {"x": x, "y": split["y"]}


def moved(split: Split, pixels: int) -> Split:
    """Return the images moved to the right, zeros coming in from the left."""
    x = np.pad(split["x"], ((0, 0), (0, 0), (pixels, 0), (0, 0)))[:, :, :28]
    return {"x": x, "y": split["y"]}


def train(model: Any, data: Split, validation: Split | None = None) -> Any:
    run = dict(optimizer=optax.adam(1e-3), epochs=12, batch_size=64, progress=False)
    key = jax.random.key(1)
    return fit(model, data, loss=loss, key=key, validation=validation, **run)


@cache
def lenet(data: str, order: str = "in place") -> tuple[LeNet5, History]:
    splits = load(data)
    change = shuffled if order == "shuffled" else dict
    parts = change(splits.train), change(splits.validation)
    return train(LeNet5.init(key=jax.random.key(0)), *parts)


@cache
def mlp(order: str = "in place") -> MLP:
    train_split = load("mnist").train
    data = shuffled(train_split) if order == "shuffled" else train_split
    return train(MLP.init([784, 128, 10], key=jax.random.key(0)), flat(data))[0]


def accuracy(model: Any, split: Split) -> float:
    """Return the share of right answers, in per cent."""
    data = flat(split) if isinstance(model, MLP) else dict(split)
    return 100 * evaluate(model, data, loss=loss)["accuracy"]


def answers(model: Any, split: Split) -> np.ndarray:
    x = (flat(split) if isinstance(model, MLP) else split)["x"]
    return np.asarray(jax.vmap(model)(x).argmax(axis=1))


def data_permuted() -> Arrays:
    test = load("mnist").test
    orders = {"in place": test, "shuffled": shuffled(test)}
    return {
        "MLP": np.array([accuracy(mlp(o), x) for o, x in orders.items()]),
        "LeNet-5": np.array(
            [accuracy(lenet("mnist", o)[0], x) for o, x in orders.items()]
        ),
    }


def draw_permuted(arrays: Arrays) -> Drawing:
    names = ["pixels in place", "pixels shuffled"]
    ax = plot.row(1, 11, 4.2)[1][0]
    groups = {name: np.round(y, 1) for name, y in arrays.items()}
    _, alt = plot.bars(names, groups, x_label="test accuracy, per cent", ax=ax)
    ax.set_xlim(70, 100)
    return ax, f"{alt} The axis begins at 70."


SHIFTS = (0, 2, 4, 6, 8)


def data_moved() -> Arrays:
    """Return a seven at five places, and what the MLP says."""
    test = load("mnist").test
    k = int(np.argmax((test["y"] == 7) & (answers(mlp(), test) == 7)))
    one = {"x": test["x"][k : k + 1], "y": test["y"][k : k + 1]}
    places = [moved(one, pixels) for pixels in SHIFTS]
    return {
        "images": np.concatenate([place["x"] for place in places])[..., 0],
        "answer": np.concatenate([answers(mlp(), place) for place in places]),
    }


def draw_moved(arrays: Arrays) -> Drawing:
    said = zip(SHIFTS, arrays["answer"], strict=True)
    titles = [f"+{pixels} px\n“{answer}”" for pixels, answer in said]
    ax, alt = plot.images(arrays["images"], titles)
    return ax, f"A seven moved to the right, and what an MLP calls it. {alt}"


def data_curves() -> Arrays:
    history = lenet("mnist")[1]
    parts = {"train": history.train, "validation": history.validation}
    return {name: np.array(part["loss"]) for name, part in parts.items()}


def draw_curves(arrays: Arrays) -> Drawing:
    ax = plot.row(1, 9, 4.6)[1][0]
    return plot.curves({k: list(v) for k, v in arrays.items()}, ax=ax)


def data_filters() -> Arrays:
    return {"w": np.asarray(lenet("mnist")[0].c1.w)}


def draw_filters(arrays: Arrays) -> Drawing:
    return plot.filters(arrays["w"])


def data_maps() -> Arrays:
    test = load("mnist").test
    seven = test["x"][np.flatnonzero(test["y"] == 7)[1]]
    maps = jnp.moveaxis(jax.nn.relu(lenet("mnist")[0].c1(seven)), 2, 0)
    maps = maps / maps.max(axis=(1, 2), keepdims=True)
    return {"images": np.concatenate([seven[None, :, :, 0], np.asarray(maps)])}


def draw_maps(arrays: Arrays) -> Drawing:
    names = ["input", *(f"map {z}" for z in range(6))]
    ax, alt = plot.images(arrays["images"], names, columns=7)
    return ax, f"A handwritten seven and six feature maps of it. {alt}"


FIELD = [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)]  # kernel, stride, dilation


def data_receptive() -> Arrays:
    """Return the mean absolute gradient of one feature over the test images."""
    net = lenet("mnist")[0]

    def centre(x):
        x = max_pool2d(jax.nn.relu(net.c1(x)), 2)
        return max_pool2d(jax.nn.relu(net.c3(x)), 2)[2, 2].sum()

    slopes = jax.vmap(jax.grad(centre))(load("mnist").test["x"])
    return {"gradient": np.asarray(jnp.abs(slopes).mean(axis=(0, 3)))}


def draw_receptive(arrays: Arrays) -> Drawing:
    slope, side = arrays["gradient"], receptive_field(FIELD)
    rows = np.flatnonzero(slope.any(axis=1))
    ax = plot.row(1, 5.2, 5.2)[1][0]
    plot.images(slope[None], ax=ax)
    corner = (rows[0] - 0.5, rows[0] - 0.5)
    look = dict(fill=False, lw=4, ec=plot.COLOURS[1], clip_on=False)
    ax.add_patch(Rectangle(corner, side, side, **look))
    return ax, (
        f"Mean absolute gradient of one feature over a 28 by 28 image: it fills rows "
        f"{rows[0]} to {rows[-1]}, a square of {rows[-1] - rows[0] + 1} pixels, "
        f"brightest in the middle; outside it is zero. The formula draws "
        f"the square of {side}."
    )


def data_translation() -> Arrays:
    test, found = load("mnist").test, {"pixels": np.arange(9)}
    for name, model in (("LeNet-5", lenet("mnist")[0]), ("MLP", mlp())):
        found[name] = np.array([accuracy(model, moved(test, p)) for p in range(9)])
    return found


def draw_translation(arrays: Arrays) -> Drawing:
    curves = {name: y for name, y in arrays.items() if name != "pixels"}
    ax = plot.row(1, 9, 4.6)[1][0]
    labels = dict(x_label="pixels moved", y_label="test accuracy, %")
    _, alt = plot.lines(arrays["pixels"], curves, **labels, ax=ax)
    ax.set_ylim(0, 100)
    return ax, alt


def data_confusion() -> Arrays:
    test = load("fashion_mnist").test
    guesses = answers(lenet("fashion_mnist")[0], test)
    return {"matrix": np.asarray(confusion_matrix(guesses, test["y"], classes=10))}


def draw_confusion(arrays: Arrays) -> Drawing:
    names = load("fashion_mnist").classes
    ax, alt = plot.confusion(arrays["matrix"], names, ax=plot.row(1, 11, 5.6)[1][0])
    ax.set_aspect("auto")
    return ax, alt


def data_shirts() -> Arrays:
    """Return shirts taken for T-shirts, and T-shirts taken for shirts, five of each."""
    fashion = load("fashion_mnist")
    y, guesses = fashion.test["y"], answers(lenet("fashion_mnist")[0], fashion.test)
    tee, shirt = fashion.classes.index("T-shirt/top"), fashion.classes.index("Shirt")
    pairs = ((shirt, tee), (tee, shirt))
    wrong = [np.flatnonzero((y == a) & (guesses == b))[:5] for a, b in pairs]
    x = fashion.test["x"][np.concatenate(wrong), :, :, 0]
    return {"images": x, "is shirt": np.repeat([1, 0], [len(w) for w in wrong])}


def draw_shirts(arrays: Arrays) -> Drawing:
    titles = ["a shirt" if s else "a T-shirt" for s in arrays["is shirt"]]
    ax, alt = plot.images(arrays["images"], titles, columns=5)
    return ax, f"Shirts that LeNet-5 takes for T-shirts, and the other way. {alt}"


def data_upside() -> Arrays:
    """Return five clothes upside down, what the network says, and its accuracy."""
    fashion, net = load("fashion_mnist"), lenet("fashion_mnist")[0]
    test = fashion.test
    down = {"x": np.ascontiguousarray(test["x"][:, ::-1]), "y": test["y"]}
    upright, turned = answers(net, test), answers(net, down)
    wanted = ("Trouser", "Dress", "Sandal", "Sneaker", "Bag", "Ankle boot")
    chosen = [
        int(np.argmax((test["y"] == fashion.classes.index(n)) & (upright == test["y"])))
        for n in wanted
    ]
    return {
        "images": down["x"][chosen, :, :, 0],
        "answer": turned[chosen],
        "accuracy": np.array([accuracy(net, test), accuracy(net, down)]),
    }


def draw_upside(arrays: Arrays) -> Drawing:
    names = load("fashion_mnist").classes
    titles = [f"“{names[k]}”" for k in arrays["answer"]]
    ax, alt = plot.images(arrays["images"], titles, columns=3)
    before, after = arrays["accuracy"]
    return ax, (
        "Clothes upside down, with what LeNet-5 calls them. On all test images it is "
        f"right for {before:.0f} per cent, and upside down for {after:.0f}. {alt}"
    )
