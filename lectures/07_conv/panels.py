"""The try-it panels of lecture 7, declared as data."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nnds.conv import LeNet5, max_pool2d
from nnds.data import load
from nnds.losses import cross_entropy
from nnds.plot.faults import by_fault, debug_the_run, unclear
from nnds.plot.panel import Bars, Choice, Images, Panel, Slider
from nnds.train import watch

SHIFTS = np.arange(-8, 9)
BOOT, PULLOVER = 0, 4  # among the test images of Fashion-MNIST
PICTURES = ("a seven", "an ankle boot", "a pullover")
DRAWN = {  # kernels by hand, 3 by 3
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "blur": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "upright edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "level edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
}


def mean_loss(model, batch, key):
    scores = jax.vmap(model)(batch["x"])
    right = (scores.argmax(1) == batch["y"]).mean()
    return jax.vmap(cross_entropy)(scores, batch["y"]).mean(), {"accuracy": right}


def data_kernel() -> dict[str, np.ndarray]:
    """Return three images in 0..255."""
    mnist, fashion = load("mnist").test, load("fashion_mnist").test
    seven = mnist["x"][np.argmax(mnist["y"] == 7)]
    pictures = np.stack([seven, *fashion["x"][[BOOT, PULLOVER]]])[:, :, :, 0]
    return {"images": np.round(255 * pictures).astype(np.uint8)}


def panel_kernel(data: dict[str, np.ndarray], run: dict[str, np.ndarray]) -> Panel:
    """Take the kernels `learned`, "6 5 5", of the LeNet-5 of the notebook."""
    names, drawn = np.array(list(DRAWN)), np.array(list(DRAWN.values()), float)
    return Panel(
        script="kernel.js",
        say="A kernel is moved over an image; each output is the sum over one window.",
        arrays={
            **data,
            **run,
            "drawn": drawn,
            "names": names,
            "pictures": np.array(PICTURES),
        },
    )


def panel_shift(run: dict[str, np.ndarray]) -> Panel:
    """Take what the two networks of the notebook say of ten digits, moved sideways.

    `images` are "digit shift 28 28", `mlp` and `lenet` probabilities "digit shift
    class", `*_right` the share of the test digits that is read rightly by shift.
    """
    ways = [f"{abs(s)} {'right' if s > 0 else 'left'}" if s else "0" for s in SHIFTS]
    reads = {f"{name}_reads": run[name].argmax(2) for name in ("mlp", "lenet")}
    marks = {
        f"{name}_mark": _marks(reads[f"{name}_reads"]) for name in ("mlp", "lenet")
    }
    return Panel(
        controls={
            "digit": Choice("Digit", range(10), 8),
            "shift": Slider("Moved by, in pixels", ways, list(SHIFTS).index(0)),
        },
        views=[
            Images(
                ["images[digit, shift]"], title="what they see", width=380, height=396,
                alt="A handwritten {digit}, moved by {shift}.",
            ),
            Bars(
                {
                    f"{title} reads {{{name}_reads[digit, shift]}} "
                    f"{{{name}_mark[digit, shift]}}": f"{name}[digit, shift]"
                    for title, name in (("MLP", "mlp"), ("LeNet-5", "lenet"))
                },
                labels=range(10), right="digit", top=1, spec=".0%", width=720,
                height=396,
            ),
        ],
        say="All 500 test digits, moved by {shift}: MLP "
        "**{mlp_right[shift]:.0%}**, LeNet-5 **{lenet_right[shift]:.0%}** right.",
        arrays={**run, **reads, **marks},
    )  # fmt: skip


def _marks(reads: np.ndarray) -> np.ndarray:
    return np.where(reads == np.arange(10)[:, None], "✓", "✗")


def data_debug() -> dict[str, np.ndarray]:
    """Return six runs of LeNet-5 on 600 garments: as it should be, and with faults.

    For each, `<fault>_<what>` is what `watch` records, and `<fault>_dead` the share of
    channels and units by layer that are 0 for all training data.
    """
    clothes = load("fashion_mnist")
    x, y = clothes.train["x"], clothes.train["y"]
    train, valid, fresh = (
        {"x": x[part], "y": y[part]}
        for part in (slice(0, 600), slice(600, 1000), slice(1000, 2000))
    )
    rng = np.random.default_rng(0)
    shuffled = {"x": train["x"], "y": rng.permutation(train["y"])}
    both = {k: np.concatenate([train[k], valid[k]]) for k in train}
    scaled = [{"x": 255 * part["x"], "y": part["y"]} for part in (train, valid, fresh)]
    faults = {
        "healthy": (train, valid, fresh, 0.05, 0.0),
        "rate": (train, valid, fresh, 0.42, 0.0),
        "labels": (shuffled, valid, fresh, 0.1, 0.0),
        "leak": (both, valid, fresh, 0.1, 0.0),
        "dead": (train, valid, fresh, 0.1, -8.0),
        "scale": (*scaled, 0.0005, 0.0),
    }
    arrays = {}
    for fault, (data, valid_, fresh_, rate, offset) in faults.items():
        model = LeNet5.init(key=jax.random.key(1))
        model = eqx.tree_at(lambda m: m.f6.b, model, model.f6.b + offset)
        model, run = watch(
            model, data, {"valid": valid_, "fresh": fresh_}, loss=mean_loss,
            optimizer=optax.sgd(rate), epochs=25, batch_size=32, key=jax.random.key(2),
        )  # fmt: skip
        run["dead"] = dead(model, data["x"])
        arrays |= {f"{fault}_{name}": np.float32(array) for name, array in run.items()}
    return arrays


def dead(model: LeNet5, x: np.ndarray) -> np.ndarray:
    """Return the share of units of C5 and F6 that are 0 for every row of `x`."""

    def hidden(x):
        c1 = max_pool2d(jax.nn.relu(model.c1(x)), 2)
        c3 = max_pool2d(jax.nn.relu(model.c3(c1)), 2)
        c5 = jax.nn.relu(model.c5(c3.ravel()))
        return c5, jax.nn.relu(model.f6(c5))

    layers = jax.vmap(hidden)(jnp.asarray(x))
    return np.array([float((h == 0).all(0).mean()) for h in layers])


def check_debug(data: dict[str, np.ndarray]) -> list[str]:
    return unclear(by_fault(data))


def panel_debug(data: dict[str, np.ndarray]) -> Panel:
    return debug_the_run(by_fault(data), order="sldhr")
