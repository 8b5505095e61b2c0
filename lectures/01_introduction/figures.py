"""Drawings of lecture 1 that no experiment makes: signatures, the unit, the stack."""

import jax
import jax.numpy as jnp
from matplotlib.axes import Axes

from nnds.dense import dense
from nnds.plot import diagrams

Drawing = tuple[Axes, str]


def draw_signatures() -> Drawing:
    """Draw image -> class as four functions, with what goes along each arrow."""
    ax = diagrams.board(12, 3.1)
    y, names = 1.8, ["flatten", "hidden", "scores", "argmax"]
    ends = ["image\n(28, 28, 1)", "class\n()"]
    between = ["vector\n(784)", "vector\n(32)", "vector\n(10)"]
    boxes = [
        diagrams.box(ax, (2.7 + 2.45 * i, y), name, 1.3, 1, 1 if 0 < i < 3 else 5)
        for i, name in enumerate(names)
    ]
    diagrams.write(ax, (0.75, y), ends[0])
    diagrams.write(ax, (11.5, y), ends[1])
    diagrams.arrow(ax, (1.5, y), boxes[0].left)
    for one, other, kind in zip(boxes[:-1], boxes[1:], between, strict=True):
        diagrams.arrow(ax, one.right, other.left, kind)
    diagrams.arrow(ax, boxes[-1].right, (11.0, y))
    diagrams.write(ax, (6.4, 0.72), "these two hold the parameters")
    diagrams.write(ax, (6.4, 0.24), "the whole is again a function: image → class")
    return ax, (
        "Four boxes in a row, flatten, hidden, scores and argmax, from an image of 28 "
        "by 28 by 1 over vectors of 784, 32 and 10 to a class; the middle two hold the "
        "parameters."
    )


def draw_unit() -> Drawing:
    """Draw the perceptron, and the arrow by which its answer comes back."""
    ax = diagrams.board(12, 4.2)
    x = diagrams.cells(ax, (1, 2.3), [["x₀"], ["x₁"], ["x₂"]], 0.6, 5)
    total = diagrams.box(ax, (4.6, 2.3), "w·x + b", 2, 1, 1)
    step = diagrams.box(ax, (7.9, 2.3), "sign", 1.4, 1, 3)
    compare = diagrams.box(ax, (11, 2.3), "= y ?", 1.4, 1, 2)
    diagrams.arrow(ax, x.right, total.left, "(d)")
    diagrams.arrow(ax, total.right, step.left, "()")
    diagrams.arrow(ax, step.right, compare.left, "±1")
    diagrams.arrow(ax, compare.bottom, total.bottom, bend=-0.28)
    diagrams.write(ax, (7.8, 0.35), "no: add y·x to w, and y to b")
    diagrams.write(ax, (1, 3.7), "input")
    diagrams.write(ax, (4.6, 3.7), "weights w ~ (d), b ~ ()")
    diagrams.write(ax, (11, 3.7), "label")
    return ax, (
        "The perceptron: x of shape (d) goes to the score w·x + b, then to its sign, "
        "which is compared with the label y; if they differ, an arrow goes back and y "
        "times x is added to w, and y to b."
    )


def draw_stack() -> Drawing:
    """Draw one function in four languages, each read off the program itself."""
    arguments = (jnp.ones(4), jnp.ones((4, 3)), jnp.ones(3))

    def unit(x, w, b):
        return jnp.tanh(dense(x, w, b))

    primitives = [str(e.primitive) for e in jax.make_jaxpr(unit)(*arguments).eqns]
    lowered = jax.jit(unit).lower(*arguments).as_text()
    stable = [
        word for line in lowered.splitlines() for word in line.split()
        if word.startswith("stablehlo.")
    ]  # fmt: skip
    stable = [word.removeprefix("stablehlo.").rstrip(",") for word in stable]
    rows = [
        ("your Python", "tanh(x @ w + b)", "layers, losses, optimisers", 1),
        ("jaxpr", " · ".join(primitives), "primitives, each with its derivative", 0),
        ("StableHLO", " · ".join(stable), "the same program for any machine", 2),
        ("kernels", "a product, and one fused loop", "CPU, GPU or TPU", 3),
    ]
    ax = diagrams.board(12, 3.8)
    before = None
    for k, (name, holds, why, colour) in enumerate(rows):
        y = 3.4 - 0.97 * k
        diagrams.write(ax, (1.0, y), name, weight="bold")
        here = diagrams.box(ax, (4.3, y), holds, 4.5, 0.66, colour)
        diagrams.write(ax, (9.25, y), why, 18)
        if before:
            diagrams.arrow(ax, before.bottom, here.top)
        before = here
    return ax, (
        "Four boxes from the top down. Python: tanh of x times w plus b. jaxpr: "
        f"{', '.join(primitives)}. StableHLO: {', '.join(stable)}. Kernels: a product, "
        "and one fused loop."
    )
