"""The try-it panels of lecture 1, declared as data."""

import jax
import jax.numpy as jnp
import numpy as np

from nnds.bigram import bigram_logits, generate, most_common, words
from nnds.data import load
from nnds.plot.panel import Choice, Lines, Panel, Plane, Slider, Table

WORDS = ("the", "a", "she", "he", "in", "very", "new", "is")
TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0)
TOP, LENGTH = 6, 14


def panel_perceptron(run: dict[str, np.ndarray]) -> Panel:
    """Take the line before each mistake of the notebook's perceptron, and the last.

    `segments` "k 4" is the line, `at` "k-1 2" the penguin that it has wrong, `right`
    " k" the share that it has right, `x` "n 2" and `y` " n" the penguins.
    """
    last = len(run["segments"]) - 1
    next_ = [f"The next mistake: ({a:.1f}, {b:.1f})." for a, b in run["at"]]
    # a track of one place twice shows the penguin that is wrong, and the last one
    track = np.stack([np.vstack([run["at"], run["at"][-1:]])] * 2, 1)
    return Panel(
        side=True,
        controls={"mistake": Slider("Mistakes so far", range(last + 1))},
        views=[
            Plane(
                x_range=(-2.2, 3), y_range=(-2.4, 2.6), names=("Adelie", "Gentoo"),
                x_label="bill length (deviations from the mean)",
                y_label="flipper length", width=770, height=500, points="x",
                classes="y", segments="line[mistake]", track="track[mistake]",
            )
        ],
        say="**{right[mistake]:.0%}** of 192 penguins are on the right side of the "
        "dashed line. {next[mistake]}",
        arrays={
            "x": run["x"], "y": run["y"], "right": run["right"], "track": track,
            "line": run["segments"][:, None], "next": np.array([*next_, "It stops."]),
        },
    )  # fmt: skip


def panel_scaling(run: dict[str, np.ndarray]) -> Panel:
    """Take the fits of the notebook to the 3, 4 and 5 smallest sizes.

    `fit`, `low` and `high` are "fit size" over `grid` " size", `exponent` " fit".
    """
    grid, mark = run["grid"], run["there"]
    there = np.array([np.interp(mark, grid, row) for row in run["fit"]])
    sizes, losses = [*run["c"], mark], [*run["loss"], run["large"]]
    until = grid <= mark
    return Panel(
        controls={"sizes": Slider("Sizes in the fit", (3, 4, 5))},
        views=[
            Lines(
                {"law": "fit[sizes]", "from": "low[sizes]", "to": "high[sizes]",
                 "measured": "measured"},
                x="size", x_label="parameters, powers of ten", y_label="loss",
                y_range=(1.8, 2.8), mark="at", width=1100,
            )
        ],
        say="Exponent **{exponent[sizes]:.2f}**. At the mark the law says "
        "**{there[sizes]:.2f}**; measured there, and never fitted: **{large:.2f}**.",
        arrays={
            **{k: run[k][:, until] for k in ("fit", "low", "high")},
            **{k: run[k] for k in ("exponent", "large")},
            "size": np.log10(grid[until]), "at": np.log10(mark),
            "there": there, "measured": np.interp(grid[until], sizes, losses),
        },
    )  # fmt: skip


def data_bigram() -> dict[str, np.ndarray]:
    """Return what follows `WORDS` in the examples of WordNet, at `TEMPERATURES`.

    `names` "word TOP" are the likeliest next words, `chance` "word temperature TOP"
    their probabilities, `text` "word temperature" what is written from there.
    """
    read = words(load("examples").train["text"])
    known = most_common(read, 1500)
    number = {word: i for i, word in enumerate(known)}
    tokens = jnp.array([number.get(word, 1) for word in read])
    logits = bigram_logits(tokens, len(known)).at[:, 1].set(-jnp.inf)
    names, chance, text = [], [], []
    for k, word in enumerate(WORDS):
        row = logits[number[word]]
        top = jnp.argsort(-row)[:TOP]
        names.append([known[i] for i in top])
        hot = [jax.nn.softmax(row / t)[top] for t in TEMPERATURES]
        chance.append(np.array(hot, np.float32))
        written = [
            generate(logits, jnp.array(number[word]), LENGTH, jnp.array(t),
                     jax.random.key(k))
            for t in TEMPERATURES
        ]  # fmt: skip
        text.append([" ".join([word, *(known[i] for i in ids)]) for ids in written])
    return {
        "names": np.array(names),
        "chance": np.stack(chance),
        "text": np.array(text),
    }


def check_bigram(data: dict[str, np.ndarray]) -> list[str]:
    most = data["chance"][:, :, 0]
    return [] if (np.diff(most, axis=1) < 0).all() else ["hotter is not flatter"]


def panel_bigram(data: dict[str, np.ndarray]) -> Panel:
    rows = [
        (f"{{names[word, {k}]}}", f"{{chance[word, heat, {k}]:.1%}}")
        for k in range(TOP)
    ]
    return Panel(
        side=True,
        controls={
            "word": Choice("This word", WORDS),
            "heat": Slider("Temperature", TEMPERATURES, TEMPERATURES.index(1.0)),
        },
        views=[Table(columns=("next word", "probability"), rows=rows, width=700)],
        say="It writes: {text[word, heat]}",
        arrays=data,
    )
