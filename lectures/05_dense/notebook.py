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
# # Lecture 5: fully connected models
#
# A linear model draws one straight line through the data, and most data are not on two
# sides of a line. The remedy is short: a linear layer, a bend, another linear layer.
#
# **What can such a stack do that one layer cannot, and what does it still not do?** You
# will solve the smallest problem that needs a bend, read handwritten digits, write five
# functions that run in the networks below, and watch a network fail to learn a picture.
#
# | exercise | where | minutes | points |
# | --- | --- | --- | --- |
# | 5.1 Trainable Swish | 3 | 5 | 10 |
# | 5.2 One slope per unit | 3 | 6 | 10 |
# | 5.3 Where training starts | 4 | 8 | 9 |
# | 5.4 A gated layer | 5 | 6 | 10 |
# | 5.5 Any function, by hand | 7 | 12 | 10 |
#
# Before each result stands a question. Answer it on paper first; the fold has the
# answer.

# %%
import itertools
import os
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nnds import activations, plot
from nnds.activations import KAF, Swish, swish
from nnds.approximation import bins, middles
from nnds.coordinates import FourierNetwork, positions
from nnds.data import load
from nnds.dense import MLP, AdaptiveMLP, Dense, dense
from nnds.gated import Maxout, maxout, swiglu
from nnds.grading import check, solved
from nnds.init import glorot
from nnds.kan import KAN, splines
from nnds.losses import accuracy, confusion_matrix, cross_entropy
from nnds.results import claim, value
from nnds.train import evaluate, fit, step

FULL = os.environ.get("NNDS_FULL") == "1"  # the full data set, from the hub
SEEDS = range(3)  # every claim about training holds for three
reports = {}


# what runs where an exercise is not solved yet, and the package has no such function
def swish_units(x, beta):
    return jax.jvp(Swish(beta), (x,), (jnp.ones_like(x),))


def init_units(key, d, c):
    key_w, key_beta = jax.random.split(key)
    return glorot(key_w, d, c), Swish.init(c, key=key_beta).beta


def step_network(x, heights, start, stop):
    return bins(heights, start, stop)(jnp.stack([x]))[0]


# %% [markdown]
# ## 1. The layer
#
# A fully connected layer maps $d$ numbers $x$ to $c$ numbers $h$. Every output reads
# every input:
#
# $$
# h_j = \phi\Big(\sum_i W_{ij}\, x_i + b_j\Big), \qquad h = \phi(W^\top x + b)
# $$
#
# with weights $W \sim (d, c)$, a bias $b \sim (c)$ and an activation $\phi$ that acts
# on each number alone. The sum can be read off the code:

# %%
rng = np.random.default_rng(0)
x, w, b = (jnp.asarray(rng.normal(size=s), jnp.float32) for s in [(4,), (4, 3), (3,)])
by_hand = [sum(w[i, j] * x[i] for i in range(4)) + b[j] for j in range(3)]
claim(
    "The sum is what dense computes", jnp.allclose(jnp.stack(by_hand), dense(x, w, b))
)

# %% [markdown]
# **Predict:** a network maps 784 pixels to 128 hidden units and those to 10 scores. How
# many parameters has it, and where are most of them? Then change the sizes, and be
# right again.
#
# <details><summary>Answer</summary>
#
# 784·128 + 128 in the first layer and 128·10 + 10 in the second. The first matrix holds
# nearly all, since every hidden unit reads every pixel.
#
# </details>

# %%
sizes = [784, 128, 10]  # change me
model = MLP.init(sizes, key=jax.random.key(0))
print([layer.w.shape for layer in model.layers])


def count(model):
    return sum(leaf.size for leaf in jax.tree.leaves(model))


by_formula = sum(d * c + c for d, c in itertools.pairwise(sizes))
claim("Each layer holds d·c weights and c biases", count(model) == by_formula)
usual = count(MLP.init([784, 128, 10], key=jax.random.key(0)))
claim("784·128 are over 98 % of the first network", 0.98 * usual < 784 * 128)

# %% [markdown]
# **Predict:** what do two layers compute when there is *no* bend between them?
#
# <details><summary>Answer</summary>
#
# One linear layer again: $W_1^\top (W_0^\top x) = (W_0 W_1)^\top x$.
#
# </details>

# %%
w_next = jnp.asarray(rng.normal(size=(3, 2)), jnp.float32)
both = dense(dense(x, w, b), w_next, jnp.zeros(2))
claim(
    "Linear after linear is one linear layer",
    jnp.allclose(both, dense(x, w @ w_next, b @ w_next), atol=1e-5),
)

# %% [markdown]
# ## 2. The smallest problem that needs a bend
#
# The exclusive or: the answer is 1 when exactly one of two inputs is 1.
#
# **Predict:** how many of the four corners can a linear model get right? And what is
# its loss in the end?
#
# <details><summary>Answer</summary>
#
# At most three of four. But descent lowers the cross-entropy, and there the best answer
# of a linear model is "one half" for every corner: its loss tends to log 2.
#
# </details>

# %%
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
xor = {"x": corners, "y": np.array([0, 1, 1, 0], np.int32)}


def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    right = jax.vmap(accuracy)(logits, batch["y"]).mean()
    return jax.vmap(cross_entropy)(logits, batch["y"]).mean(), {"accuracy": right}


FAST = optax.adam(0.05)


def descend(make, data, key, loss=loss, optimizer=FAST, steps=300):
    """Return the network that `make` starts, after so many steps on all of the data."""
    update = partial(step, key=None, loss=loss, optimizer=optimizer)
    model = make(key=key)

    def one(carry, _):
        model, state, _, _ = update(*carry, data)
        return (model, state), None

    return jax.lax.scan(one, (model, optimizer.init(model)), length=steps)[0][0]


def tanh_network(sizes):
    return partial(MLP.init, sizes, jnp.tanh)


keys = jax.vmap(jax.random.key)(jnp.arange(len(SEEDS)))
linears = jax.jit(jax.vmap(partial(descend, tanh_network([2, 2]), xor)))(keys)
losses, readings = jax.vmap(lambda m: loss(m, xor, None))(linears)
claim(
    "A linear model ends at log 2, for each seed",
    jnp.allclose(losses, jnp.log(2), atol=1e-2),
)
claim("No linear model solves it", (readings["accuracy"] < 1).all())

# %% [markdown]
# **Predict:** how many hidden units are enough? Change `sizes` in `bent` to `[2, 2, 2]`
# and run the cell with several keys.
#
# <details><summary>Answer</summary>
#
# Two are enough to <em>express</em> it (the deck does it by hand), but descent finds
# those weights only from some starts, and more steps do not free the others. With more
# units it succeeds more often.
#
# </details>

# %%
bent = descend(tanh_network([2, 8, 2]), xor, jax.random.key(0))  # change me
# after many more steps it says "one half" for every corner
linear = descend(tanh_network([2, 2]), xor, jax.random.key(0), steps=20)
fig, axes = plot.row(2, 12, 4.2)
alts = []
for ax, model, name in zip(
    axes, [linear, bent], ["linear", "8 tanh units"], strict=True
):
    classes = ["xor = 0", "xor = 1"]
    _, alt = plot.decision_regions(jax.vmap(model), corners, xor["y"], classes, ax=ax)
    ax.set_title(name, fontsize=20)
    ax.set(xlabel="x₀", ylabel="x₁", xticks=[0, 1], yticks=[0, 1])
    alts.append(f"{name}: {alt}")
axes[0].get_legend().remove()
plot.show(fig, " ".join(alts), name="xor")

# %%
WIDTHS, STARTS = (1, 2, 8), 40
starts = jax.random.split(jax.random.key(5), len(SEEDS) * STARTS)


def share_solved(width, steps=300):
    """Return for three groups of starts the share from which xor is solved."""
    run = partial(descend, tanh_network([2, width, 2]), xor, steps=steps)
    models = jax.jit(jax.vmap(run))(starts)
    right = jax.vmap(lambda m: loss(m, xor, None)[1]["accuracy"])(models) == 1
    return right.reshape(len(SEEDS), STARTS).mean(1)


solved_by = np.stack([share_solved(width) for width in WIDTHS])  # width, group
sums = corners.sum(1)
claim(
    "Two units by hand compute xor exactly",
    (np.maximum(sums, 0) - 2 * np.maximum(sums - 1, 0) == xor["y"]).all(),
)
claim("Two solve it from some starts", 0 < solved_by[1].min() <= solved_by[1].max() < 1)
claim(
    "Ten times the steps hardly help: at most one start in 20 more",
    share_solved(2, 3000).mean() <= solved_by[1].mean() + 0.05,
)
claim("One hidden unit never solves it", (solved_by[0] == 0).all())
claim("Eight solve it more often than two", (solved_by[-1] > solved_by[1]).all())
claim("Eight solve it from 9 of 10 starts or more", (solved_by[-1] >= 0.9).all())
names = [f"{width} unit{'s' * (width > 1)}" for width in WIDTHS]
label = "share of 120 random starts that solve xor"
ax = plot.row(1, 9, 3.2)[1][0]
_, alt = plot.bars(names, {"solved": solved_by.mean(1)}, x_label=label, ax=ax)
ax.set(xlim=(0, 1.15), xticks=[0, 0.5, 1])
plot.show(ax, alt, name="xor_units")

# %% [markdown]
# ## 3. The bend
#
# **Predict:** which of these curves are nowhere steeper than 1/4? Which are flat on
# half of the line? What does a product of ten such slopes do?
#
# <details><summary>Answer</summary>
#
# The sigmoid: its slope is $\sigma(x)\,\sigma(-x)$. The step is flat everywhere,
# ReLU on the left. Ten sigmoid slopes multiply to less than one in a million: the
# gradient vanishes.
#
# </details>

# %%
CURVES = {name: getattr(activations, name) for name in ["step", "sigmoid", "relu"]}
CURVES["tanh"] = jnp.tanh
MORE = {
    name: getattr(activations, name) for name in ["softplus", "elu", "gelu", "silu"]
}
line = (jnp.arange(241) - 120) / 30  # 0 is in it exactly
fig, axes = plot.row(3, 12, 4.6)
groups = [CURVES, {"leaky_relu": partial(activations.leaky_relu, slope=0.1), **MORE}]
alts = []
for ax, group in zip(axes, [*groups, None], strict=True):
    names = ["step", "sigmoid", "relu", "tanh"] if group is None else list(group)
    slope = [jax.vmap(jax.grad(CURVES[n])) for n in names] if group is None else []
    functions = slope or [group[name] for name in names]
    curves = {name: f(line) for name, f in zip(names, functions, strict=True)}
    y_label = "slope" if group is None else "φ(x)"
    _, alt = plot.lines(line, curves, x_label="x", y_label=y_label, ax=ax)
    alts.append(alt)
    ax.set_ylim(-1.2 if group else -0.1, 4.8 if group else 2)
    ax.legend(loc="upper left", fontsize=18, frameon=False, handlelength=1.3)
steepest = jax.vmap(jax.grad(activations.sigmoid))(line).max()
claim("The sigmoid is nowhere steeper than 1/4", steepest <= 0.25)
claim("Ten such slopes are less than one in a million", steepest**10 < 1e-6)
slope_of = {name: jax.vmap(jax.grad(f))(line) for name, f in CURVES.items()}
claim("The step is flat everywhere", (slope_of["step"] == 0).all())
claim("ReLU is flat on the left", (slope_of["relu"][line < 0] == 0).all())
for name, f in {
    "sigmoid": jax.nn.sigmoid,
    "silu": jax.nn.silu,
    "elu": jax.nn.elu,
}.items():
    ours = getattr(activations, name)(line)
    claim(f"{name} equals that of jax.nn", jnp.allclose(ours, f(line), atol=1e-6))
plot.show(fig, " ".join(alts), name="activations")

# %% [markdown]
# **Predict:** ten layers, nine of them with 64 units, one batch of digits, no training
# yet. By what factor is the gradient of the first matrix smaller than that of the last,
# with sigmoid units and with ReLU?
#
# <details><summary>Answer</summary>
#
# Nothing of use reaches the first layer of the sigmoid network: over a thousand times
# less than the last one gets. With ReLU, of slope 1 where it is on, far more arrives.
#
# </details>

# %%
mnist = load("mnist", full=FULL)


def flat(split):
    return {"x": split["x"].reshape(len(split["x"]), -1), "y": split["y"]}


batch = {name: array[:128] for name, array in flat(mnist.train).items()}


def gradient_sizes(activation, seed):
    model = MLP.init([784] + [64] * 9 + [10], activation, key=jax.random.key(seed))
    grads = jax.grad(lambda m: loss(m, batch, None)[0])(model)
    return [float(jnp.sqrt(jnp.mean(layer.w**2))) for layer in grads.layers]


deep = {
    name: np.array([gradient_sizes(f, seed) for seed in SEEDS])
    for name, f in {"sigmoid": activations.sigmoid, "relu": activations.relu}.items()
}
reach = {name: sizes[:, 0] / sizes[:, -1] for name, sizes in deep.items()}
claim(
    "From the last layer to the first, the sigmoid network loses over 99.9 % of it",
    (reach["sigmoid"] < 1e-3).all(),
)
claim(
    "The ReLU network keeps 100 times more, or better",
    (reach["relu"] > 100 * reach["sigmoid"]).all(),
)
curves = {name: sizes[0] for name, sizes in deep.items()}
labels = {"x_label": "layer, from the input", "y_label": "size of its gradient"}
ax = plot.row(1, 8, 3.6)[1][0]
_, alt = plot.lines(np.arange(1, 11), curves, **labels, ax=ax)
ax.set_yscale("log")
plot.show(ax, f"{alt} The vertical axis is logarithmic.", name="vanishing")

# %% [markdown]
# ReLU alone is not enough: the first weights need the right scale. `Dense.init` draws
# them with variance $2/d$ (He), since ReLU lets half of a sum of $d$ products pass.
#
# **Predict:** ten layers of ReLU again. All first weights are made half as large: how
# much smaller is what the tenth layer gives? Twice as large? Then try $1.2$ for 2.
#
# <details><summary>Answer</summary>
#
# Each layer halves its input, so ten halve it ten times: about a thousand times
# smaller, or larger. A small mistake in scale is a large one in depth. Lecture 9 adds
# layers that put the scale right on the way.
#
# </details>

# %%
SCALES = (0.5, 1, 2)  # change me: times the weights of He


def sizes_through(scale, seed):
    """Return how large, in the mean square, the output of each of ten layers is."""
    deep_network = MLP.init([784] + [64] * 10, key=jax.random.key(seed))
    h, sizes = jnp.asarray(batch["x"]), []
    for layer in deep_network.layers:
        h = activations.relu(h @ (scale * layer.w))
        sizes.append(float(jnp.sqrt(jnp.mean(h**2))))
    return sizes


through = np.array([[sizes_through(s, seed) for seed in SEEDS] for s in SCALES])
factor = through[:, :, -1] / through[:, :, 0]  # scale, seed: last layer to first
claim(
    "With weights of He the size changes by less than a factor of three",
    all(1 / 3 < r < 3 for s, row in zip(SCALES, factor, strict=True) for r in row
        if s == 1),
)  # fmt: skip
claim(
    "Scaling all weights by s scales ten layers by s to the tenth",
    np.allclose(through, through[1:2] * np.array(SCALES)[:, None, None]
                ** np.arange(1, 11) / SCALES[1] ** np.arange(1, 11), rtol=1e-3),
)  # fmt: skip
curves = {f"{s:g} of He": through[i, 0] for i, s in enumerate(SCALES)}
labels = {"x_label": "layer", "y_label": "size of its output"}
ax = plot.row(1, 8, 3.2)[1][0]
_, alt = plot.lines(np.arange(1, 11), curves, **labels, ax=ax)
ax.set(yscale="log", ylim=(1e-4, 1e8))
ax.legend(loc="upper left", fontsize=18, frameon=False)
plot.show(ax, f"{alt} The vertical axis is logarithmic.", name="scale")

# %% [markdown]
# **5.1 Trainable Swish** (5 min, 10 points). An activation may have parameters of its
# own. Write $\mathrm{swish}(x, \beta) = x\,\sigma(\beta x)$ for one number, with a
# finite value and finite gradients for any $x$.


# %%
def my_swish(x, beta):
    ### BEGIN SOLUTION
    return x * jax.nn.sigmoid(beta * x)
    ### END SOLUTION


reports["5.1"] = check(my_swish)
reports["5.1"]

# %%
bend = solved(my_swish, otherwise=swish)  # here on it runs in the networks

# %% [markdown]
# **5.2 One slope per unit** (6 min, 10 points). Now $d$ units, each with its own
# $\beta_i$. Return a pair: the value of every unit, and its derivative with respect to
# $x_i$. Put the function of one unit inside, so that the cell stands for itself;
# `jax.vmap` and `jax.value_and_grad` do the rest.


# %%
def my_swish_units(x, beta):
    ### BEGIN SOLUTION
    def unit(x, beta):
        return x * jax.nn.sigmoid(beta * x)

    return jax.vmap(jax.value_and_grad(unit))(x, beta)
    ### END SOLUTION


reports["5.2"] = check(my_swish_units)
reports["5.2"]

# %%
units = solved(my_swish_units, otherwise=swish_units)

# %% [markdown]
# **Predict:** what is Swish for $\beta = 0$, and for a very large $\beta$?
#
# <details><summary>Answer</summary>
#
# The gate is 1/2, so the line x/2. For a large β the gate is 0 or 1: ReLU. In between,
# β decides how sharp the bend is, and training decides β.
#
# </details>

# %%
fig, axes = plot.row(2, 12, 3.6)
drawn = [units(line, jnp.full_like(line, beta)) for beta in (0.0, 1.0, 3.0, 50.0)]
alts = []
for ax, k, y_label in zip(axes, (0, 1), ("swish(x, β)", "its slope"), strict=True):
    curves = {f"β = {s}": y[k] for s, y in zip((0, 1, 3, 50), drawn, strict=True)}
    _, alt = plot.lines(line, curves, x_label="x", y_label=y_label, ax=ax)
    ax.legend(loc="upper left", fontsize=18, frameon=False, handlelength=1.3)
    alts.append(alt)
axes[1].get_legend().remove()
claim("For β = 0 it is half of x", jnp.allclose(drawn[0][0], line / 2))
claim(
    "For β = 50 it is within 0.01 of ReLU",
    jnp.allclose(drawn[3][0], activations.relu(line), atol=0.01),
)
plot.show(fig, " ".join(alts), name="swish")

# %% [markdown]
# ## 4. Handwritten digits
#
# 784 pixels in, 128 hidden units, ten scores out. The image is flattened to a list.
#
# **Predict:** 4,000 training images, and the number of parameters you counted above.
# How far will the training loss fall, and how far the validation loss?
#
# <details><summary>Answer</summary>
#
# There are more parameters than images, so the network can store them: the training
# loss goes on falling. The validation loss stops at a value of its own, and the star
# marks the epoch to keep. The validation set chooses it; the test set must not.
#
# </details>

# %%
EPOCHS = 20
ADAM = optax.adam(1e-3)


def train(model, seed, epochs=EPOCHS, **options):
    key = jax.random.fold_in(jax.random.key(seed), 1)
    run = {"loss": loss, "optimizer": ADAM, "epochs": epochs, "batch_size": 64}
    return fit(model, flat(mnist.train), key=key, progress=False, **{**run, **options})


def test(model):
    return evaluate(model, flat(mnist.test), loss=loss)["accuracy"]


runs = [
    train(
        MLP.init([784, 128, 10], key=jax.random.key(seed)),
        seed,
        validation=flat(mnist.validation),
    )
    for seed in SEEDS
]
networks, histories = zip(*runs, strict=True)
scores = [test(network) for network in networks]
value("mlp_accuracy", np.mean(scores), ".1%", band=(0.93, 0.99))
value("mlp_parameters", count(networks[0]), ",")
claim(
    "It has more parameters than training images",
    count(networks[0]) > len(mnist.train["x"]),
)
claim(
    "It knows 99 % of its training images or more",
    all(h.train["accuracy"][-1] > 0.99 for h in histories),
)
claim(
    "In the end its validation loss is over five times its training loss",
    all(h.validation["loss"][-1] > 5 * h.train["loss"][-1] for h in histories),
)
claim(
    "The lowest validation loss is not in the last epoch",
    all(h.best_epoch < EPOCHS for h in histories),
)
ax = plot.row(1, 8, 3.1)[1][0]
_, alt = plot.curves(histories[0], ax=ax)
ax.set_ylim(bottom=0)
plot.show(ax, alt, name="curves")

# %% [markdown]
# **Predict:** will three networks that start from different weights fail on the same
# images? Will one pair of digits make up most of the errors?
#
# <details><summary>Answer</summary>
#
# To a good part they are the same images: look whether you could have read them. No
# pair stands out: the errors are spread over many.
#
# </details>

# %%
inputs = flat(mnist.test)["x"]
guesses = np.stack([jax.vmap(network)(inputs).argmax(1) for network in networks])
answers = np.asarray(mnist.test["y"])
everywhere = np.flatnonzero((guesses != answers).all(0))
errors = (guesses != answers).sum(1)
claim(
    "A third of the errors or more are on images that all three networks get wrong",
    (len(everywhere) >= errors / 3).all(),
)
shown = everywhere[:6]
titles = [f"{answers[i]}: read {guesses[0, i]}" for i in shown]
ax, alt = plot.images(mnist.test["x"][shown], titles)
plot.show(ax, f"Digits that three networks get wrong. {alt}", name="wrong")

# %%
matrix = confusion_matrix(jnp.asarray(guesses[0]), jnp.asarray(answers), classes=10)
ax, alt = plot.confusion(matrix, mnist.classes)
off = np.asarray(matrix) * (1 - np.eye(10, dtype=int))
claim(
    "No pair of digits makes up more than a third of its errors",
    off.max() <= errors[0] / 3,
)
plot.show(ax, alt, name="confusion")

# %% [markdown]
# **5.3 Where training starts** (8 min, 9 points). A layer is a pair of functions: one
# is called with parameters (you wrote it), one draws the first of them. Write the
# second: normal weights of shape $(d, c)$ and variance $2/(d + c)$, and $c$ slopes,
# normal around 1 with standard deviation 0.1. A key makes independent numbers once:
# split it first.


# %%
def my_init_units(key, d, c):
    ### BEGIN SOLUTION
    for_w, for_beta = jax.random.split(key)
    w = jnp.sqrt(2 / (d + c)) * jax.random.normal(for_w, (d, c))
    return w, 1 + 0.1 * jax.random.normal(for_beta, (c,))
    ### END SOLUTION


reports["5.3"] = check(my_init_units)
reports["5.3"]

# %%
draw_units = solved(my_init_units, otherwise=init_units)

# %% [markdown]
# Now your pair is a layer: `draw_units` starts it, `bend` bends it, and descent trains
# the weights *and* the slopes. Is it the network of the package?

# %%
HIDDEN = 64


class SwishUnits(eqx.Module):
    """The activation as you wrote it, with the slopes that you drew."""

    beta: jax.Array

    def __call__(self, x):
        return jax.vmap(bend)(x, self.beta)


def your_network(key):
    for_units, for_last = jax.random.split(key)
    w, beta = draw_units(for_units, 784, HIDDEN)
    layers = (Dense(w, jnp.zeros(HIDDEN)), Dense.init(HIDDEN, 10, key=for_last))
    return AdaptiveMLP(layers, (SwishUnits(beta),))


yours = your_network(jax.random.key(0))
package = AdaptiveMLP(yours.layers, (Swish(yours.activations[0].beta),))
one_image = inputs[0]
claim(
    "Your activation gives what Swish of the package gives",
    jnp.allclose(yours(one_image), package(one_image), atol=1e-5),
)
after, _ = train(yours, 0, epochs=5)
moved = jnp.abs(after.activations[0].beta - yours.activations[0].beta)
claim("Every slope was trained", (moved > 0).all())
value("swish_moved", moved.max(), ".2f")

# %% [markdown]
# ## 5. Gates, and a race
#
# An activation bends every number by itself. A *gated* layer lets one half of the
# numbers decide how much of the other half passes.
#
# **5.4 A gated layer** (6 min, 10 points). SwiGLU, the feed-forward layer of many
# language models, with $\mathrm{silu}(z) = z\,\sigma(z)$:
#
# $$
# \mathrm{swiglu}(x) = U^\top \left( \mathrm{silu}(W^\top x) \odot V^\top x \right)
# $$


# %%
def my_swiglu(x, w, v, u):
    ### BEGIN SOLUTION
    return (jax.nn.silu(x @ w) * (x @ v)) @ u
    ### END SOLUTION


reports["5.4"] = check(my_swiglu)
reports["5.4"]

# %%
gated = solved(my_swiglu, otherwise=swiglu)

# %% [markdown]
# Two more bends run in the race below. *Maxout* takes the largest of $k$ linear
# functions. A *kernel activation* (KAF) is a sum of bumps, whose heights $\alpha$ are
# trained: $\sum_i \alpha_i\, e^{-\gamma (x - d_i)^2}$, with $\gamma = 1/(6\Delta^2)$
# for points $d_i$ that lie $\Delta$ apart.

# %%
pieces = jnp.asarray(rng.normal(size=(4, 2, 3)), jnp.float32)  # two maps from 4 to 3
claim(
    "Maxout takes the largest of its linear functions",
    jnp.allclose(
        jnp.maximum(x @ pieces[:, 0], x @ pieces[:, 1]),
        maxout(x, pieces, jnp.zeros((2, 3))),
        atol=1e-5,
    ),
)
points, alpha = jnp.linspace(-3, 3, 8), jnp.asarray(rng.normal(size=8), jnp.float32)
bumps = jnp.exp(-((0.4 - points) ** 2) / (6 * (6 / 7) ** 2))
claim(
    "A kernel activation is a weighted sum of bumps",
    jnp.allclose(alpha @ bumps, activations.kaf(jnp.array(0.4), alpha), atol=1e-5),
)

# %% [markdown]
# **Predict:** six networks with the same number of parameters, within 2 %, and the same
# six epochs. By how many points of accuracy will the best and the worst differ?
#
# <details><summary>Answer</summary>
#
# By few: on 500 test images, chance alone moves an accuracy by about one. In a shallow
# network the <em>kind</em> of bend matters little; that there is one matters. What
# differs is the speed: the flat sigmoid starts slowest. In ten layers, above, its
# gradient did not arrive at all.
#
# </details>


# %%
class Gated(eqx.Module):
    """SwiGLU as you wrote it."""

    w: jax.Array
    v: jax.Array
    u: jax.Array

    def __call__(self, x):
        return gated(x, self.w, self.v, self.u)


class MaxoutNetwork(eqx.Module):
    hidden: Maxout
    last: Dense

    def __call__(self, x):
        return self.last(self.hidden(x))


def gated_network(key):
    for_w, for_v, for_u = jax.random.split(key, 3)
    half = HIDDEN // 2  # two matrices read the input
    w, v = glorot(for_w, 784, half), glorot(for_v, 784, half)
    return Gated(w, v, glorot(for_u, half, 10))


def maxout_network(key):
    one, two = jax.random.split(key)
    hidden = Maxout.init(784, HIDDEN // 2, 2, key=one)
    return MaxoutNetwork(hidden, Dense.init(HIDDEN // 2, 10, key=two))


layout = [784, HIDDEN, 10]
RACERS = {
    "sigmoid": lambda key: MLP.init(layout, activations.sigmoid, key=key),
    "ReLU": lambda key: MLP.init(layout, key=key),
    "your Swish": your_network,
    "KAF": lambda key: AdaptiveMLP.init(layout, partial(KAF.init, m=8), key=key),
    "your SwiGLU": gated_network,
    "maxout": maxout_network,
}
held = {name: count(make(jax.random.key(0))) for name, make in RACERS.items()}
claim(
    "Their sizes differ by less than 2 %",
    max(held.values()) < 1.02 * min(held.values()),
)
race, first_epoch = {}, {}
for name, make in RACERS.items():
    done = [train(make(jax.random.key(seed)), seed, epochs=6) for seed in SEEDS]
    race[name] = np.array([test(model) for model, _ in done])
    first_epoch[name] = np.array([h.train["loss"][0] for _, h in done])
means = {name: accuracies.mean() for name, accuracies in race.items()}
middle = np.median(list(means.values()))
by_chance = np.sqrt(middle * (1 - middle) / len(mnist.test["y"]))
claim("Chance moves an accuracy by about a point, or less", by_chance < 0.015)
value("race_spread", 100 * (max(means.values()) - min(means.values())), ".1f")
claim(
    "In the mean of three seeds, all six lie within five points of accuracy",
    max(means.values()) - min(means.values()) < 0.05,
)
claim(
    "After one epoch the sigmoid has the highest loss, for each seed",
    all((first_epoch["sigmoid"] >= losses).all() for losses in first_epoch.values()),
)
label = "test accuracy, mean of 3 seeds"
ax = plot.row(1, 9, 3.7)[1][0]
plot.bars(list(means), {"accuracy": list(means.values())}, x_label=label, ax=ax)
shown = ", ".join(f"{name} {mean:.3f}" for name, mean in means.items())
alt = f"Bars, test accuracy at equal size and equal steps: {shown}."
ax.set(xlim=(0, 1.15), xticks=[0, 0.5, 1])
plot.show(ax, alt, name="race")

# %% [markdown]
# ## 6. What goes wrong: all units equal
#
# Biases may start at zero. May all weights start at the *same* number, say 0.01?
#
# **Predict:** how well can 128 units do that start equal? And what if that number is 0?
# Then break the tie yourself: change `noise`.
#
# <details><summary>Answer</summary>
#
# Equal units compute the same, so they get the same gradient, and stay one unit for
# ever: the network is as good as one with a single hidden unit. At 0 it is worse: the
# gradient of both matrices is 0 too, and only the last biases move. The way out is any
# randomness: a small noise is enough to break the tie.
#
# </details>


# %%
def equal_start(constant, noise, seed):
    random = MLP.init([784, 128, 10], key=jax.random.key(seed))
    return jax.tree.map(lambda leaf: constant * (leaf != 0) + noise * leaf, random)


def tied_units(model):
    """Return whether all hidden units still read the input with the same weights."""
    w = model.layers[0].w
    return jnp.abs(w - w[:, :1]).max() < 1e-2 * jnp.abs(w).max()


noise = 0.1  # change me
stuck = [train(equal_start(0.01, 0.0, seed), seed, epochs=5)[0] for seed in SEEDS]
freed = [train(equal_start(0.01, noise, seed), seed, epochs=5)[0] for seed in SEEDS]
lone = [
    train(MLP.init([784, 1, 10], key=jax.random.key(seed)), seed, epochs=5)[0]
    for seed in SEEDS
]
scores_of = {
    "128 equal units": [test(model) for model in stuck],
    "1 unit": [test(model) for model in lone],
    "equal + noise": [test(model) for model in freed],
}
claim("After training, all 128 units are still equal", all(map(tied_units, stuck)))
claim("With noise no such thing", not any(map(tied_units, freed)))
claim(
    "Equal units get fewer than half of the digits, for each seed",
    max(scores_of["128 equal units"]) < 0.5,
)
claim(
    "128 equal units are worth one unit, within ten points, for each seed",
    all(abs(a - b) < 0.1 for a, b in zip(*list(scores_of.values())[:2], strict=True)),
)
claim("A little noise brings 85 % or more", min(scores_of["equal + noise"]) > 0.85)
zero = jax.grad(lambda m: loss(m, batch, None)[0])(equal_start(0.0, 0.0, 0))
claim(
    "From zero, only the last biases get a gradient",
    not (zero.layers[0].w.any() or zero.layers[0].b.any() or zero.layers[1].w.any())
    and zero.layers[1].b.any(),
)
value("equal_accuracy", np.mean(scores_of["128 equal units"]), ".0%")
value("freed_accuracy", np.mean(scores_of["equal + noise"]), ".0%")
bars = {name: np.mean(accuracies) for name, accuracies in scores_of.items()}
label = "test accuracy, mean of 3 seeds"
ax = plot.row(1, 9, 2.8)[1][0]
_, alt = plot.bars(list(bars), {"accuracy": list(bars.values())}, x_label=label, ax=ax)
ax.set(xlim=(0, 1.15), xticks=[0, 0.5, 1])
plot.show(ax, alt, name="equal")

# %% [markdown]
# ### Units that are off for ever
#
# **Predict:** a ReLU that is off for *every* image has slope 0 everywhere. Who can
# switch it on again? A learning rate of 0.1 is a hundred times that of section 4: what
# part of the 128 units will it switch off? Then try 0.01.
#
# <details><summary>Answer</summary>
#
# Nobody: no gradient reaches its weights, the unit is <em>dead</em>. So high a rate
# throws most units there within two epochs. Ways out: a lower rate, or a leaky ReLU,
# whose slope on the left is small and not 0.
#
# </details>

# %%
rate = 0.1  # change me
images = jnp.asarray(flat(mnist.train)["x"])
BENT = {
    "ReLU": activations.relu,
    "leaky ReLU": partial(activations.leaky_relu, slope=0.1),
}


def after_large_steps(activation, seed):
    start = MLP.init([784, 128, 10], activation, key=jax.random.key(seed))
    return train(start, seed, epochs=2, optimizer=optax.adam(rate))[0]


def off(model):
    """Return which hidden units are off, or to the left of 0, for every image."""
    return (jax.vmap(model.layers[0])(images) <= 0).all(0)


thrown = {n: [after_large_steps(f, seed) for seed in SEEDS] for n, f in BENT.items()}
shares = {n: np.array([off(m).mean() for m in group]) for n, group in thrown.items()}
unmoved = jax.grad(lambda m: loss(m, batch, None)[0])(thrown["ReLU"][0]).layers[0].w
claim("A dead unit gets no gradient", not unmoved[:, off(thrown["ReLU"][0])].any())
if rate == 0.1:
    claim("Over half of the ReLU units die, for each seed", min(shares["ReLU"]) > 0.5)
    claim(
        "At the same rate fewer than a fifth of the leaky ones are off",
        max(shares["leaky ReLU"]) < 0.2,
    )
dead = {n: share.mean() for n, share in shares.items()}
label = "share of units off for every image, mean of 3 seeds"
ax = plot.row(1, 9, 2.4)[1][0]
_, alt = plot.bars(list(dead), {"off": list(dead.values())}, x_label=label, ax=ax)
ax.set(xlim=(0, 1.15), xticks=[0, 0.5, 1])
plot.show(ax, alt, name="dead")

# %% [markdown]
# ### What is next to what
#
# **Predict:** shuffle the pixels of all images, each image in the same way. What does
# an MLP lose?
#
# <details><summary>Answer</summary>
#
# Nothing: shuffle the rows of its first matrix in the same way and it gives the same
# scores. What is next to what is no part of this model. Lecture 7 builds one for which
# it is.
#
# </details>

# %%
order = np.random.default_rng(0).permutation(784)
shuffled = eqx.tree_at(
    lambda m: m.layers[0].w, networks[0], networks[0].layers[0].w[order]
)
same = jax.vmap(shuffled)(inputs[:, order]), jax.vmap(networks[0])(inputs)
claim("Shuffled pixels, shuffled rows: the same scores", jnp.allclose(*same, atol=1e-3))

# %% [markdown]
# ## 7. Any function, by hand
#
# Why can one hidden layer come as close as you like to any continuous function of an
# interval? Because it can draw a staircase. A neuron with a *step* for activation goes
# up at the left edge of a bin; a second one goes down at the right edge.
#
# **5.5 Any function, by hand** (12 min, 10 points). A function that has the constant
# value `heights[i]` on bin $i$ of $m$ equal bins of $[\mathrm{start}, \mathrm{stop})$,
# and 0 elsewhere: write `my_step_network(x, heights, start, stop)`. Two neurons a bin
# are one way of several.


# %%
def my_step_network(x, heights, start, stop):
    ### BEGIN SOLUTION
    m = heights.shape[0]
    width = (stop - start) / max(m, 1)
    left = start + width * jnp.arange(m)
    rise = jnp.heaviside(x - left, 1.0) - jnp.heaviside(x - left - width, 1.0)
    return heights @ rise
    ### END SOLUTION


reports["5.5"] = check(my_step_network)
reports["5.5"]

# %%
staircase = solved(my_step_network, otherwise=step_network)

# %% [markdown]
# **Predict:** your network follows the sine with 5, 15 and 50 bins. By what factor does
# the largest error fall from 5 to 15? How few neurons would do?
#
# <details><summary>Answer</summary>
#
# By nearly three: in a bin of width 2π/m, a function of slope 1 moves by at most π/m
# from its value in the middle. And m + 1 steps draw the same staircase: each goes by
# the <em>difference</em> of two heights. 2m is the construction that is easy to see.
#
# </details>

# %%
TURN = 2 * np.pi
angles = jnp.asarray((np.arange(1000) + 0.37) * TURN / 1000, jnp.float32)
BINS = (5, 15, 50)
fig, axes = plot.row(3, 12, 3.6)
worst, alts = {}, []
for m, ax in zip(BINS, axes, strict=True):
    heights = middles(jnp.sin, m, 0.0, TURN)
    stairs = jax.vmap(lambda t, h=heights: staircase(t, h, 0.0, TURN))(angles)
    worst[m] = float(jnp.abs(stairs - jnp.sin(angles)).max())
    curves = {"sin x": jnp.sin(angles), "bins": stairs}
    _, alt = plot.lines(angles, curves, x_label="x", y_label="", ax=ax)
    alts.append(f"{m} bins: {alt}")
    ax.set_title(f"{m} bins: error {worst[m]:.2f}", fontsize=20)
    ax.set(xticks=[0, np.pi, TURN], xticklabels=["0", "π", "2π"], yticks=[-1, 0, 1])
    ax.get_legend().remove()
axes[0].set_ylabel("sin x, bins dashed", fontsize=18)
claim("The error is nowhere above π/m", all(worst[m] <= np.pi / m + 1e-5 for m in BINS))
claim(
    "Three times the bins, about a third of the error", 2.5 < worst[5] / worst[15] < 3.5
)
network = bins(heights, 0.0, TURN)
by_mlp = jax.vmap(network)(angles[:, None])[:, 0]
claim("The staircase is an MLP of 2m neurons", network.layers[0].w.shape == (1, 2 * 50))
claim("Both give the same", jnp.abs(by_mlp - stairs).mean() < 1e-4)
plot.show(fig, " ".join(alts), name="bins")

# %%
jumps = jnp.diff(jnp.concatenate([jnp.zeros(1), heights, jnp.zeros(1)]))  # m + 1
edges = jnp.linspace(0, TURN, len(jumps))
fewer = jax.vmap(lambda t: jumps @ activations.step(t - edges))(angles)
claim("m + 1 neurons draw the same staircase", jnp.abs(fewer - stairs).mean() < 1e-4)
claim("The step has no slope, so descent cannot find any of this",
      not jax.grad(lambda n: n(jnp.ones(1))[0])(network).layers[0].w.any())  # fmt: skip

# %% [markdown]
# ### A curve on every wire
#
# A Kolmogorov-Arnold network turns the picture round: the bend sits on each *wire* and
# is learned, a sum of cubic bumps; a unit only adds:
# $y_j = \sum_i \varphi_{ij}(x_i)$.
#
# **Predict:** the target is $\exp(\sin \pi x_0 + x_1^2)$, the network has two wires in
# and one out. Which curves will it learn? Can an MLP of as many parameters follow?
#
# <details><summary>Answer</summary>
#
# A sine and a parabola, up to their sign and height; the last wire does the rest. The
# MLP ends with the larger error: on a target that <em>is</em> a sum of curves, curves
# win. That says nothing of other targets.
#
# </details>

# %%
places = np.random.default_rng(1).uniform(-1, 1, (800, 2)).astype(np.float32)
target = np.exp(np.sin(np.pi * places[:, 0]) + places[:, 1] ** 2)[:, None]
surface = {"x": places[:400], "y": target[:400]}
unseen = {"x": places[400:], "y": target[400:]}


def squared(model, batch, key):
    return jnp.mean((jax.vmap(model)(batch["x"]) - batch["y"]) ** 2)


def follow(make):
    """Return three networks of three seeds, as one with an axis more."""
    run = partial(
        descend, make, surface, loss=squared, optimizer=optax.adam(0.02), steps=1500
    )
    return jax.jit(jax.vmap(run))(keys)


kans, mlps = follow(partial(KAN.init, [2, 1, 1])), follow(tanh_network([2, 7, 1]))
kan_errors, mlp_errors = (
    np.array(jax.vmap(lambda model: squared(model, unseen, None))(group))
    for group in (kans, mlps)
)
kan_size, mlp_size = (count(group) // len(SEEDS) for group in (kans, mlps))
value("kan_parameters", kan_size, "d")
value("kan_mlp_parameters", mlp_size, "d")
claim("The MLP has at least as many parameters", mlp_size >= kan_size)
claim(
    "After equal steps the error of the KAN is the lower, for each seed",
    (kan_errors < mlp_errors).all(),
)
value("kan_times", np.median(mlp_errors / kan_errors), ".0f")
best = jax.tree.map(lambda leaf: leaf[int(kan_errors.argmin())], kans.layers[0])
bump = jax.vmap(lambda t: splines(t, 8))(jnp.linspace(-1, 1, 81))
base = activations.silu(jnp.linspace(-1, 1, 81))
wires = [base * best.base[i, 0] + bump @ best.curves[i, 0] for i in range(2)]
both_wires = jax.vmap(best)(jnp.stack([jnp.linspace(-1, 1, 81)] * 2, axis=1))[:, 0]
claim("A unit adds its wires", jnp.allclose(wires[0] + wires[1], both_wires, atol=1e-4))
wanted = [jnp.sin(jnp.pi * jnp.linspace(-1, 1, 81)), jnp.linspace(-1, 1, 81) ** 2]
likeness = [abs(np.corrcoef(w, t)[0, 1]) for w, t in zip(wires, wanted, strict=True)]
claim("The best of the three learned a sine and a square", min(likeness) > 0.95)
fig, axes = plot.row(2, 12, 3.2)
alts = []
for i, ax in enumerate(axes):
    name = ("wire of x₀", "wire of x₁")[i]
    at = np.linspace(-1, 1, 81)
    _, alt = plot.lines(at, {name: wires[i]}, x_label=f"x{'₀₁'[i]}", y_label="φ", ax=ax)
    alts.append(alt)
    ax.set_title(name, fontsize=20)
plot.show(fig, " ".join(alts), name="kan")

# %% [markdown]
# ## 8. A picture as a function
#
# An image is a function: position $(x, y)$ in, colour out. One example a pixel, and far
# more parameters than pixels.
#
# **Predict:** universal approximation says good weights exist. Will descent find them?
# And if each pixel enters as waves of its position, $\cos 2\pi F^\top x$ and
# $\sin 2\pi F^\top x$ with random $F$?
#
# <details><summary>Answer</summary>
#
# From the position itself it finds a blur. From waves, with equal steps and no more
# weights, nearly the picture: what differs is how the data enter.
#
# </details>

# %%
emoji = load("twemoji")
captions = [str(caption) for caption in emoji.train["caption"]]
picture = np.asarray(emoji.train["x"][captions.index("tiger face")])
side = picture.shape[0]
pixels = {
    "x": np.asarray(positions(side, side)).reshape(-1, 2),
    "y": picture.reshape(-1, 3),
}
scale = 2.0  # of the frequencies; change me to 0.2 and to 20


def paint(model, seed):
    run = {"loss": squared, "optimizer": ADAM, "epochs": 80, "batch_size": 256}
    key = jax.random.key(seed)
    model, _ = fit(model, pixels, key=key, progress=False, **run)
    drawn = jax.vmap(model)(pixels["x"]).reshape(picture.shape)
    error = evaluate(model, pixels, loss=squared)["loss"]
    return np.clip(drawn, 0, 1), -10 * np.log10(error)  # decibels, of a range of 1


plain = [MLP.init([2, 180, 180, 3], key=jax.random.key(s)) for s in SEEDS]
waves = [
    FourierNetwork.init([2, 128, 128, 3], 64, scale, key=jax.random.key(s))
    for s in SEEDS
]
claim("Over 30 parameters for each pixel", count(waves[0]) > 30 * side * side)
claim("The plain network has the more parameters", count(plain[0]) >= count(waves[0]))
blurs, blur_decibels = zip(*(paint(m, s) for s, m in enumerate(plain)), strict=True)
sharps, sharp_decibels = zip(*(paint(m, s) for s, m in enumerate(waves)), strict=True)
value("plain_parameters", count(plain[0]), ",")
value("waves_parameters", count(waves[0]), ",")
value("blur_decibels", np.mean(blur_decibels), ".0f")
value("sharp_decibels", np.mean(sharp_decibels), ".0f")
claim(
    "Waves gain 10 dB or more, a tenth of the squared error, for each seed",
    min(sharp_decibels) > max(blur_decibels) + 10,
)
titles = [
    "picture",
    f"of (x, y)\n{blur_decibels[0]:.0f} dB",
    f"of waves\n{sharp_decibels[0]:.0f} dB",
]
ax, alt = plot.images(np.stack([picture, blurs[0], sharps[0]]), titles)
plot.show(ax, f"A tiger face as it is, blurred, and nearly exact. {alt}", name="tiger")

# %% [markdown]
# **Predict:** which frequencies of the picture did the plain network learn: the slow or
# the fast?
#
# <details><summary>Answer</summary>
#
# The slow ones: an MLP learns slow changes first, which is called spectral bias. Given
# waves, it need not make fast functions out of slow ones. The lectures on convolution,
# sets and graphs are variations on how the data enter.
#
# </details>

# %%
rows = np.fft.fftfreq(side) * side
frequency = np.round(np.hypot(*np.meshgrid(rows, rows))).astype(int)


def share_left(drawn):
    """Return how much of the power at each frequency the error still holds."""
    power, left = (
        np.abs(np.fft.fft2(a, axes=(0, 1))) ** 2 for a in (picture, picture - drawn)
    )
    return np.array(
        [left[frequency == f].sum() / power[frequency == f].sum() for f in range(1, 13)]
    )


groups = {"of (x, y)": blurs, "of waves": sharps}
left = {n: np.stack([share_left(d) for d in group]) for n, group in groups.items()}
claim(
    "The plain network leaves twice as much of fast changes as of slow ones, or more",
    (left["of (x, y)"][:, :3].mean(1) < left["of (x, y)"][:, 6:].mean(1) / 2).all(),
)
claim(
    "Waves leave less of the fast ones, for each seed",
    (left["of waves"][:, 6:].mean(1) < left["of (x, y)"][:, 6:].mean(1) / 3).all(),
)
curves = {name: shares[0] for name, shares in left.items()}
labels = {"x_label": "periods in the picture", "y_label": "share not learned"}
ax = plot.row(1, 8, 3.6)[1][0]
_, alt = plot.lines(np.arange(1, 13), curves, **labels, ax=ax)
ax.set_ylim(0, 1.2)
ax.legend(loc="center right", bbox_to_anchor=(1, 0.4), fontsize=18)
plot.show(ax, alt, name="spectrum")

# %% [markdown]
# ## What you have now

# %%
for number, report in reports.items():
    print(f"{number} {report.exercise:14} {report.earned:2} of {report.points} points")
earned = sum(report.earned for report in reports.values())
print(f"in all {earned} of {sum(report.points for report in reports.values())} points")

# %% [markdown]
# - A dense layer is $\phi(W^\top x + b)$; without the bend, depth is worth nothing.
# - In a shallow network the kind of bend matters little; in a deep one, flat slopes
#   stop the gradient, and the scale of the first weights decides.
# - A bend can be trained (Swish, KAF), gate (SwiGLU) or sit on the wires (KAN).
# - Units that start equal remain equal: randomness breaks the tie. A ReLU that is off
#   for all data is dead.
# - One hidden layer can draw any continuous function. That descent finds it is another
#   matter, and the form in which data enter decides.
#
# **Next:** lecture 6 opens `jax.grad`, which trained all of this. Lecture 7 builds a
# layer that knows which pixels are neighbours.
#
# **Further reading.** S. Scardapane, *Alice's Adventures in a Differentiable
# Wonderland*, chapter 5 and appendix B. M. Minsky and S. Papert, *Perceptrons*, 1969.
# X. Glorot and Y. Bengio, 2010, and K. He et al., 2015, on the scale of first weights.
# N. Shazeer, "GLU variants improve transformer", 2020. Z. Liu et al., "KAN", 2024.
# N. Rahaman et al., "On the spectral bias of neural networks", 2019, and M. Tancik et
# al., "Fourier features", 2020.
