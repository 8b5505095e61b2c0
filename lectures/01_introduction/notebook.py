# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lecture 1: introduction
#
# A neural network is a **composable, differentiable function with parameters**. It has
# a typed signature, such as image → class or tokens → tokens; it is built from smaller
# ones; and its numbers are found by an optimiser, and not typed.
#
# **How far does that go?** From one line through two kinds of penguins, in 1958, to a
# program that writes. You will teach the first learning machine, see where it fails,
# count the parameters of its great-grandchildren, measure a scaling law, and write the
# function that chooses the next word.
#
# | exercise | where | minutes | points |
# | --- | --- | --- | --- |
# | 1.1 The perceptron's step | 2 | 8 | 10 |
# | 1.2 Count LeNet-5 | 4 | 10 | 6 |
# | 1.3 The exponent of a law | 5 | 8 | 9 |
# | 1.4 The next token | 6 | 12 | 11 |
#
# Before each result stands a question. Answer it on paper first; the fold has the
# answer.

# %%
import importlib
import inspect
import itertools
import math
import os
import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

from nnds import plot
from nnds.bigram import bigram_logits, generate, most_common, next_token, words
from nnds.conv import Conv2d, LeNet5, max_pool2d
from nnds.data import load
from nnds.dense import MLP, Dense, dense
from nnds.grading import check, solved
from nnds.losses import cross_entropy
from nnds.perceptron import (
    mistake_bound,
    perceptron,
    perceptron_path,
    perceptron_step,
    widest_margin,
)
from nnds.plot import diagrams
from nnds.results import claim, keep, value
from nnds.scaling import bootstrap_power_law, fit_power_law, power_law
from nnds.signatures import (
    AUDIO,
    CLASS,
    GRAPH,
    IMAGE,
    TOKENS,
    VECTOR,
    Typed,
)

SEED = int(os.environ.get("NNDS_SEED", "0"))  # the claims hold for 0, 1 and 2
FULL = os.environ.get("NNDS_FULL") == "1"  # more runs and more steps
KEY = jax.random.key(SEED)
reports = {}


# what runs where an exercise is not solved yet, and the package has no such function
def built_lenet(side, kernel, sizes):
    c1, c3, *units = map(int, sizes)

    def build(x):
        first = Conv2d.init(1, c1, kernel, padding="same", key=KEY)
        second = Conv2d.init(c1, c3, kernel, key=KEY)
        maps = max_pool2d(second(max_pool2d(first(x), 2)), 2)
        return first, second, MLP.init([maps.size, *units], key=KEY)

    built = jax.eval_shape(build, jnp.zeros((side, side, 1)))
    return sum(leaf.size for leaf in jax.tree.leaves(built))


def fitted_exponent(c, loss, floor):  # looks for the floor too
    return fit_power_law(c, loss)[1]


# %% [markdown]
# ## 1. Functions with a signature
#
# A layer maps one array to another. What it takes and gives decides what may follow it.
# Here a signature is a value: `f >> g` is "first f, then g", and is refused where it
# makes no sense.
#
# **Predict:** which of the five parts below holds all the numbers that are trained?
#
# <details><summary>Answer</summary>
#
# `hidden` and `scores`. The rest only rearranges, bends or decides. A network is a few
# layers with parameters, and glue.
#
# </details>

# %%
first, last = MLP.init([784, 32, 10], key=jax.random.key(0)).layers
flatten = Typed("flatten", IMAGE.of(28, 28, 1), VECTOR.of(784), jnp.ravel)
hidden = Typed("hidden", VECTOR.of(784), VECTOR.of(32), first)
bend = Typed("bend", VECTOR, VECTOR, jax.nn.relu)
scores = Typed("scores", VECTOR.of(32), VECTOR.of(10), last)
decide = Typed("decide", VECTOR, CLASS, jnp.argmax)
read = flatten >> hidden >> bend >> scores >> decide
print(read.name, "is", read)

digits = load("mnist")
answers = np.array([int(read(image)) for image in digits.test["x"][:200]])
right = (answers == digits.test["y"][:200]).mean()
claim("The whole takes an image and gives a class", (read.takes.name, read.gives) ==
      ("image", CLASS))  # fmt: skip
claim("Random numbers in it: under 40 % of the digits right", right < 0.4)

# %% [markdown]
# **Break it:** leave out `flatten`, or exchange `hidden` and `scores`. Read the message
# before you repair it.

# %%
for f, g in [(Typed("image", IMAGE, IMAGE, jnp.array), hidden), (scores, hidden)]:
    try:
        f >> g  # change me
    except TypeError as refusal:
        print("refused:", refusal)

# %% [markdown]
# ### One table of tasks
#
# Nearly every task is a pair of kinds. The same few layers serve all.
#
# **Predict:** which cell of the table is a chatbot in, and which an image generator?
# Which task of your own is in no cell?
#
# <details><summary>Answer</summary>
#
# tokens → tokens, and tokens → image. Bold tasks run in this package today; a number is
# the lecture that does it.
#
# </details>

# %%
TASKS = [
    ("recognition", IMAGE, CLASS, 7, "conv.LeNet5"),
    ("dense prediction", IMAGE, IMAGE, 7, "conv.ConvTranspose2d"),
    ("captioning", IMAGE, TOKENS, 11, "transformer"),
    ("game playing", IMAGE, CLASS, 16, "explain"),
    ("transcription", AUDIO, TOKENS, 11, "transformer"),
    ("instruments", AUDIO, CLASS, 8, "audio"),
    ("next word", TOKENS, TOKENS, 1, "bigram.generate"),
    ("translation", TOKENS, TOKENS, 11, "transformer"),
    ("image generation", TOKENS, IMAGE, 14, "generative"),
    ("topic of a text", TOKENS, CLASS, 8, "text"),
    ("folding", TOKENS, GRAPH, 12, "graph"),
    ("molecules", GRAPH, CLASS, 12, "graph.GCN"),
    ("regression", VECTOR, VECTOR, 5, "dense.MLP"),
    ("physics", VECTOR, VECTOR, 15, "physics"),
    ("rendering", VECTOR, IMAGE, 5, "coordinates.FourierNetwork"),
    ("penguins", VECTOR, CLASS, 1, "perceptron.perceptron"),
]
PARTLY = {"folding"}  # the layers are here, the whole is not


def is_here(path):
    """Return whether nnds has this module, or this name in a module."""
    module, _, name = path.partition(".")
    try:
        found = importlib.import_module(f"nnds.{module}")
        return not name or hasattr(found, name)
    except ModuleNotFoundError:
        return False


here = {task for task, *_, path in TASKS if is_here(path)} - PARTLY
for task, start, end, lecture, path in TASKS:
    where = f"nnds.{path}" if task in here else "not written yet"
    print(f"{task:16} {start.name:6} -> {end.name:6} lecture {lecture:2}: {where}")
takes = list(dict.fromkeys(kind.name for _, kind, *_ in TASKS))
gives = ["image", "tokens", "graph", "vector", "class"]
ax = diagrams.board(12, 5.6)
for j, kind in enumerate(gives):
    diagrams.write(ax, (2.2 + 2.15 * j, 5.25), f"→ {kind}", color="#0072B2")
for i, kind in enumerate(takes):
    y = 4.6 - 0.93 * i
    diagrams.write(ax, (0.55, y), kind, color="#0072B2")
    ax.axhline(y + 0.46, color="#cccccc", lw=1)
    for j, end in enumerate(gives):
        cell = [t for t in TASKS if (t[1].name, t[2].name) == (kind, end)]
        for k, (task, *_, lecture, _) in enumerate(cell):
            at = (2.2 + 2.15 * j, y + 0.2 * (len(cell) - 1) - 0.4 * k)
            weight = "bold" if task in here else "normal"
            short = task.replace("image generation", "generation")
            short = short.replace("dense prediction", "every pixel")
            diagrams.write(ax, at, f"{short} {lecture}", 18, weight=weight)
claim("Six of the tasks or more run today", len(here) >= 6)
claim("Recognition is among them", "recognition" in here)
caption, translate, draw = (
    Typed(name, *kinds, lambda x: x)
    for name, *kinds in [
        ("caption", IMAGE, TOKENS), ("translate", TOKENS, TOKENS),
        ("draw", TOKENS, IMAGE),
    ]
)  # fmt: skip
claim(
    "Caption, translate and draw compose to image -> image",
    ((caption >> translate >> draw).takes.name, draw.gives.name) == ("image", "image"),
)
said = "; ".join(
    f"{t} from {a.name} to {b.name}, lecture {n}" for t, a, b, n, _ in TASKS
)
plot.show(ax, f"A table of tasks by what they take and give: {said}.", name="tasks")

# %% [markdown]
# ## 2. The perceptron, 1958
#
# One unit. Its answer is the side of a line on which the example lies:
#
# $$
# \hat y = \mathrm{sign}(w \cdot x + b), \qquad
# \text{at a mistake: } w \leftarrow w + y\,x, \quad b \leftarrow b + y
# $$
#
# with labels $y = \pm 1$. Nothing else happens: no loss, no gradient, no learning rate.
#
# **1.1 The perceptron's step** (8 min, 10 points). Write one step. A point *on* the
# line counts as a mistake. Why must it?


# %%
def my_perceptron_step(w, b, x, y):
    ### BEGIN SOLUTION
    side = w @ x + b
    move = jnp.where(y * side > 0, 0.0, y)
    return w + move * x, b + move
    ### END SOLUTION


reports["1.1"] = check(my_perceptron_step)
reports["1.1"]

# %%
learn = solved(my_perceptron_step, otherwise=perceptron_step)  # it learns below

# %% [markdown]
# Two species of real penguins, two measures each: bill and flipper length, with mean 0
# and deviation 1. We show them one after the other, again and again.
#
# **Predict:** 192 birds. How many mistakes will it make before it makes no more: about
# 20, 200 or 2,000?
#
# <details><summary>Answer</summary>
#
# A few dozen at most, however long you go on. The first mistakes turn the line by much,
# the later ones by less, since w has become long.
#
# </details>

# %%
penguins = load("penguins").complete("x")
ADELIE, CHINSTRAP, GENTOO = range(3)
mean, deviation = penguins.train["x"].mean(0), penguins.train["x"].std(0)


def pair(one, other, columns, split="train"):
    """Return standardised measures of two species, and their labels -1 and 1."""
    rows = getattr(penguins, split)
    both = np.isin(rows["y"], (one, other))
    x = ((rows["x"] - mean) / deviation)[both][:, list(columns)]
    return x.astype(np.float32), np.where(rows["y"][both] == other, 1, -1).astype("f4")


BILL_LENGTH, BILL_DEPTH, FLIPPER, MASS = range(4)
x, y = pair(ADELIE, GENTOO, (BILL_LENGTH, FLIPPER))
order = np.random.default_rng(0).permutation(len(x))  # change me: another order
x, y = x[order], y[order]
w, b, wrong = map(np.array, perceptron_path(x, y, 60, step=learn))
mistakes = np.flatnonzero(wrong)
new_x, new_y = pair(ADELIE, GENTOO, (BILL_LENGTH, FLIPPER), "test")
guess = np.array([perceptron(row, w[-1], b[-1]) for row in new_x])
claim("The first mistake moves zeros to y x", np.allclose(w[1], y[0] * x[0]))
same = perceptron_path(x, y, 60)[0]
claim("Your step goes the way of the package's", np.allclose(w, same, atol=1e-4))
claim("In the last pass it makes no mistake", not wrong[-len(x) :].any())
claim("It needed fewer than 80 mistakes", len(mistakes) < 80)
value("mistakes", len(mistakes), "d")
value("new_penguins", (guess == new_y).mean(), ".0%", band=(0.9, 1))

ends = [w[mistakes], b[mistakes, None]]  # the line that was wrong; then the last
ends = [np.vstack([a, a_end]) for a, a_end in zip(ends, (w[-1], b[-1:]), strict=True)]
directions = np.hstack(ends)[1:]  # of (w, b), from the first that is not zero
directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
turns = np.linalg.norm(np.diff(directions, axis=0), axis=1)
third = len(turns) // 3
if third > 2:  # other orders need two mistakes in all
    claim("The last third of the mistakes turn it less than the first third",
          turns[-third:].mean() < turns[:third].mean())  # fmt: skip
length = np.maximum(np.linalg.norm(ends[0], axis=1, keepdims=True), 1e-9)
foot = -ends[1] * ends[0] / length**2
along = np.stack([-ends[0][:, 1], ends[0][:, 0]], 1) / length
segments = np.hstack([foot - 6 * along, foot + 6 * along])
segments[0] = np.nan  # zeros are no line
side = np.where(x @ ends[0].T + ends[1].T > 0, 1, -1) == y[:, None]
keep("perceptron", x=x, y=(y > 0).astype(np.uint8), segments=segments,
     at=x[mistakes % len(x)], right=side.mean(0), w=ends[0], b=ends[1])  # fmt: skip
fig, axes = plot.row(3, 12, 4.4)
shown = [1, len(mistakes) // 2, len(mistakes)]
for ax, k in zip(axes, shown, strict=True):
    for label, name in ((-1, "Adelie"), (1, "Gentoo")):
        look = {"color": plot.COLOURS[label > 0], "marker": plot.MARKERS[label > 0]}
        ax.scatter(*x[y == label].T, s=35, label=name, **look)
    ax.plot(segments[k, ::2], segments[k, 1::2], "k--")
    ax.set(xlim=(-2.2, 3), ylim=(-2.4, 2.6), xlabel="bill length")
    ax.set_title(f"after {k} mistake{'s' * (k > 1)}", fontsize=20)
axes[0].set_ylabel("flipper length")
axes[2].legend(loc="lower right", fontsize=18, handletextpad=0, borderpad=0.2)
plot.show(
    fig,
    f"Two clouds of penguins and a dashed line, after {shown} mistakes: first it cuts "
    "through a cloud, at the end it separates them.",
    name="perceptron",
)

# %% [markdown]
# ### Why it must stop
#
# Let some line separate all examples with margin $\gamma$, and let no $(x, 1)$ be
# longer than $R$. Each mistake moves $(w, b)$ towards that line by at least $\gamma$,
# and makes it longer by little: after $k$ mistakes
#
# $$
# k\,\gamma \;\le\; \lVert (w, b) \rVert \;\le\; \sqrt{k}\, R
# \qquad\Rightarrow\qquad k \le (R / \gamma)^2
# $$
#
# (Novikoff, 1962). The bound holds for any separating line; the widest margin gives the
# least bound, and a solver finds it.
#
# **Predict:** does the number of mistakes come near the bound? Does it depend on the
# order of the examples?
#
# <details><summary>Answer</summary>
#
# It stays far below, and it does depend on the order. The bound is for the worst order
# of the worst data with this margin: it explains <em>why</em> it stops, not when.
#
# </details>

# %%
ORDERS = 40 if FULL else 15
pairs = itertools.combinations((ADELIE, CHINSTRAP, GENTOO), 2)
sets = [(BILL_LENGTH, BILL_DEPTH), (BILL_LENGTH, FLIPPER), (BILL_DEPTH, FLIPPER)]
sets += [(BILL_LENGTH, MASS), (BILL_DEPTH, MASS), (0, 1, 2, 3)]
cases, counts, last_pass, refused = [], [], [], 0
learned = jax.jit(jax.vmap(lambda x, y: perceptron_path(x, y, 300)[2]))
for species, columns in itertools.product(pairs, sets):
    a, labels = pair(*species, columns)
    try:
        line = widest_margin(a.astype(float), labels.astype(float))
    except ValueError:
        refused += 1
        continue
    keys = jax.random.split(jax.random.fold_in(KEY, len(cases)), ORDERS)
    orders = jax.vmap(partial(jax.random.permutation, x=len(a)))(keys)
    found_wrong = np.array(learned(jnp.asarray(a)[orders], jnp.asarray(labels)[orders]))
    cases.append(float(mistake_bound(a, labels, *map(jnp.asarray, line))))
    counts.append(found_wrong.sum(1))
    last_pass.append(found_wrong[:, -len(a) :].sum(1))
counts = np.array(counts)
claim("Every separable case ends, in each order", not np.any(last_pass))
claim("No order makes more mistakes than the bound", (counts.max(1) <= cases).all())
claim("Orders differ", (np.ptp(counts, axis=1) > 0).any())
most = counts.max(1) / cases
claim("The most mistakes are under a third of the bound", (most < 1 / 3).all())
value("separable", len(cases), "d")
value("not_separable", refused, "d")
ax = plot.row(1, 9, 4.6)[1][0]
for k, bound in enumerate(cases):
    ends = [counts[k].min(), counts[k].max()]
    label = "" if k else "range over orders"
    ax.plot([bound] * 2, ends, color="#0072B2", label=label)
ax.scatter(cases, np.median(counts, 1), s=90, color="#0072B2", zorder=3, label="median")
ends_of_line = np.array([10, 3e4])
ax.plot(ends_of_line, ends_of_line, "k--", label="the bound itself")
ax.set(xscale="log", yscale="log", xlabel="bound (R / margin)²", ylabel="mistakes")
ax.legend(loc="upper left", fontsize=18, frameon=False)
said = [f"{c:.0f}: {np.median(n):.0f}" for c, n in zip(cases, counts, strict=True)]
plot.show(
    ax,
    "Mistakes against their bound, both axes logarithmic. All are below the diagonal; "
    f"bound and median are {', '.join(said)}.",
    name="bound",
)

# %% [markdown]
# ## 3. What one line cannot do
#
# Exclusive or: the answer is 1 when exactly one input is 1.
#
# **Predict:** what does the perceptron do on these four points? And if it is also given
# the product $x_0 x_1$?
#
# <details><summary>Answer</summary>
#
# It turns in a circle for ever: no line separates them, since the middle of the square
# lies between the points of either class. With the product as a third input a plane
# separates them. To <em>learn</em> such features is what hidden layers are for
# (lecture 5); to doubt in place of turning, logistic regression (lecture 4).
#
# </details>

# %%
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
xor = np.array([-1, 1, 1, -1], np.float32)  # change me: [-1, 1, 1, 1] is "or"
product = np.column_stack([corners, corners.prod(1)])
PASSES = 40
groups = {"penguins": (x, y), "xor": (corners, xor), "xor and product": (product, xor)}
total, circle = {}, None
for name, (inputs, labels) in groups.items():
    v, c, missed = map(np.array, perceptron_path(inputs, labels, PASSES, step=learn))
    total[name] = missed.reshape(PASSES, -1).sum(1).cumsum()
    if name == "xor":
        circle = np.column_stack([v, c])[:: len(corners)]
try:
    widest_margin(corners.astype(float), xor.astype(float))
    refusal = ""
except ValueError as problem:
    refusal = str(problem)
    print(problem)
if (xor == [-1, 1, 1, -1]).all():
    claim("The solver proves that no line separates xor", "[0.5, 0.5]" in refusal)
    claim(
        "On xor the line comes back to where it was",
        len(np.unique(circle, axis=0)) < 10,
    )
    claim("In each pass over xor it errs again", (np.diff(total["xor"]) > 0).all())
claim(
    "With the product it stops",
    total["xor and product"][-1] == total["xor and product"][-10],
)
ax = plot.row(1, 9, 4)[1][0]
labels = {"x_label": "passes over the data", "y_label": "mistakes so far"}
_, alt = plot.lines(np.arange(1, PASSES + 1), total, **labels, ax=ax)
ax.legend(loc="upper left", fontsize=18, frameon=False)
ax.set_ylim(bottom=0)
plot.show(ax, alt, name="xor")

# %% [markdown]
# ## 4. Sixty years, counted
#
# How many parameters would the famous networks have here? `jax.eval_shape` builds a
# network abstractly: shapes without numbers, so that hundreds of billions cost nothing.
#
# **1.2 Count LeNet-5** (10 min, 6 points). First by hand, for any sizes: images of
# `side` by `side` pixels and one channel; C1 pads, C3 does not and reads all maps;
# pooling halves the side after each; then three dense layers. Every layer has biases.


# %%
def my_count_lenet(side, kernel, sizes):
    ### BEGIN SOLUTION
    c1, c3, c5, f6, classes = sizes
    left = (side // 2 - kernel + 1) // 2
    first_maps = c1 * (kernel * kernel + 1)
    second_maps = c3 * (kernel * kernel * c1 + 1)
    units = c5 * (left * left * c3 + 1) + f6 * (c5 + 1) + classes * (f6 + 1)
    return first_maps + second_maps + units
    ### END SOLUTION


reports["1.2"] = check(my_count_lenet)
reports["1.2"]

# %%
counting = solved(my_count_lenet, otherwise=built_lenet)


def shapes(build):
    return jax.eval_shape(build, jax.random.key(0))


def size(tree):
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))


lenet = shapes(lambda key: LeNet5.init(key=key))
by_hand = int(counting(28, 5, jnp.array([6, 16, 120, 84, 10])))
claim("Your count is that of the network itself", by_hand == size(lenet))
value("lenet_parameters", by_hand, ",", band=(61706, 61706))
halved = int(counting(28, 5, jnp.array([6, 16, 60, 84, 10])))
claim("With half the units in C5 it is under six tenths", halved < 0.6 * by_hand)

# %% [markdown]
# The others, from the pieces of this package where it has them: `Dense`, `MLP`,
# `Conv2d`. Batch norm (lecture 9) and the GPT (lecture 11) are not here yet: of them we
# write the *shapes*, which is all that a count needs.
#
# **Predict:** order by size: AlexNet (2012), ResNet-50 (2015), GPT-2 small (2019).
# Where in AlexNet are most parameters: in its five convolutions, or its three dense
# layers?
#
# <details><summary>Answer</summary>
#
# ResNet-50, AlexNet, GPT-2: deeper need not be larger. In AlexNet over nine of ten are
# in the dense layers: every output reads every input. A convolution shares its weights
# (lecture 7).
#
# </details>


# %%
def family_trees(key):  # Rumelhart, Hinton and Williams, in the PDP books of 1986
    person, relation = (Dense.init(d, 6, key=key) for d in (24, 12))
    return person, relation, MLP.init([12, 12, 6, 24], key=key)


def alexnet(key):
    sizes = [(3, 96, 11, 1), (96, 256, 5, 2), (256, 384, 3, 1), (384, 384, 3, 2)]
    sizes += [(384, 256, 3, 2)]
    maps = [Conv2d.init(d, c, k, groups=g, key=key) for d, c, k, g in sizes]
    return maps, MLP.init([6 * 6 * 256, 4096, 4096, 1000], key=key)


def resnet50(key):
    def conv_and_norm(d, c, k):  # no bias; batch norm has a scale and a shift
        return Conv2d.init(d, c, k, key=key).w, jnp.ones((2, c))

    layers, d = [conv_and_norm(3, 64, 7)], 64
    for c, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        layers.append(conv_and_norm(d, 4 * c, 1))  # the way around the first block
        for _ in range(blocks):
            layers += [conv_and_norm(d, c, 1), conv_and_norm(c, c, 3)]
            layers += [conv_and_norm(c, 4 * c, 1)]
            d = 4 * c
    return layers, Dense.init(d, 1000, key=key)


def gpt(key, depth, d, context, vocabulary=50257):
    def block(key):
        attention = Dense.init(d, 3 * d, key=key), Dense.init(d, d, key=key)
        return attention, MLP.init([d, 4 * d, d], key=key), jnp.ones((2, 2, d))

    tables = jnp.ones((vocabulary, d)), jnp.ones((context, d)), jnp.ones((2, d))
    return jax.vmap(block)(jax.random.split(key, depth)), tables


HISTORY = {  # year, what it is built of, and what its authors say
    "perceptron": (1958, lambda key: Dense.init(512, 8, key=key), 8 * 513),
    "PDP": (1986, family_trees, None),
    "LeNet-5": (1998, lambda key: LeNet5.init(key=key), 60e3),
    "AlexNet": (2012, alexnet, 60e6),
    "ResNet-50": (2015, resnet50, 25.6e6),
    "GPT-2 small": (2019, partial(gpt, depth=12, d=768, context=1024), 124e6),
    "GPT-3": (2020, partial(gpt, depth=96, d=12288, context=2048), 175e9),
}
built = {name: shapes(build) for name, (_, build, _) in HISTORY.items()}
parameters = {name: size(tree) for name, tree in built.items()}
for name, number in parameters.items():
    print(f"{HISTORY[name][0]} {name:12} {number:>15,}")
    value(re.sub(r"\W", "_", name.lower()), number, ",")
stated = {name: said for name, (_, _, said) in HISTORY.items() if said}
claim(
    "Each is within 3 % of what its authors say",
    all(abs(parameters[name] / said - 1) < 0.03 for name, said in stated.items()),
)
share = size(built["AlexNet"][1]) / parameters["AlexNet"]
value("alexnet_dense", share, ".0%", band=(0.9, 1))
ordered = [parameters[name] for name in ("ResNet-50", "AlexNet", "GPT-2 small")]
claim("ResNet-50 < AlexNet < GPT-2 small", ordered == sorted(ordered))
times = parameters["GPT-3"] / parameters["perceptron"]
claim("The last has tens of millions of times the first", 1e7 < times < 1e8)
years = np.array([year for year, _, _ in HISTORY.values()])
since = [name for name in HISTORY if HISTORY[name][0] >= 1986]
rate = np.polyfit(years[1:], np.log2([parameters[name] for name in since]), 1)[0]
value("doubling_months", 12 / rate, ".0f")
ax = plot.row(1, 11, 4.8)[1][0]
ax.scatter(years, list(parameters.values()), s=120, color="#0072B2", zorder=3)
SIDES = {"AlexNet": (-1, 0), "ResNet-50": (0, -1), "GPT-2 small": (0, 1)}
for name, year in zip(parameters, years, strict=True):
    across, up = SIDES.get(name, (-1, 0) if year > 2000 else (1, 0))
    place = {"ha": ("center", "left", "right")[across], "fontsize": 18}
    place["va"] = ("center", "bottom", "top")[up]
    ax.text(year + across, parameters[name] * 2.0**up, name, **place)
ax.set(yscale="log", xlabel="year", ylabel="parameters", xlim=(1955, 2027))
ax.set(ylim=(1e2, 1e12), yticks=[1e3, 1e6, 1e9, 1e12])
said = ", ".join(f"{name} {n:,}" for name, n in parameters.items())
alt = f"Parameters of seven networks by year, on a logarithmic axis: {said}."
plot.show(ax, alt, name="history")

# %% [markdown]
# ## 5. Larger is better, by a law
#
# A small network reads three characters of WordNet's example sentences and predicts the
# fourth. We train it at five widths, five times each, all on equally many examples. The
# hope is a *power law* above a floor that no size can pass:
#
# $$ L(C) = a\, C^{-b} + c $$
#
# **1.3 The exponent of a law** (8 min, 9 points). Given sizes, losses and the floor,
# return $b$: above the floor, a power law is a straight line of slope $-b$ in
# logarithms. Use all runs.


# %%
def my_exponent(c, loss, floor):
    ### BEGIN SOLUTION
    u, v = jnp.log(c), jnp.log(loss - floor)
    u = u - u.mean()
    return -(u @ v) / (u @ u)
    ### END SOLUTION


reports["1.3"] = check(my_exponent)
reports["1.3"]

# %%
exponent = solved(my_exponent, otherwise=fitted_exponent)
LETTERS, READ = ". 'abcdefghijklmnopqrstuvwxyz", 3
RUNS, STEPS, BATCH = 5, 1600 if FULL else 400, 256
examples = load("examples")
place = {letter: i for i, letter in enumerate(LETTERS)}


def windows(texts, every=1):
    """Return all stretches of four characters, as numbers."""
    codes = np.array([place[letter] for letter in " ".join(words(texts))], np.uint8)
    return jnp.asarray(
        np.lib.stride_tricks.sliding_window_view(codes, READ + 1)[::every]
    )


letters, unseen = (
    windows(examples.train["text"]),
    windows(examples.validation["text"], 20),
)


WIDTHS, LARGE = (2, 4, 8, 16, 32), 128
SIZES = [READ * len(LETTERS), LARGE, len(LETTERS)]


def character_loss(model, rows, width):
    """Return the mean loss of a network of `width` hidden units.

    One program serves all widths: units beyond stay at 0, and get no gradient.
    """
    x = jax.nn.one_hot(rows[:, :READ], len(LETTERS)).reshape(len(rows), -1)
    h = jnp.tanh(jax.vmap(model.layers[0])(x)) * (jnp.arange(LARGE) < width)
    logits = jax.vmap(model.layers[1])(h)
    return jax.vmap(cross_entropy)(logits, rows[:, READ]).mean()


def run_of(width, key, steps):
    """Return the loss on unseen text of one network after so many steps."""
    key_model, key_rows = jax.random.split(key)
    adam = optax.adam(optax.cosine_decay_schedule(0.01, steps))

    def one(carry, rows):
        model, state = carry
        grads = jax.grad(character_loss)(model, letters[rows], width)
        updates, state = adam.update(grads, state, model)
        return (optax.apply_updates(model, updates), state), None

    model = MLP.init(SIZES, key=key_model)
    batches = jax.random.randint(key_rows, (steps, BATCH), 0, len(letters))
    (model, _), _ = jax.lax.scan(one, (model, adam.init(model)), batches)
    return character_loss(model, unseen, width)


@partial(jax.jit, static_argnums=1)
def runs_of(widths, steps):
    """Return the losses "width run" of equally many runs of each width."""
    keys = jax.random.split(KEY, len(widths) * RUNS).reshape(len(widths), RUNS)
    each = jax.vmap(partial(run_of, steps=steps), in_axes=(None, 0))
    return jax.vmap(each)(widths, keys)


def number_of(width):
    return size(shapes(lambda key: MLP.init([SIZES[0], width, SIZES[2]], key=key)))


*losses, large = runs_of(jnp.array([*WIDTHS, LARGE]), STEPS)
losses = jnp.stack(losses)
c = jnp.array([float(number_of(width)) for width in WIDTHS])
there = float(number_of(LARGE))
grid = jnp.geomspace(c[0], 2 * there, 60)


@jax.jit
def forecasts(c, losses):
    """Return a law and its curve, and the 95-percent intervals of both."""
    law = fit_power_law(c, losses.mean(1))
    laws = bootstrap_power_law(KEY, c, losses, 300)
    curves = jax.vmap(lambda law: power_law(grid, *law))(laws)
    between = [jnp.percentile(x, jnp.array([2.5, 97.5]), 0) for x in (laws, curves)]
    return law, power_law(grid, *law), *between


first = [forecasts(c[:k], losses[:k]) for k in (3, 4, 5)]  # of so many sizes
first_laws, fits, intervals, bands = map(jnp.stack, zip(*first, strict=True))
law = first_laws[-1]
value("exponent", law[1], ".2f")
value("exponent_low", intervals[-1, 0, 1], ".2f")
value("exponent_high", intervals[-1, 1, 1], ".2f")
value("guess_loss", np.log(len(LETTERS)), ".2f")
claim("The law passes within 2 % of each mean",
      (abs(power_law(c, *law) / losses.mean(1) - 1) < 0.02).all())  # fmt: skip
falls = np.diff(losses.mean(1)) < 0
claim("Each doubling of the width lowers the mean loss", falls.all())
claim("Your line in logarithms finds nearly the same exponent",
      abs(exponent(c, losses.mean(1), law[2]) - law[1]) < 0.15)  # fmt: skip

# %% [markdown]
# ### A forecast, and how it fails
#
# **Predict:** the interval of the exponent comes from drawing the runs again. From this
# law we forecast a network four times as wide as the widest. Will its loss lie in the
# 95-percent interval of the forecast?
#
# <details><summary>Answer</summary>
#
# It lies above it. The interval knows the chance in the runs, and nothing of what was
# the <em>same</em> in all of them: equally many steps. At this width the steps have
# become the bottleneck, and a law of the parameters alone ends there. Four times the
# steps, at the same width, take the loss far below: size <em>and</em> training have to
# grow together (Hoffmann et al., 2022).
#
# </details>

# %%
(longer,) = runs_of(jnp.array([LARGE]), 4 * STEPS)
low, high, middle = (float(jnp.interp(there, grid, y)) for y in (*bands[-1], fits[-1]))
value("forecast", middle, ".2f")
value("measured", large.mean(), ".2f")
value("measured_longer", longer.mean(), ".2f")
claim("The wide network is above the interval of the forecast", large.mean() > high)
claim("With four times the steps it is below", longer.mean() < low)
law_of = {"fit": fits, "low": bands[:, 0], "high": bands[:, 1]}
law_of |= {"exponent": first_laws[:, 1], "loss": losses.mean(1), "large": large.mean()}
keep("scaling", grid=grid, c=c, there=there, **law_of)
ax = plot.row(1, 10, 4.6)[1][0]
look = {"color": "#E69F00", "alpha": 0.4, "lw": 0, "label": "95 % of the fits"}
ax.fill_between(grid, *bands[-1], **look)
ax.plot(grid, fits[-1], color="#E69F00")
points = [("runs", np.repeat(c, RUNS), losses.ravel(), "#0072B2", "o")]
points += [("not in the fit", [there] * RUNS, large, "#D55E00", "s")]
points += [("4 times the steps", [there] * RUNS, longer, "#009E73", "^")]
for name, at, y_values, colour, marker in points:
    ax.scatter(at, y_values, s=70, color=colour, marker=marker, label=name)
ax.set(xscale="log", xlabel="parameters", ylim=(1.9, 2.8))
ax.set_ylabel("loss (nats a character)")
ax.legend(loc="upper right", fontsize=18, frameon=False)
plot.show(
    ax,
    f"Loss against parameters, logarithmic from left to right: runs fall from "
    f"{losses[0].mean():.2f} to {losses[-1].mean():.2f} along a fitted law; a wider "
    f"network, not in the fit, lies above it at {large.mean():.2f}, and with four "
    f"times the steps below, at {longer.mean():.2f}.",
    name="scaling",
)

# %% [markdown]
# ## 6. The next token
#
# A language model gives a distribution over the next token. Repeat, and it writes. The
# smallest one looks at a single word: it counts which word followed which (*bigrams*)
# in WordNet's examples. No gradient is needed, but the loop is that of any chatbot.
#
# **1.4 The next token** (12 min, 11 points). Given logits, a temperature and a uniform
# random number $u$, return the token: lay the probabilities
# $p = \mathrm{softmax}(\text{logits} / T)$ one after the other on a line from 0 to 1,
# and see in whose part $u$ falls. If rounding leaves the end of the line at or below
# $u$, it is the last token.


# %%
def my_next_token(logits, temperature, u):
    ### BEGIN SOLUTION
    p = jnp.exp(jax.nn.log_softmax(logits / temperature))
    passed = jnp.cumsum(p) <= u
    return jnp.minimum(passed.sum(), p.shape[0] - 1)
    ### END SOLUTION


reports["1.4"] = check(my_next_token)
reports["1.4"]

# %%
choose = solved(my_next_token, otherwise=next_token)

# %% [markdown]
# **Predict:** what does it write at temperature 0.3, and at 1.5? Which of the two will
# repeat itself?
#
# <details><summary>Answer</summary>
#
# Cold, it takes the likely word nearly always, and goes round in circles. Hot, unlikely
# words gain, and grammar is lost. It never knows more than one word.
#
# </details>

# %%
VOCABULARY = 1500
read_words = words(examples.train["text"])
vocabulary = most_common(read_words, VOCABULARY)
number = {word: i for i, word in enumerate(vocabulary)}


def numbers(listed):
    return jnp.array([number.get(word, 1) for word in listed])


tokens = numbers(read_words)
bigrams = bigram_logits(tokens, VOCABULARY)
speak = bigrams.at[:, 1].set(-jnp.inf)  # rare words have no name: do not say "…"
TEMPERATURES = (0.3, 0.7, 1.0, 1.5)  # change me
write = jax.jit(lambda t: generate(speak, jnp.array(0), 400, t, KEY, choose))
texts = {}
for temperature in TEMPERATURES:
    said = write(temperature)
    texts[temperature] = [vocabulary[i] for i in said]
    print(temperature, " ".join(texts[temperature][:24]))
variety = [len(set(text)) for text in texts.values()]
claim("The hotter, the more different words of 400", (np.diff(variety) > 0).all())
claim(
    "At 0.3 it uses less than a third as many as at 1.5", variety[0] < variety[-1] / 3
)
value("words_cold", variety[0], "d")
value("words_hot", variety[-1], "d")

# %% [markdown]
# **Predict:** how well does it know unseen sentences? Its loss is the mean of
# $-\log p(\text{next})$, and $e^{\text{loss}}$, the *perplexity*, is the number of
# words between which it hesitates. Guess for: all words equal, words by how common they
# are, bigrams.
#
# <details><summary>Answer</summary>
#
# All equal: as many as there are words. By how common: a few dozen. Bigrams halve that
# or nearly. All three know the same training text and the same vocabulary.
#
# </details>

# %%
new = numbers(words(examples.validation["text"]))
common = jnp.log((jnp.ones(VOCABULARY).at[tokens].add(1)) / (len(tokens) + VOCABULARY))
by_model = {
    "all words equal": math.log(VOCABULARY),
    "how common it is": float(-common[new[1:]].mean()),
    "bigrams": float(-bigrams[new[:-1], new[1:]].mean()),
}
perplexity = {name: math.exp(loss) for name, loss in by_model.items()}
for name, hesitates in perplexity.items():
    value(f"perplexity_{re.sub(' ', '_', name)}", hesitates, ".0f")
claim(
    "One word before takes off over a third of the perplexity",
    perplexity["bigrams"] < 0.67 * perplexity["how common it is"],
)
after_the = speak[number["the"]]
curves = {
    f"T = {t}": np.sort(np.array(jax.nn.softmax(after_the / t)))[:-201:-1].cumsum()
    for t in (0.5, 1, 2)
}
labels = {"x_label": 'likeliest words after "the"', "y_label": "probability of all"}
ax = plot.row(1, 10, 3.8)[1][0]
_, alt = plot.lines(np.arange(1, 201), curves, **labels, ax=ax)
ax.set_ylim(0, 1.02)
twenty = [float(curve[19]) for curve in curves.values()]
claim("The colder, the more the twenty likeliest have", twenty == sorted(twenty)[::-1])
plot.show(ax, alt, name="temperature")

# %% [markdown]
# ## 7. What runs below
#
# One function, four languages. You write Python; JAX *traces* it to primitives, each of
# which has a known derivative; XLA turns these into fused loops for your processor.
#
# **Predict:** the unit below has one matrix product. How many products does the program
# of its gradient with respect to x and w have?
#
# <details><summary>Answer</summary>
#
# One forward, and one for each of x and w on the way back: the derivative of a product
# is two products. Change `tanh` to another bend: the products remain.
#
# </details>


# %%
def unit(x, w, b):
    return jnp.tanh(dense(x, w, b)).sum()  # change me


arguments = (0.1 * jnp.ones(4), jnp.ones((4, 3)), jnp.zeros(3))
print(inspect.getsource(dense).rpartition('"""')[2].strip())
forward = jax.make_jaxpr(unit)(*arguments)
print(forward.pretty_print(use_color=False))
backward = jax.make_jaxpr(jax.grad(unit, (0, 1)))(*arguments)
lowered = jax.jit(unit).lower(*arguments)
stable = re.findall(r"stablehlo\.(\w+)", lowered.as_text())
print("StableHLO:", ", ".join(dict.fromkeys(stable)))
kernels = re.findall(r"\b(?:fusion|custom-call|dot)\(", lowered.compile().as_text())
print("compiled:", ", ".join(kernels))


def products(jaxpr):
    return str(jaxpr).count("dot_general[")


claim("Forward there is one product", products(forward) == 1)
claim("With the gradients of x and w there are three", products(backward) == 3)
claim("StableHLO names the product too", "dot_general" in stable)
claim(
    "The compiled program has fewer kernels than primitives", len(kernels) < len(stable)
)
_, pull = jax.vjp(unit, *arguments)
by_x = pull(jnp.ones(()))[0]
slope = 1 - jnp.tanh(dense(*arguments)) ** 2
claim("The pieces: w times the slope of tanh", jnp.allclose(by_x, arguments[1] @ slope))

# %% [markdown]
# ## What you have now

# %%
for number_, report in reports.items():
    print(f"{number_} {report.exercise:16} {report.earned:2} of {report.points} points")
earned = sum(report.earned for report in reports.values())
print(f"in all {earned} of {sum(report.points for report in reports.values())} points")

# %% [markdown]
# - A network is a composable, differentiable function with parameters and a signature.
# - The perceptron learns from mistakes, and makes at most $(R/\gamma)^2$ of them, where
#   a line separates the data; where none does, it never ends.
# - From 1958 on the number of parameters grew tens of millions of times; the principles
#   stayed.
# - A power law forecasts until something that was the same in all runs becomes the
#   bottleneck; an interval from the runs cannot know that.
# - A language model chooses the next token, again and again; the temperature decides
#   how boldly.
#
# **Next:** lecture 2 replaces mistakes by gradients. Lecture 5 solves xor with a hidden
# layer, lecture 7 opens LeNet-5, lecture 11 reads more than one word.
#
# **Further reading.** S. Scardapane, *Alice's Adventures in a Differentiable
# Wonderland*, chapter 1. F. Rosenblatt, "The perceptron", 1958. A. Novikoff, "On
# convergence proofs for perceptrons", 1962. D. Rumelhart, J. McClelland and the PDP
# group, *Parallel Distributed Processing*, 1986. Y. LeCun et al., 1998. A. Krizhevsky
# et al., 2012. J. Kaplan et al., "Scaling laws for neural language models", 2020.
