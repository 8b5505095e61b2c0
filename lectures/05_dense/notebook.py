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
# A linear model draws one straight line through the data. Most data are not on two
# sides of a line. The remedy is almost embarrassing: apply a linear layer, bend the
# result with a simple function of one number, and apply another linear layer.
#
# **What can such a stack do that one layer cannot, and what can it still not do?** This
# notebook shows the smallest problem that needs a bend, reads 5,000 handwritten digits,
# and then asks a network to remember a picture, where it fails in an instructive way.

# %%
import inspect
import os

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

from nnds import plot
from nnds.data import load
from nnds.dense import MLP, Dense, dense
from nnds.losses import confusion_matrix, cross_entropy
from nnds.results import headline
from nnds.train import evaluate, fit

FULL = os.environ.get("NNDS_FULL") == "1"  # the full data set, from the hub

# %% [markdown]
# ## The maths
#
# A fully connected layer maps a vector $x$ of $d$ numbers to one of $c$ numbers. Every
# output reads every input:
#
# $$
# h = \phi(W^\top x + b)
# $$
#
# with weights $W \sim (d, c)$, a bias $b \sim (c)$, and an activation $\phi$ that is
# applied to each number alone (chapter 5 of the book). Two layers without $\phi$ would
# be a waste: $W_2^\top (W_1^\top x) = (W_1 W_2)^\top x$ is one layer again.
#
# This is the layer as it stands in the package: a pure function, a module that holds
# its parameters, and a stack of such modules.

# %%
print(inspect.getsource(dense))
print(inspect.getsource(Dense))
print(inspect.getsource(MLP.__call__))

# %% [markdown]
# ## The smallest problem that needs a bend
#
# The exclusive or: the answer is 1 when exactly one of two inputs is 1. Minsky and
# Papert used it in 1969 to show what a perceptron cannot do.

# %%
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
xor = {"x": corners, "y": np.array([0, 1, 1, 0], np.int32)}


def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    right = jnp.argmax(logits, axis=1) == batch["y"]
    value = jax.vmap(cross_entropy)(logits, batch["y"]).mean()
    return value, {"accuracy": right.mean()}


def solve_xor(sizes, epochs):
    key_init, key_train = jax.random.split(jax.random.key(0))
    model, _ = fit(
        MLP.init(sizes, jax.nn.tanh, key=key_init),
        xor,
        loss=loss,
        optimizer=optax.adam(0.05),
        epochs=epochs,
        batch_size=4,
        key=key_train,
        progress=False,
    )
    return model


linear, bent = solve_xor([2, 2], 40), solve_xor([2, 8, 2], 300)
for name, model in [("linear", linear), ("8 hidden units", bent)]:
    print(f"{name}: {evaluate(model, xor, loss=loss)}")
headline("linear model on XOR", evaluate(linear, xor, loss=loss)["accuracy"], 0, 0.75)
headline("MLP on XOR", evaluate(bent, xor, loss=loss)["accuracy"], 1, 1)

# %% [markdown]
# **No straight line separates the two pairs of corners; a bent one does.** Train the
# linear model for longer, and its loss tends to $\log 2 = 0.693$: it learns to say "I
# do not know".

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(14, 5), gridspec_kw={"wspace": 0.5})
_, alt_left = plot.decision_regions(
    jax.vmap(linear), corners, xor["y"], ["0", "1"], ax=left
)
_, alt_right = plot.decision_regions(
    jax.vmap(bent), corners, xor["y"], ["0", "1"], ax=right
)
left.set_title("linear")
right.set_title("8 hidden units")
plot.show(fig, f"Left, a linear model. {alt_left} Right, an MLP. {alt_right}")

# %% [markdown]
# ## Handwritten digits
#
# The same stack, larger: 784 pixels in, 128 hidden units, ten scores out. The image is
# flattened to a list; where a pixel was does not matter to this model.

# %%
mnist = load("mnist", full=FULL)
print(mnist)


def flat(split):
    return {"x": split["x"].reshape(len(split["x"]), -1), "y": split["y"]}


ADAM = optax.adam(1e-3)
networks, histories, scores = [], [], []
for seed in range(3):
    key_init, key_train = jax.random.split(jax.random.key(seed))
    network, history = fit(
        MLP.init([784, 128, 10], key=key_init),
        flat(mnist.train),
        loss=loss,
        optimizer=ADAM,
        epochs=20,
        batch_size=64,
        key=key_train,
        validation=flat(mnist.validation),
    )
    networks.append(network)
    histories.append(history)
    scores.append(evaluate(network, flat(mnist.test), loss=loss)["accuracy"])
print("test accuracy of each seed:", [f"{score:.3f}" for score in scores])
headline("MLP on MNIST, test accuracy, mean of 3 seeds", np.mean(scores), 0.93, 0.99)

# %% [markdown]
# **The network ends up knowing its training images by heart.** The training loss goes
# to zero, since 101,770 parameters can store 4,000 images; the validation loss stops at
# a value of its own.

# %%
ax, alt = plot.curves(histories[0])
plot.show(ax, alt)

# %% [markdown]
# **Its errors are the ones that a hurried reader would make**: each off the diagonal is
# a pair of digits of similar shape.

# %%
guesses = jax.vmap(networks[0])(flat(mnist.test)["x"]).argmax(axis=1)
matrix = confusion_matrix(guesses, mnist.test["y"], classes=10)
ax, alt = plot.confusion(matrix, mnist.classes)
plot.show(ax, alt)

# %% [markdown]
# ## What goes wrong, 1: starting from zero
#
# Biases start at zero; why not the weights? Because then all hidden units are the same
# function, receive the same gradient, and remain the same for ever. The random numbers
# of `nnds.init` are there to make the units differ.

# %%
zero = jax.tree.map(jnp.zeros_like, networks[0])
stuck, _ = fit(
    zero,
    flat(mnist.train),
    loss=loss,
    optimizer=ADAM,
    epochs=5,
    batch_size=64,
    key=jax.random.key(0),
)
score = evaluate(stuck, flat(mnist.test), loss=loss)["accuracy"]
used = int(jnp.sum(jnp.any(stuck.layers[0].w != 0, axis=0)))
print(f"hidden units that moved away from zero: {used} of 128")
headline("MLP started from zero, test accuracy", score, 0, 0.2)

# %% [markdown]
# ## What goes wrong, 2: a picture as a function
#
# An image is a function: position $(x, y)$ in, colour out. Nothing forbids to fit it
# with an MLP, one example a pixel. The network below has far more parameters than the
# picture has pixels. And yet it learns a blur.
#
# The reason: an MLP changes slowly with its input, and learns slow changes first
# (Rahaman and others call it *spectral bias*). The cure is to hand it fast functions of
# the position to begin with. *Fourier features* replace $x$ by
# $\cos(2\pi B x)$ and $\sin(2\pi B x)$ for fixed random frequencies $B$.

# %%
emoji = load("twemoji")
names = [str(caption) for caption in emoji.train["caption"]]
picture = emoji.train["x"][names.index("tiger face")]
side = picture.shape[0]
axis = np.linspace(-1, 1, side, dtype=np.float32)
position = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
frequencies = 2 * np.asarray(jax.random.normal(jax.random.key(3), (2, 64)))
angles = 2 * np.pi * position @ frequencies
features = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


def colour_loss(model, batch, key):
    colour = jax.vmap(model)(batch["x"])
    return jnp.mean((colour - batch["y"]) ** 2)


def draw(inputs):
    key_init, key_train = jax.random.split(jax.random.key(1))
    data = {"x": inputs, "y": picture.reshape(-1, 3)}
    model, _ = fit(
        MLP.init([inputs.shape[1], 128, 128, 3], key=key_init),
        data,
        loss=colour_loss,
        optimizer=ADAM,
        epochs=100,
        batch_size=256,
        key=key_train,
        progress=False,
    )
    error = evaluate(model, data, loss=colour_loss)["loss"]
    drawn = np.clip(jax.vmap(model)(inputs), 0, 1).reshape(picture.shape)
    return drawn, -10 * np.log10(error)  # peak signal-to-noise ratio, in decibels


blur, blur_decibels = draw(position)
sharp, sharp_decibels = draw(features)
headline("picture from positions, dB", blur_decibels, 12, 24)
headline("picture from Fourier features, dB", sharp_decibels, 30, 80)

# %% [markdown]
# **The same network, the same steps: only the description of the input differs.** How
# data enter a network decides what it can learn from them. The lectures on convolution,
# sets and graphs are variations on that sentence.

# %%
titles = [
    "picture",
    f"positions, {blur_decibels:.0f} dB",
    f"Fourier, {sharp_decibels:.0f} dB",
]
ax, alt = plot.images(np.stack([picture, blur, sharp]), titles)
about = "The emoji of a tiger face: as it is, blurred beyond detail, and nearly exact."
plot.show(ax, f"{about} {alt}")

# %% [markdown]
# ## Exercises
#
# Write each function, run the cell, and read what `check` says: the law that broke, on
# the smallest input that breaks it.

# %%
from nnds.grading import check

# %% [markdown]
# **5.1 Trainable Swish.** An activation may have parameters of its own. Write
# `swish(x, beta)` $= x \, \sigma(\beta x)$ for one unit, finite for any `x`.


# %%
def my_swish(x, beta):
    ### BEGIN SOLUTION
    return x * jax.nn.sigmoid(beta * x)
    ### END SOLUTION


check(my_swish)

# %% [markdown]
# **5.2 Values and derivatives** (6 minutes, 10 points). Now $d$ units, each with its own
# $\beta_i$. Return two arrays: the value of each unit, and its derivative with respect
# to $x_i$. `jax.value_and_grad` and `jax.vmap` do nearly all of it.


# %%
def my_swish_units(x, beta):
    ### BEGIN SOLUTION
    def unit(x, beta):
        return x * jax.nn.sigmoid(beta * x)

    return jax.vmap(jax.value_and_grad(unit))(x, beta)
    ### END SOLUTION


check(my_swish_units)

# %% [markdown]
# **5.3 A gated layer.** SwiGLU, the feed-forward layer of many language models: one
# branch decides how much of the other passes.
#
# $$
# \mathrm{swiglu}(x) = U^\top \left( \mathrm{silu}(W^\top x) \odot V^\top x \right)
# $$


# %%
def my_swiglu(x, w, v, u):
    ### BEGIN SOLUTION
    return (jax.nn.silu(x @ w) * (x @ v)) @ u
    ### END SOLUTION


check(my_swiglu)

# %% [markdown]
# **5.4 Any function, by hand.** Why can a network with one hidden layer come as close
# as you like to any continuous function of $x$? Because it can draw a staircase: two
# neurons that step up and down make one bin, so $m$ bins need $2m$ neurons (appendix B
# of the book). Write `step_network(x, heights, start, stop)`: the heights are constant
# on $m$ equal bins of $[\mathrm{start}, \mathrm{stop})$, and 0 elsewhere.


# %%
def my_step_network(x, heights, start, stop):
    ### BEGIN SOLUTION
    m = heights.shape[0]
    width = (stop - start) / max(m, 1)
    left = start + width * jnp.arange(m)
    bins = jnp.heaviside(x - left, 1.0) - jnp.heaviside(x - left - width, 1.0)
    return heights @ bins
    ### END SOLUTION


check(my_step_network)

# %% [markdown]
# **5.5 Where training starts.** A layer is a pair of functions: one that draws its
# first parameters, one that is called with them. Exercise 5.2 is the second; write the
# first. `init_units(key, d, c)` returns normal weights of shape $(d, c)$ and variance
# $2/(d + c)$, and $c$ slopes that are normal around 1 with standard deviation 0.1. A
# key makes independent numbers once: split it first.


# %%
def my_init_units(key, d, c):
    ### BEGIN SOLUTION
    for_weights, for_slopes = jax.random.split(key)
    w = jnp.sqrt(2 / (d + c)) * jax.random.normal(for_weights, (d, c))
    return w, 1 + 0.1 * jax.random.normal(for_slopes, (c,))
    ### END SOLUTION


check(my_init_units)

# %% [markdown]
# ## Further reading
#
# - S. Scardapane, *Alice's Adventures in a Differentiable Wonderland*, chapter 5: the
#   model, its activations and their gates; appendix B: universal approximation.
# - M. Minsky and S. Papert, *Perceptrons*, 1969: what one layer cannot do.
# - X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
#   neural networks", 2010: why the first weights need the right scale.
# - N. Rahaman et al., "On the spectral bias of neural networks", 2019, and M. Tancik et
#   al., "Fourier features let networks learn high frequency functions in low
#   dimensional domains", 2020: the blur and its cure.
