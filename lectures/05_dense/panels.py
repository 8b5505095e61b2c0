"""The try-it panels of lecture 5, declared as data."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nnds.data import load
from nnds.dense import MLP, dense
from nnds.losses import cross_entropy, squared_error
from nnds.plot.faults import by_fault, debug_the_run, unclear
from nnds.plot.panel import Lines, Panel, Plane, Slider
from nnds.train import step, watch

START = (-1.2, 0.1)  # weights from which one descent is steep and the other flat
STEPS = 40
RATES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55)
RATES += (0.57, 0.58, 0.59, 0.6, 0.61, 0.62, 0.65, 0.7)
BILL, _, FLIPPER, MASS = range(4)
WIDTHS = (1, 2, 3, 4, 8, 16)
EPOCHS = (0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560)
ROWS, COLUMNS = 126, 200  # cells of a map of regions


def penguins(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the measures of the penguins that have all four, and their species."""
    rows = getattr(load("penguins"), split)
    whole = ~np.isnan(rows["x"]).any(1)
    return rows["x"][whole], rows["y"][whole]


def weight_loss(w: jax.Array) -> jax.Array:
    """Return the mean squared error of one dense unit that weighs penguins.

    From bill and flipper length to body mass, all standardised: 1 is what one gets by
    always saying the mean.
    """
    x, _ = penguins("train")
    z = jnp.asarray((x - x.mean(0)) / x.std(0))
    unit = partial(dense, w=w[:, None], b=jnp.zeros(1))
    mass = jax.vmap(unit)(z[:, jnp.array([BILL, FLIPPER])])[:, 0]
    return jax.vmap(squared_error)(mass, z[:, MASS]).mean()


def data_descent() -> dict[str, np.ndarray]:
    """Return gradient descent of `weight_loss` for `RATES`, and its valley.

    `weights` are "rate step 2", `losses` "rate step". The loss is a parabola:
    `lowest + (w - best)ᵀ hessian (w - best) / 2`; above the rate `limit` it diverges.
    """

    def descend(rate):
        def one(w, _):
            loss, slope = jax.value_and_grad(weight_loss)(w)
            return w - rate * slope, (w, loss)

        return jax.lax.scan(one, jnp.array(START), length=STEPS + 1)[1]

    start = jnp.array(START)
    hessian = jax.hessian(weight_loss)(start)
    best = start - jnp.linalg.solve(hessian, jax.grad(weight_loss)(start))
    weights, losses = jax.jit(jax.vmap(descend))(jnp.array(RATES))
    limit = 2 / jnp.linalg.eigvalsh(hessian)[-1]
    arrays = dict(weights=weights, losses=losses, hessian=hessian, best=best)
    arrays |= dict(lowest=weight_loss(best), limit=limit)
    return {name: np.asarray(array) for name, array in arrays.items()}


def ellipses(data: dict[str, np.ndarray]) -> np.ndarray:
    """Return where the loss is higher than its least by 0.03, 0.15, ..., "n 61 2"."""
    size, axes = np.linalg.eigh(data["hessian"])
    turn = np.linspace(0, 2 * np.pi, 61)
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    heights = np.array([0.03, 0.15, 0.5, 1.2, 2.4, 4.2])[:, None, None]
    return data["best"] + circle * np.sqrt(2 * heights / size) @ axes.T


def panel_descent(data: dict[str, np.ndarray]) -> Panel:
    diverges = np.where(np.array(RATES) > data["limit"], "diverges", "comes nearer")
    best = tuple(map(float, data["best"]))
    return Panel(
        controls={
            "rate": Slider("Learning rate η", RATES, 1),
            "step": Slider("Steps taken", range(STEPS + 1), STEPS),
        },
        views=[
            Plane(
                x_range=(-1.6, 1.9), y_range=(-0.4, 2.0), marks={"best": best},
                x_label="weight of the bill", y_label="weight of the flipper",
                contours="contours", track="weights[rate]", until="step",
            ),
            Lines(
                {"loss": "losses[rate]"}, log=True, y_range=(0.1, 1000), until="step",
                x_label="step", y_label="loss (1 = say the mean)",
            ),
        ],
        say="After {step} steps of η = {rate} the loss is **{losses[rate, step]}**; "
        "the least is {lowest:.3f}. With this rate descent **{outcome[rate]}**; above "
        "η = {limit:.3f} each step makes it worse.",
        arrays={**data, "contours": ellipses(data), "outcome": diverges},
    )  # fmt: skip


def mean_loss(model, batch, key):
    scores = jax.vmap(model)(batch["x"])
    right = (scores.argmax(1) == batch["y"]).mean()
    return jax.vmap(cross_entropy)(scores, batch["y"]).mean(), {"accuracy": right}


def trained(width: int, z: np.ndarray, y: np.ndarray) -> MLP:
    """Return the networks after each of `EPOCHS`, all examples in every step."""
    adam = optax.adam(0.02)
    update = partial(step, key=None, loss=mean_loss, optimizer=adam)
    batch = {"x": jnp.asarray(z), "y": jnp.asarray(y)}
    model = MLP.init([2, width, 3], key=jax.random.key(5))

    def one(carry, _):
        model, state, _, _ = update(*carry, batch)
        return (model, state), carry[0]

    carry = (model, adam.init(model))
    _, models = jax.jit(lambda: jax.lax.scan(one, carry, length=EPOCHS[-1] + 1))()
    return jax.tree.map(lambda leaf: leaf[jnp.array(EPOCHS)], models)


def bounds(x: np.ndarray) -> list[tuple[float, float]]:
    """Return the range of each column, a little wider."""
    more = 0.06 * np.ptp(x, axis=0)
    return list(zip(*(x.min(0) - more, x.max(0) + more), strict=True))


def data_region() -> dict[str, np.ndarray]:
    """Return what networks of `WIDTHS` say after `EPOCHS`, all over the map.

    `regions` are classes "width epoch row column" from the top left, `right` and
    `new_right` the shares of penguins classified rightly, seen and new, and `creases`
    "width epoch unit 4" from where to where a hidden unit switches on.
    """
    (x, y), (new_x, new_y) = penguins("train"), penguins("test")
    x, new_x = x[:, [BILL, MASS]], new_x[:, [BILL, MASS]]
    mean, std = x.mean(0), x.std(0)
    (x0, x1), (y0, y1) = bounds(x)
    across = x0 + (np.arange(COLUMNS) + 0.5) / COLUMNS * (x1 - x0)
    down = y1 - (np.arange(ROWS) + 0.5) / ROWS * (y1 - y0)
    cells = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
    edges = (np.array([x0, x1]) - mean[0]) / std[0]
    made: dict[str, list] = {name: [] for name in ("regions", "right", "new_right")}
    creases = np.full((len(WIDTHS), len(EPOCHS), max(WIDTHS), 4), np.nan)
    for k, width in enumerate(WIDTHS):
        models = trained(width, (x - mean) / std, y)

        @jax.jit
        def classes(points, models=models):
            said = jax.vmap(lambda m: jax.vmap(m)((points - mean) / std))(models)
            return said.argmax(-1)

        made["regions"].append(np.asarray(classes(cells)).reshape(-1, ROWS, COLUMNS))
        made["right"].append((np.asarray(classes(x)) == y).mean(1))
        made["new_right"].append((np.asarray(classes(new_x)) == new_y).mean(1))
        w, b = (np.asarray(a) for a in (models.layers[0].w, models.layers[0].b))
        ends = -(b[:, None] + w[:, :1] * edges[:, None]) / w[:, 1:]
        heights = ends * std[1] + mean[1]  # "epoch end unit"
        creases[k, :, :width, 0], creases[k, :, :width, 2] = x0, x1
        creases[k, :, :width, 1], creases[k, :, :width, 3] = heights.swapaxes(0, 1)
    arrays = {name: np.stack(rows) for name, rows in made.items()}
    arrays["regions"] = arrays["regions"].astype(np.uint8)
    creases[np.abs(creases).max(-1) > 1e6] = np.nan
    return {**arrays, "creases": creases.astype(np.float32), "x": x, "y": y}


def check_region(data: dict[str, np.ndarray]) -> list[str]:
    seen, new = (data[k][:, -1] for k in ("right", "new_right"))
    one, two, sixteen = map(WIDTHS.index, (1, 2, 16))
    sound = {
        "one hidden unit is too few": seen[one] < 0.85,
        "two are enough": seen[two] > 0.92,
        "sixteen learn by heart what they saw": seen[sixteen] > 0.97,
        "and know less of new penguins": new[sixteen] < new[two],
    }
    return [f"not so: {sentence}" for sentence, holds in sound.items() if not holds]


def panel_region(data: dict[str, np.ndarray]) -> Panel:
    x = data["x"] / [1, 1000]  # kilograms
    creases = data["creases"] / np.array([1, 1000, 1, 1000])
    (x0, x1), (y0, y1) = bounds(x)
    return Panel(
        side=True,
        controls={
            "width": Slider("Hidden units", WIDTHS),
            "epoch": Slider("Training steps", EPOCHS, len(EPOCHS) - 1),
        },
        views=[
            Plane(
                x_range=(x0, x1), y_range=(y0, y1), names=load("penguins").classes,
                x_label="bill length (mm)", y_label="body mass (kg)", width=770,
                height=520, regions="regions[width, epoch]", points="x", classes="y",
                segments="creases[width, epoch]",
            )
        ],
        say="Right: **{right[width, epoch]:.1%}** of the penguins it learned from, "
        "**{new_right[width, epoch]:.1%}** of new ones. Dashed: where a unit switches "
        "on.",
        arrays={**data, "x": x, "creases": creases},
    )  # fmt: skip


def data_debug() -> dict[str, np.ndarray]:
    """Return six runs of an MLP on 600 digits: as it should be, and with five faults.

    For each, `<fault>_<what>` is what `watch` records, and `<fault>_dead` the share of
    units by hidden layer that are 0 for all training data.
    """
    digits = load("mnist")
    x, y = digits.train["x"].reshape(-1, 784), digits.train["y"]
    train, valid, fresh = (
        {"x": x[part], "y": y[part]}
        for part in (slice(0, 600), slice(600, 1000), slice(1000, 3000))
    )
    rng = np.random.default_rng(0)
    shuffled = {"x": train["x"], "y": rng.permutation(train["y"])}
    both = {k: np.concatenate([train[k], valid[k]]) for k in train}
    scaled = [{"x": 255 * part["x"], "y": part["y"]} for part in (train, valid, fresh)]
    faults = {
        "healthy": (train, valid, fresh, 0.1, 0.0),
        "rate": (train, valid, fresh, 0.7, 0.0),
        "labels": (shuffled, valid, fresh, 0.1, 0.0),
        "leak": (both, valid, fresh, 0.1, 0.0),
        "dead": (train, valid, fresh, 0.1, -5.0),
        "scale": (*scaled, 0.002, 0.0),
    }
    arrays = {}
    for fault, (data, valid_, fresh_, rate, offset) in faults.items():
        model = MLP.init([784, 64, 64, 10], key=jax.random.key(1))
        biases = [layer.b + offset for layer in model.layers[:-1]]
        model = eqx.tree_at(lambda m: [k.b for k in m.layers[:-1]], model, biases)
        model, run = watch(
            model, data, {"valid": valid_, "fresh": fresh_}, loss=mean_loss,
            optimizer=optax.sgd(rate), epochs=30, batch_size=32, key=jax.random.key(2),
        )  # fmt: skip
        run["dead"] = dead(model, data["x"])
        arrays |= {f"{fault}_{name}": np.float32(array) for name, array in run.items()}
    return arrays


def dead(model: MLP, x: np.ndarray) -> np.ndarray:
    """Return the share of units of each hidden layer that are 0 for all rows of `x`."""
    shares, h = [], jnp.asarray(x)
    for layer in model.layers[:-1]:
        h = model.activation(jax.vmap(layer)(h))
        shares.append(float((h == 0).all(0).mean()))
    return np.array(shares)


def check_debug(data: dict[str, np.ndarray]) -> list[str]:
    return unclear(by_fault(data))


def panel_debug(data: dict[str, np.ndarray]) -> Panel:
    return debug_the_run(by_fault(data), order="dhslr")
