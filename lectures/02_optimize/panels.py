"""The try-it panels of lecture 2, declared as data."""

import jax
import jax.numpy as jnp
import numpy as np
from contourpy import contour_generator

from nnds import optimize
from nnds.data import load
from nnds.optimize import path, surface
from nnds.plot.panel import Choice, Guess, Lines, Panel, Plane, Slider

STEPS = 60
PAIRS = {  # two measures to tell a third from: which columns of the penguins
    "bill and its depth": (0, 1, 3),
    "bill and flipper": (0, 2, 3),
    "flipper and mass": (2, 3, 0),
}
PARTS = (0.1, 0.3, 0.6, 0.9, 1.0, 1.4, 1.8, 2.1)  # rate times the largest curvature
BETAS = (0.0, 0.3, 0.6, 0.9, 0.97)
METHODS = {
    "gradient descent": (optimize.gradient_descent, (0.1, 0.5, 1.0, 1.5, 2.5)),
    "momentum": (optimize.momentum, (0.01, 0.05, 0.1, 0.3, 1.0)),
    "Adam": (optimize.adam, (0.01, 0.05, 0.1, 0.3, 1.0)),
}
SIZES = ("very low", "low", "middle", "high", "very high")
STARTS = np.array([[1, 1.5], [3, 5.5], [4.8, 3], [6, 9], [9, 5], [7, 1]], np.float32)


def data_valley() -> dict[str, np.ndarray]:
    """Return descent of the error of a linear model of two measures of penguins.

    `weights` "pair beta part step 2", `losses` without the last axis; `rates` are
    `PARTS` over the largest curvature, `kappa` the condition number of each pair.
    """
    x = load("penguins").train["x"]
    x = x[~np.isnan(x).any(1)]
    z = jnp.asarray((x - x.mean(0)) / x.std(0))
    made: dict[str, list] = {k: [] for k in ("weights", "losses", "kappa", "rates")}
    made |= {"contours": [], "best": []}
    for a, b, target in PAIRS.values():
        inputs, wanted = z[:, jnp.array([a, b])], z[:, target]

        def loss(w, inputs=inputs, wanted=wanted):
            return jnp.mean((inputs @ w - wanted) ** 2)

        hessian = jax.hessian(loss)(jnp.zeros(2))
        sizes, axes = jnp.linalg.eigh(hessian)
        best = -jnp.linalg.solve(hessian, jax.grad(loss)(jnp.zeros(2)))
        rates = jnp.array(PARTS) / sizes[-1]
        start = best + jnp.array([-1.3, 0.5])

        def run(beta, rate, loss=loss, start=start):
            ball = optimize.momentum(lambda _: rate, beta)
            return path(loss, ball, start, STEPS)

        over_rates = jax.vmap(run, (None, 0))
        ways = jax.jit(jax.vmap(over_rates, (0, None)))(jnp.array(BETAS), rates)
        turn = jnp.linspace(0, 2 * jnp.pi, 49)
        circle = jnp.stack([jnp.cos(turn), jnp.sin(turn)], 1)
        heights = jnp.array([0.05, 0.3, 0.8, 1.6, 3.0])[:, None, None]
        made["contours"].append(best + circle * jnp.sqrt(2 * heights / sizes) @ axes.T)
        made["weights"].append(ways)
        made["losses"].append(jax.vmap(jax.vmap(jax.vmap(loss)))(ways))
        made["kappa"].append(sizes[-1] / sizes[0])
        made["rates"].append(rates)
        made["best"].append(best)
    arrays = {name: np.asarray(jnp.stack(each)) for name, each in made.items()}
    center = arrays["best"]  # all pairs in one plane, with the best in its middle
    arrays["weights"] = np.float32(arrays["weights"] - center[:, None, None, None])
    arrays["contours"] = np.float32(arrays["contours"] - center[:, None, None])
    return arrays


def panel_valley(data: dict[str, np.ndarray]) -> Panel:
    return Panel(
        controls={
            "pair": Choice("Told from", list(PAIRS)),
            "beta": Slider("Momentum β", BETAS, 0),
            "part": Slider("Rate · curvature", PARTS, 3),
        },
        views=[
            Plane(
                x_range=(-2, 2), y_range=(-1.4, 1.4), marks={"best": (0.0, 0.0)},
                x_label="first weight", y_label="second weight", height=340,
                contours="contours[pair]", track="weights[pair, beta, part]",
            ),
            Lines(
                {"loss": "losses[pair, beta, part]"}, log=True, y_range=(0.1, 100),
                x_label="step", y_label="error (1: the mean)", height=340,
            ),
        ],
        say="Condition number **{kappa[pair]:.1f}**, rate {rates[pair, part]:.2f}: "
        "after 60 steps the error is **{last[pair, beta, part]:.3f}**.",
        arrays={**data, "last": data["losses"][..., -1]},
    )  # fmt: skip


def data_starts() -> dict[str, np.ndarray]:
    """Return `paths` on the surface, "method rate start step 2", and its contours."""
    ways = []
    for method, rates in METHODS.values():
        for rate in rates:
            optimizer = method(rate)
            run = jax.vmap(lambda x, o=optimizer: path(surface, o, x, STEPS))
            ways.append(run(jnp.asarray(STARTS)))
    side = np.linspace(0, 10, 51)
    grid = jnp.stack(jnp.meshgrid(jnp.asarray(side), jnp.asarray(side)), -1)
    levels = np.asarray(jax.vmap(jax.vmap(surface))(grid))
    drawn = contour_generator(side, side, levels)
    lines = [x for h in np.arange(-1.6, 1.8, 0.4) for x in drawn.lines(float(h))]
    places = [np.linspace(0, len(x) - 1, 40).round().astype(int) for x in lines]
    contours = np.stack([x[p] for x, p in zip(lines, places, strict=True)])
    shape = (len(METHODS), len(SIZES), len(STARTS), STEPS + 1)
    paths = np.stack([np.asarray(way) for way in ways]).reshape(*shape, 2)
    heights = np.asarray(jax.vmap(surface)(jnp.asarray(paths.reshape(-1, 2))))
    return {
        "paths": paths,
        "heights": np.float32(heights.reshape(shape)),
        "contours": np.float32(contours),
    }


def panel_starts(data: dict[str, np.ndarray]) -> Panel:
    rates = np.array([rates for _, rates in METHODS.values()])
    return Panel(
        controls={
            "method": Choice("Method", list(METHODS)),
            "rate": Slider("Rate", SIZES, 1),
            "start": Slider("Start", range(1, len(STARTS) + 1)),
        },
        views=[
            Plane(
                x_range=(-1, 11), y_range=(-1, 11), x_label="x₀", y_label="x₁",
                contours="contours", track="paths[method, rate, start]", height=400,
            ),
            Lines(
                {"height": "heights[method, rate, start]"}, y_range=(-2, 2),
                x_label="step", y_label="height of the surface", height=400,
            ),
        ],
        say="η = {eta[method, rate]:.2f}: from {heights[method, rate, start, 0]:.2f} "
        "to **{heights[method, rate, start, 60]:.2f}** in 60 steps; the deepest valley "
        "has -1.76.",
        arrays={**data, "eta": rates},
    )  # fmt: skip


OPTIONS = {
    "nothing": "The loss falls quickly and stays low; the weights arrive.",
    "rate too low": "The loss falls in every step, and is far from its least.",
    "rate too high": "The weights jump to the other side, further in each step.",
    "momentum hardly fades": "The weights swing past the best, and slow down late.",
    "sign of the step": "The weights go away from the best on one side.",
}
ORDER = (1, 4, 0, 3, 2)  # the runs A to E of the notebook, in another order
ANSWERS = (0, 1, 2, 3, 4)  # what is wrong with A to E, among the options


def panel_faults(run: dict[str, np.ndarray]) -> Panel:
    """Take `loss` and `side`, "5 41", of the notebook's five runs A to E."""
    answer = np.array([ANSWERS[k] for k in ORDER])
    signs = list(OPTIONS.values())
    because = np.array(
        [
            [signs[g] if g == a else f"Then one would see this: {sign}"
             for g, sign in enumerate(signs)]
            for a in answer
        ]
    )  # fmt: skip
    half = {"width": 560, "height": 300, "x_label": "step"}
    side = np.clip(run["side"][list(ORDER)], -4, 4)
    return Panel(
        controls={"run": Choice("Run", [f"{k + 1}" for k in range(len(ORDER))])},
        views=[
            Lines({"loss": "loss[run]"}, log=True, y_range=(0.1, 1000),
                  y_label="loss", **half),
            Lines({"distance": "side[run]"}, y_range=(-4.2, 4.2),
                  y_label="distance, with sign", **half),
        ],
        say="",
        guess=Guess(
            "What is wrong?", list(OPTIONS), answer="answer[run]",
            because="{because[run, guess]}",
        ),
        arrays={
            "loss": run["loss"][list(ORDER)].astype(float),
            "side": side.astype(float),
            "answer": answer,
            "because": because,
        },
    )  # fmt: skip
