"""The try-it panels of lecture 6, declared as data."""

import numpy as np

from nnds.autodiff import tape
from nnds.data import load
from nnds.plot.panel import Bars, Choice, Lines, Panel, Slider, Table

STARTS = (0.5, 1.0, 2.0)
PROGRAMS = ("exp x · sin x + x · x", "a neuron's loss on a penguin")
OPERATIONS, ROWS = 5, 6
SHAPES = (
    "1 to 64",
    "4 to 64",
    "16 to 64",
    "64 to 64",
    "64 to 16",
    "64 to 4",
    "64 to 1",
)
BENDS = ("sigmoid", "tanh", "ReLU")
GAINS = ("0.5", "1", "2", "4")


def programs(start: float) -> list[tuple[tape.Node, dict[str, tape.Node]]]:
    """Return both programs, run from this input: the end of the tape, named nodes."""
    x = tape.node(start)
    e, s = tape.exp(x), tape.sin(x)
    product, square = e * s, x * x
    y = product + square
    named = {"x": x, "e = exp x": e, "s = sin x": s, "p = e · s": product}
    first = y, {**named, "q = x · x": square, "y = p + q": y}

    penguins = load("penguins").train
    flippers = penguins["x"][:, 2]
    scaled = (flippers - np.nanmean(flippers)) / np.nanstd(flippers)
    flipper, label = float(scaled[0]), 1.0 if penguins["y"][0] == 2 else -1.0
    w = tape.node(start)
    m = w * flipper
    a = m + 0.1
    t = tape.tanh(a)
    error = t - label
    loss = error * error
    named = {"w": w, "m = w · flipper": m, "a = m + 0.1": a, "t = tanh a": t}
    named |= {f"e = t - ({label:.0f})": error}
    return [first, (loss, {**named, "L = e · e": loss})]


def played(end: tape.Node, named: dict[str, tape.Node]) -> tuple[list, list, list]:
    """Return what is known after each step: values, cotangents, and what was done."""
    order, g = tape.order(end), {}
    text = {node: name for name, node in named.items()}
    shown = {node: f"{node.value.item():.3f}" for node in order if not node.primitive}
    values, cotangents, says = [], [], []

    def look(what: str) -> None:
        values.append([shown.get(node, "") for node in named.values()])
        cotangents.append(
            [f"{g[node]:.3f}" if node in g else "" for node in named.values()]
        )
        says.append(what)

    look("The inputs have values.")
    steps = [node for node in order if node.primitive]
    for node in steps:
        shown[node] = f"{node.value.item():.3f}"
        look(f"Forward: {text[node]}.")
    g[end] = 1.0
    look("The end of the tape has the cotangent 1.")
    for node in reversed(steps):
        for parent, part in zip(node.parents, node.pull(g[node]), strict=True):
            g[parent] = g.get(parent, 0.0) + float(part)
        read = [text[p].split(" =")[0] for p in node.parents if p in text]
        to = " and ".join(dict.fromkeys(read))
        look(f"Backward: {text[node]} adds to {to}.")
    return values, cotangents, says


def data_tape() -> dict[str, np.ndarray]:
    """Return texts: `value` and `cotangent` "program start step row", `say`, `name`."""
    columns: dict[str, list] = {"value": [], "cotangent": [], "say": []}
    for number in range(len(PROGRAMS)):
        runs = [played(*programs(start)[number]) for start in STARTS]
        columns["value"].append([run[0] for run in runs])
        columns["cotangent"].append([run[1] for run in runs])
        columns["say"].append([run[2] for run in runs])
    names = [list(named) for _, named in programs(1.0)]
    return {**{k: np.array(v) for k, v in columns.items()}, "name": np.array(names)}


def panel_tape(data: dict[str, np.ndarray]) -> Panel:
    rows = [
        [
            f"{{name[program, {i}]}}",
            f"{{value[program, start, step, {i}]}}",
            f"{{cotangent[program, start, step, {i}]}}",
        ]
        for i in range(ROWS)
    ]
    return Panel(
        controls={
            "program": Choice("Program", PROGRAMS),
            "start": Choice("x or w", STARTS),
            "step": Slider("Step", range(2 * OPERATIONS + 2)),
        },
        views=[Table(["node", "value", "cotangent"], rows)],
        say="**{say[program, start, step]}**",
        arrays=data,
    )


def panel_cost(run: dict[str, np.ndarray]) -> Panel:
    """Take `columns` and `rows`, " 7": cost of a Jacobian in runs of the function."""
    cost = np.stack([run["columns"], run["rows"]], 1).astype(float)
    return Panel(
        controls={"shape": Slider("Inputs to results", SHAPES, 3)},
        views=[
            Bars(
                {"cost in runs of the function": "cost[shape]"},
                ["by columns, JVPs", "by rows, VJPs"], top=70, spec=".1f",
                width=1100, height=300,
            )
        ],
        say="From {shape}: by columns **{cost[shape, 0]:.1f}** runs of f, by "
        "rows **{cost[shape, 1]:.1f}**.",
        arrays={"cost": cost},
    )  # fmt: skip


def panel_vanish(run: dict[str, np.ndarray]) -> Panel:
    """Take `exponents`, "bend gain layer": of the size of each layer's cotangent."""
    sizes = 10.0 ** run["exponents"][..., ::-1].astype(
        float
    )  # from the loss to the input
    left = np.vectorize("{:.1g}".format)(sizes[..., -1])
    return Panel(
        controls={
            "bend": Choice("Activation", BENDS),
            "gain": Slider("Variance of weights · width", GAINS, 1),
        },
        views=[
            Lines(
                {"gradient": "sizes[bend, gain]"}, log=True, y_range=(1e-12, 1e3),
                x_label="layers further from the loss", y_label="size of the gradient",
                width=1100, height=360,
            )
        ],
        say="{bend}: over 15 layers the gradient is multiplied by "
        "**{left[bend, gain]}**.",
        arrays={"sizes": sizes, "left": left},
    )  # fmt: skip
