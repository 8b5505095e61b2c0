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
# A fully connected layer reads an image as a list of numbers. Shuffle the pixels of
# every image in the same way, and it learns exactly as well as before; move a digit
# three pixels to the left, and it no longer knows it.
#
# **What would a layer look like that knows an image is an image?** Two assumptions are
# enough. *Locality*: what a pixel means depends on the pixels around it.
# *Translation equivariance*: what holds in one place holds in every other. This
# notebook builds the layer from them, trains LeNet-5 on real handwritten digits,
# looks at what it learned, and then finds where the two assumptions stop helping.

# %%
import inspect
import os

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

from nnds import plot
from nnds.conv import LeNet5, band, conv2d, max_pool2d, receptive_field
from nnds.data import load
from nnds.dense import MLP
from nnds.losses import confusion_matrix, cross_entropy
from nnds.results import headline
from nnds.train import evaluate, fit

FULL = os.environ.get("NNDS_FULL") == "1"  # the full data sets, from the hub

# %% [markdown]
# ## The maths
#
# An image is a tensor $X \sim (h, w, d)$: height, width, channels. The pixel
# $X_{ij}$ is a vector of $d$ numbers. A convolution reads, for each pixel, the
# *patch* around it, and maps every patch with the same weights
# $W \sim (i, j, d, c)$:
#
# $$
# H_{pqz} = b_z + \sum_{i} \sum_{j} \sum_{k} W_{ijkz} \; X_{p+i,\; q+j,\; k}
# $$
#
# (chapter 7 of the book; the indices count from 0 here, as in the code). The kernel is
# not flipped: in mathematics this is called cross-correlation.
#
# Here is the layer as it stands in the package. The checks come first, the sum is
# behind `_convolve`.

# %%
print(inspect.getsource(conv2d))

# %% [markdown]
# ### Fewer weights, not a different kind of function
#
# A convolution is linear in its input. It is therefore a fully connected layer, with
# two restrictions on its weights: most of them are zero (locality), and the others are
# repeated (equivariance). Take one row of ten pixels and a kernel of three weights.
# Output $o$ reads pixels $o$ to $o+2$, so the matrix is a band.

# %%
kernel = jnp.array([-1.0, 2.0, 0.5]).reshape(1, 3, 1, 1)
matrix = band(kernel, outputs=8)[0]  # 10 pixels to 8 outputs
row = jax.random.normal(jax.random.key(0), (1, 10, 1))
assert jnp.allclose(row[0, :, 0] @ matrix, conv2d(row, kernel)[0, :, 0], atol=1e-6)

fig, ax = plt.subplots(figsize=(7, 6))
ax, _ = plot.filters(matrix[:, :, None, None], ax=ax)
ax.set_title("Rows: 10 pixels. Columns: 8 outputs", pad=28)
alt = "A 10 by 8 matrix, zero but for a diagonal band of three repeated weights."
plot.show(ax, alt)

# %% [markdown]
# What the restrictions save is not small. From a 28 by 28 image to six maps of the
# same size:

# %%
dense_weights = (28 * 28) * (28 * 28 * 6)
conv_weights = 5 * 5 * 1 * 6
print(f"fully connected: {dense_weights:>9,} weights")
print(f"convolution 5x5: {conv_weights:>9,} weights")

# %% [markdown]
# ## LeNet-5 learns MNIST
#
# Two convolutions, each followed by a pooling that keeps the largest of four
# neighbours, then three dense layers. The whole network is one function of one image.

# %%
print(inspect.getsource(LeNet5.__call__))

# %% [markdown]
# The data are 5,000 real digits: 4,000 to train, 500 to choose, 500 to test.

# %%
mnist = load("mnist", full=FULL)
print(mnist)
first = [int(np.argmax(mnist.train["y"] == digit)) for digit in range(10)]
ax, alt = plot.images(mnist.train["x"][first], list(mnist.classes), columns=5)
plot.show(ax, alt)


# %% [markdown]
# The loss is the mean cross-entropy of a batch. `jax.vmap` turns the function of one
# image into a function of many; `fit` repeats the gradient step, and shows its bar.


# %%
def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    right = jnp.argmax(logits, axis=1) == batch["y"]
    value = jax.vmap(cross_entropy)(logits, batch["y"]).mean()
    return value, {"accuracy": right.mean()}


def train(model, data, key):
    return fit(
        model,
        data.train,
        loss=loss,
        optimizer=ADAM,
        epochs=15,
        batch_size=64,
        key=key,
        validation=data.validation,
    )


ADAM = optax.adam(1e-3)
networks, histories, scores = [], [], []
for seed in range(3):
    key_init, key_train = jax.random.split(jax.random.key(seed))
    network, history = train(LeNet5.init(key=key_init), mnist, key_train)
    networks.append(network)
    histories.append(history)
    scores.append(evaluate(network, mnist.test, loss=loss)["accuracy"])
print("test accuracy of each seed:", [f"{score:.3f}" for score in scores])
headline("LeNet-5 on MNIST, test accuracy, mean of 3 seeds", np.mean(scores), 0.955, 1)

# %% [markdown]
# **The network has learned what it can from these images after about ten epochs.** The
# training loss still falls, the validation loss does not.

# %%
lenet = networks[0]
ax, alt = plot.curves(histories[0])
plot.show(ax, alt)

# %% [markdown]
# ## What it learned
#
# Here are the six kernels of the first layer: a red weight wants ink, a blue one wants
# paper. Nobody drew them, the gradient did. On 4,000 images they stay rough.

# %%
ax, alt = plot.filters(lenet.c1.w)
plot.show(ax, alt)

# %% [markdown]
# **Each kernel answers to another part of the stroke**: an edge on one side, the
# inside, a slope. That shows better in what the kernels make of a digit. Brighter is
# stronger.

# %%
seven = mnist.test["x"][np.argmax(mnist.test["y"] == 7)]
maps = jnp.moveaxis(jax.nn.relu(lenet.c1(seven)), 2, 0)
pictures = [seven[:, :, 0], *(m / m.max() for m in maps)]
names = ["input", *(f"map {z}" for z in range(6))]
ax, alt = plot.images(np.stack(pictures), names, columns=7)
plot.show(ax, f"A handwritten seven, and six feature maps of it. {alt}")

# %% [markdown]
# ## Does it still know a digit that has moved?
#
# The promise was that place does not matter. Move every test image to the right, a
# pixel at a time, and compare with an MLP that has seen the same training images.

# %%
key_init, key_train = jax.random.split(jax.random.key(0))


def flat(batch):
    return {"x": batch["x"].reshape(len(batch["x"]), -1), "y": batch["y"]}


mlp, _ = fit(
    MLP.init([784, 128, 10], key=key_init),
    flat(mnist.train),
    loss=loss,
    optimizer=ADAM,
    epochs=15,
    batch_size=64,
    key=key_train,
)


def moved(x, pixels):
    """Return the images moved to the right, zeros coming in from the left."""
    return np.pad(x, ((0, 0), (0, 0), (pixels, 0), (0, 0)))[:, :, : x.shape[2]]


shifts = np.arange(9)
kept = {"LeNet-5": [], "MLP": []}
for pixels in shifts:
    batch = {**mnist.test, "x": moved(mnist.test["x"], pixels)}
    kept["LeNet-5"].append(evaluate(lenet, batch, loss=loss)["accuracy"])
    kept["MLP"].append(evaluate(mlp, flat(batch), loss=loss)["accuracy"])
headline("LeNet-5 on digits moved by 3 pixels", kept["LeNet-5"][3], 0.5, 1)
headline("MLP on digits moved by 3 pixels", kept["MLP"][3], 0, 0.6)

# %% [markdown]
# **Convolution helps, and does not solve it.** Three pixels are nothing to LeNet-5 and
# much to the MLP. Yet both fall: the convolutions are equivariant, but the dense layers
# on top of them are not.

# %%
ax, alt = plot.lines(shifts, kept, x_label="pixels moved", y_label="test accuracy")
ax.set_ylim(0, 1)
plot.show(ax, alt)

# %% [markdown]
# ## How far does it see?
#
# One number of the last feature map depends on a square of the image: its *receptive
# field*. With kernel sizes $k_l$ and strides $s_l$ its side is
#
# $$
# r = 1 + \sum_{l} (k_l - 1) \prod_{m < l} s_m
# $$
#
# Autodiff can check the formula. The gradient of that number with respect to the image
# is zero outside the square.

# %%
LAYERS = [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)]  # kernel, stride, dilation


def feature_map(x):
    x = max_pool2d(jax.nn.relu(lenet.c1(x)), 2)
    return max_pool2d(jax.nn.relu(lenet.c3(x)), 2)


def centre(x):
    return feature_map(x)[2, 2].sum()


slopes = jax.vmap(jax.grad(centre))(mnist.test["x"])
seen = np.abs(slopes).sum(axis=(0, 3)) > 0  # by any of the 500 images
rows = np.flatnonzero(seen.any(axis=1))
by_gradient = rows[-1] - rows[0] + 1
by_formula = receptive_field(LAYERS)
print(f"formula {by_formula}, gradient {by_gradient}: rows {rows[0]} to {rows[-1]}")
headline("side of the receptive field by gradient", by_gradient, by_formula, by_formula)

# %% [markdown]
# **The gradient fills the square that the formula draws, and nothing else.** The middle
# counts more than the edge, since more paths lead through it.

# %%
strength = np.abs(slopes).mean(axis=(0, 3))
fig, ax = plt.subplots(figsize=(6, 6))
ax, _ = plot.images(strength[None], ax=ax)
box = plt.Rectangle(
    (rows[0] - 0.5, rows[0] - 0.5),
    by_formula,
    by_formula,
    fill=False,
    lw=3,
    ec="#E69F00",
)
ax.add_patch(box)
ax.set_title("Gradient of one feature, and its field")
alt = (
    f"Mean absolute gradient over a 28 by 28 image: bright inside a square of "
    f"{by_formula} by {by_formula} pixels, brightest in its middle, black outside it."
)
plot.show(ax, alt)

# %% [markdown]
# ## The same network on clothes
#
# Fashion-MNIST has the same format and is harder on purpose. Nothing is changed but
# the data.

# %%
fashion = load("fashion_mnist", full=FULL)
key_init, key_train = jax.random.split(jax.random.key(0))
tailor, history = train(LeNet5.init(key=key_init), fashion, key_train)
accuracy = evaluate(tailor, fashion.test, loss=loss)["accuracy"]
headline("LeNet-5 on Fashion-MNIST, test accuracy", accuracy, 0.8, 0.95)

# %% [markdown]
# **It confuses what is cut alike.** Shirts are the worst: they share their outline with
# T-shirts, pullovers and coats, and the outline is nearly all that 28 pixels hold.

# %%
guesses = np.asarray(jax.vmap(tailor)(fashion.test["x"]).argmax(axis=1))
matrix = confusion_matrix(guesses, fashion.test["y"], classes=10)
ax, alt = plot.confusion(matrix, fashion.classes)
plot.show(ax, alt)

# %% [markdown]
# Judge for yourself whether you would do better on the images it got wrong.

# %%
wrong = np.flatnonzero(guesses != fashion.test["y"])[:10]
titles = [
    f"{fashion.classes[guesses[k]]}? {fashion.classes[fashion.test['y'][k]]}"
    for k in wrong
]
ax, alt = plot.images(fashion.test["x"][wrong], titles, columns=5)
plot.show(ax, alt)

# %% [markdown]
# ## What goes wrong
#
# Translation is the *only* symmetry that we built in. Exchange ink and paper, or turn
# the digits by a quarter, and a child would not hesitate.

# %%
damage = {
    "as trained": mnist.test["x"],
    "ink and paper exchanged": 1 - mnist.test["x"],
    "turned by a quarter": np.rot90(mnist.test["x"], axes=(1, 2)),
}
for name, x in damage.items():
    batch = {**mnist.test, "x": np.ascontiguousarray(x)}
    print(f"{name:>24}: {evaluate(lenet, batch, loss=loss)['accuracy']:.3f}")
headline(
    "LeNet-5 on turned digits", evaluate(lenet, batch, loss=loss)["accuracy"], 0, 0.5
)

# %% [markdown]
# The network does not recognise shapes as we do. It has learned sums of weighted pixels
# that happened to separate the images it saw. A symmetry that is neither built into the
# layers nor shown in the data is not learned. Two ways out: show the data in other
# forms (augmentation, lecture 9), or build the symmetry in (sets and graphs, lectures
# 10 and 12).

# %% [markdown]
# ## Exercises
#
# Write each function, run the cell, and read what `check` says: the law that broke, on
# the smallest input that breaks it.

# %%
from nnds.grading import check

# %% [markdown]
# **7.1 Convolution.** Write `conv2d(x, k)` for `x` of shape `(h, w, d)` and `k` of
# shape `(i, j, d, c)`, without padding and with stride 1. Loop over the kernel if you
# like, but not over the image. `jax.lax.conv` is what you are writing, so do not use
# it.


# %%
def my_conv2d(x, k):
    ### BEGIN SOLUTION
    i, j = k.shape[:2]
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    patches = [x[a : a + h, b : b + w] @ k[a, b] for a in range(i) for b in range(j)]
    return sum(patches)
    ### END SOLUTION


check(my_conv2d)

# %% [markdown]
# **7.2 Equivariance.** On a circle, equivariance is exact: no edge is in the way. Write
# the convolution of a signal `x` of `n` numbers with a kernel `k` of `m`,
# $y_t = \sum_s k_s \, x_{(t + s) \bmod n}$.


# %%
def my_circular_conv(x, k):
    ### BEGIN SOLUTION
    return sum(k[s] * jnp.roll(x, -s) for s in range(k.shape[0]))
    ### END SOLUTION


check(my_circular_conv)

# %% [markdown]
# **7.3 Separable convolution.** First one `i` by `j` kernel for each of the `d`
# channels (`k` of shape `(i, j, d)`), then a 1x1 convolution from `d` to `c` channels
# (`p` of shape `(d, c)`). Write it (10 minutes, 10 points), and count its weights:
# compare with `i * j * d * c`.


# %%
def my_separable_conv(x, k, p):
    ### BEGIN SOLUTION
    i, j, _ = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    each = jnp.zeros((h, w, x.shape[2]))
    for a in range(i):
        for b in range(j):
            each += x[a : a + h, b : b + w] * k[a, b][None, None, :]
    return each @ p
    ### END SOLUTION


check(my_separable_conv)

# %% [markdown]
# **7.4 Receptive field.** Write the formula above, with a dilation $t_l$ that spreads
# kernel $l$ apart: it reaches $(k_l - 1) \, t_l$ of its own inputs further. The three
# arguments are arrays with one number a layer.


# %%
def my_receptive_field(kernel, stride, dilation):
    ### BEGIN SOLUTION
    before = jnp.cumprod(stride) // stride
    return 1 + jnp.sum((kernel - 1) * dilation * before)
    ### END SOLUTION


check(my_receptive_field)

# %% [markdown]
# ## Further reading
#
# - S. Scardapane, *Alice's Adventures in a Differentiable Wonderland*, chapter 7: the
#   layer, its variants, and the models built of it.
# - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
#   document recognition", 1998, section II: LeNet-5 itself.
# - A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural
#   networks", 2019: the formula, with padding and alignment.
# - H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST", 2017: why MNIST is too easy.
