"""The try-it panels of lecture 5: the numbers they compute with, and what they print.

`data_*` returns what the script of the panel reads (site/_static/panels); `draw_*` the
figure that stands there without scripts, and on paper.
"""

from functools import cache, partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
from matplotlib.figure import Figure

from nnds import plot
from nnds.data import load
from nnds.dense import MLP, dense
from nnds.losses import cross_entropy, squared_error
from nnds.train import step

START = (-1.2, 0.1)  # weights from which one descent is steep and the other flat
STEPS = 40
RATES = np.arange(1, 71) / 100
TITLE = 19  # points

BILL, _, FLIPPER, MASS = range(4)
WIDTHS = (1, 2, 3, 4, 8, 16)
EPOCHS = (0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560)


@cache
def _penguins(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the measures of the penguins that have all four, and their species."""
    rows = getattr(load("penguins"), split)
    whole = ~np.isnan(rows["x"]).any(1)
    return rows["x"][whole], rows["y"][whole]


def weight_loss(w: jax.Array) -> jax.Array:
    """Return the mean squared error of one dense unit that weighs penguins.

    From bill and flipper length to body mass, all standardised: 1 is what one gets by
    always saying the mean.
    """
    x, _ = _penguins("train")
    z = jnp.asarray((x - x.mean(0)) / x.std(0))
    unit = partial(dense, w=w[:, None], b=jnp.zeros(1))
    mass = jax.vmap(unit)(z[:, jnp.array([BILL, FLIPPER])])[:, 0]
    return jax.vmap(squared_error)(mass, z[:, MASS]).mean()


def _descend(rate: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the weights and the loss before each step, and after the last."""

    def one(w, _):
        loss, slope = jax.value_and_grad(weight_loss)(w)
        return w - rate * slope, (w, loss)

    return jax.lax.scan(one, jnp.array(START), length=STEPS + 1)[1]


def data_descent() -> dict[str, np.ndarray]:
    """Return gradient descent of `weight_loss` for many rates, and its valley.

    `weights` are "rate step 2", `losses` "rate step". The loss is a parabola:
    `lowest + (w - best)ᵀ hessian (w - best) / 2`; above the rate `limit` it diverges.
    """
    start = jnp.array(START)
    hessian = jax.hessian(weight_loss)(start)
    best = start - jnp.linalg.solve(hessian, jax.grad(weight_loss)(start))
    weights, losses = jax.jit(jax.vmap(_descend))(jnp.asarray(RATES, jnp.float32))
    return {
        "rates": RATES,
        "weights": _four(weights),
        "losses": _four(losses),
        "hessian": _four(hessian),
        "best": _four(best),
        "lowest": _four(weight_loss(best)),
        "limit": _four(2 / jnp.linalg.eigvalsh(hessian)[-1]),
    }


def draw_descent(arrays: dict[str, np.ndarray]) -> tuple[Figure, str]:
    """Draw the loss against the step for three learning rates."""
    names = {0.02: "crawls", 0.25: "converges", 0.61: "diverges"}
    curves = {
        f"η = {rate}: {name}": arrays["losses"][np.argmin(abs(arrays["rates"] - rate))]
        for rate, name in names.items()
    }
    limit = float(arrays["limit"])
    ax, alt = plot.lines(
        np.arange(STEPS + 1), curves, x_label="step", y_label="loss (1 = say the mean)"
    )
    ax.set_yscale("log")
    ax.set_title(f"Above η = {limit:.3f}, every step makes it worse", size=TITLE)
    ax.legend(loc="upper left", bbox_to_anchor=(0.3, 0.98), fontsize=TITLE - 3)
    return ax.figure, (
        f"Gradient descent of a loss in two weights, with three learning rates. {alt} "
        f"It diverges above a rate of {limit:.3f}."
    )


def _loss(model: MLP, batch: dict, key: None) -> jax.Array:
    return jax.vmap(cross_entropy)(jax.vmap(model)(batch["x"]), batch["y"]).mean()


def _trained(width: int, z: np.ndarray, y: np.ndarray) -> list[MLP]:
    """Return the network after each of `EPOCHS`, all examples in every step."""
    adam = optax.adam(0.02)
    update = partial(step, key=None, loss=_loss, optimizer=adam)
    batch = {"x": jnp.asarray(z), "y": jnp.asarray(y)}
    model = MLP.init([2, width, 3], key=jax.random.key(5))

    def one(carry, _):
        model, state, _, _ = update(*carry, batch)
        return (model, state), carry[0]

    _, models = jax.jit(
        lambda: jax.lax.scan(one, (model, adam.init(model)), length=EPOCHS[-1] + 1)
    )()
    return [jax.tree.map(lambda leaf, t=t: _four(leaf[t]), models) for t in EPOCHS]


@cache
def _networks() -> dict[int, list[MLP]]:
    x, y = _penguins("train")
    x = x[:, [BILL, MASS]]
    z = (x - x.mean(0)) / x.std(0)
    return {width: _trained(width, z, y) for width in WIDTHS}


def data_region() -> dict[str, np.ndarray]:
    """Return networks of several widths at several epochs, and the penguins.

    `width_<k>` holds for each epoch the weights of a network with k hidden units, in
    the order w1 "2 k", b1 " k", w2 "k 3", b2 " 3". Networks read z = (x - mean) / std.
    """
    x, y = _penguins("train")
    new_x, new_y = _penguins("test")
    x, new_x = x[:, [BILL, MASS]], new_x[:, [BILL, MASS]]
    mean, std = _four(x.mean(0)), _four(x.std(0))
    arrays = {
        "widths": np.array(WIDTHS),
        "epochs": np.array(EPOCHS),
        "x": _four(x),
        "y": y,
        "new_x": _four(new_x),
        "new_y": new_y,
        "mean": mean,
        "std": std,
    }
    for width, models in _networks().items():
        rows = [np.concatenate([a.ravel() for a in jax.tree.leaves(m)]) for m in models]
        arrays[f"width_{width}"] = _four(np.stack(rows))
    return arrays


def region_network(arrays: dict[str, np.ndarray], width: int, epoch: int) -> MLP:
    """Return the network whose weights `data_region` holds."""
    row = arrays[f"width_{width}"][list(EPOCHS).index(epoch)]
    like = MLP.init([2, width, 3], key=jax.random.key(0))
    leaves, tree = jax.tree.flatten(like)
    ends = np.cumsum([leaf.size for leaf in leaves])
    parts = np.split(np.asarray(row, np.float32), ends[:-1])
    shaped = [
        jnp.asarray(p.reshape(a.shape)) for p, a in zip(parts, leaves, strict=True)
    ]
    return jax.tree.unflatten(tree, shaped)


def draw_region(arrays: dict[str, np.ndarray]) -> tuple[Figure, str]:
    """Draw the decision regions of a network too narrow, wide enough, and too wide."""
    fig, axes = plt.subplots(1, 3, figsize=(17, 5), layout="constrained")
    told = []
    for ax, width in zip(axes, (1, 2, 16), strict=True):
        network = region_network(arrays, width, EPOCHS[-1])

        def predict(x, network=network):
            z = (x - arrays["mean"]) / arrays["std"]
            return jax.vmap(network)(jnp.asarray(z, jnp.float32))

        names = load("penguins").classes
        _, alt = plot.decision_regions(predict, arrays["x"], arrays["y"], names, ax=ax)
        units = f"{width} hidden unit{'s' * (width > 1)}"
        ax.set_title(units, size=TITLE)
        ax.set(xlabel="bill length (mm)", ylabel="body mass (g)")
        told.append(f"{units}: {alt}")
    for ax in axes[:-1]:
        ax.get_legend().remove()
    return fig, " ".join(told)


def _four(x: object) -> np.ndarray:
    """Return `x` with four significant digits, which is what a panel is given."""
    array = np.asarray(x, float)
    size = np.floor(np.log10(np.where(array == 0, 1, np.abs(array))))
    return np.round(array * 10 ** (3 - size)) / 10 ** (3 - size)
