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
# # Lecture 2: tensors, gradients, descent
#
# Training is one sentence: compute a number that says how bad the model is, find the
# direction in which it falls, take a step, repeat.
#
# **How long is the step, and what should it remember of the steps before?** You will
# write the arrays, the slope and two optimisers, and the last of them will learn to
# read digits.
#
# | exercise | where | minutes | points |
# | --- | --- | --- | --- |
# | 2.1 A function of many points | 2 | 5 | 8 |
# | 2.2 Its gradient, by hand | 3 | 6 | 9 |
# | 2.3 Momentum | 5 | 5 | 9 |
# | 2.4 Adam | 6 | 12 | 12 |
#
# Before each result stands a question. Answer it on paper first; the fold has the
# answer.

# %%
import os
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree

from nnds import optimize, plot
from nnds.data import load
from nnds.dense import MLP
from nnds.grading import check, solved
from nnds.losses import accuracy, cross_entropy
from nnds.optimize import directional_derivative, jacobian, path, surface, taylor
from nnds.results import claim, keep, value
from nnds.train import evaluate, fit

SEED = int(os.environ.get("NNDS_SEED", "0"))  # the claims hold for 0, 1 and 2
reports = {}


# what runs where an exercise is not solved yet
def heights_of(x):
    return jax.vmap(surface)(x)


def gradient_of(x):
    return jax.grad(surface)(x)


def momentum_step(v, g, rate, beta):
    memory = optimize.optimizers.Memory(jnp.array(0), v)
    update, after = optimize.momentum(rate, beta).update(g, memory)
    return update, after.first


def adam_step(m, s, g, step, rate):
    memory = optimize.optimizers.Memory(step - 1, m, s)
    update, after = optimize.adam(rate).update(g, memory)
    return update, after.first, after.second


# %% [markdown]
# ## 1. Arrays, and the sums over their axes
#
# A tensor is an array with axes; nearly all of a network is products summed over some
# of them. `einsum` says which: a letter for each axis, and a letter that is missing
# after the arrow is summed over.
#
# $$ (Ax)_i = \sum_j A_{ij}\, x_j \qquad \texttt{"ij,j->i"} $$
#
# **Complete:** replace each `None` by a pattern until every line has a tick.
#
# <details><summary>Answer</summary>
#
# `"ik,kj->ij"`, `"ij->ji"`, `"bik,bkj->bij"`, `"bi,bj->ij"`. The third is a product of
# matrices for each $b$, the fourth a sum over the batch: the gradient of a dense layer.
#
# </details>

# %%
rng = np.random.default_rng(SEED)
A, B = (jnp.asarray(rng.normal(size=(3, 3)), jnp.float32) for _ in range(2))
batch, other = (jnp.asarray(rng.normal(size=(5, 3, 3)), jnp.float32) for _ in range(2))
rows, more = batch[:, 0], other[:, 0]  # five vectors, and five others
PATTERNS = {  # change me: pattern, arrays, what it is to give
    "A x": ("ij,j->i", (A, B[0]), A @ B[0]),
    "A B": (None, (A, B), A @ B),
    "A transposed": (None, (A,), A.T),
    "five products at once": (None, (batch, other), jax.vmap(jnp.matmul)(batch, other)),
    "sum of outer products": (None, (rows, more), sum(map(jnp.outer, rows, more))),
}
for name, (pattern, arrays, wanted) in PATTERNS.items():
    right = pattern and jnp.allclose(jnp.einsum(pattern, *arrays), wanted, atol=1e-5)
    print("✓" if right else "not yet:", name)
loops = [[sum(A[i, k] * B[k, j] for k in range(3)) for j in range(3)] for i in range(3)]
claim("A product of matrices is this sum", jnp.allclose(jnp.array(loops), A @ B, 1e-4))
claim(
    "`@` multiplies the matrices of a batch, one by one",
    jnp.allclose(batch @ other, jax.vmap(jnp.matmul)(batch, other), atol=1e-5),
)

# %% [markdown]
# Arrays of different shapes are *broadcast*: shapes are compared from the right, and an
# axis of size 1, or one that is missing on the left, is repeated.
#
# **Predict:** what shapes have (4, 1) + (4,), and (3, 1, 2) + (5, 2)? Then try others.
#
# <details><summary>Answer</summary>
#
# (4, 4) and (3, 5, 2). The first is hardly ever meant.
#
# </details>

# %%
column, row = jnp.arange(4.0)[:, None], jnp.arange(4.0)  # change me
print((column + row).shape, (jnp.ones((3, 1, 2)) + jnp.ones((5, 2))).shape)
claim(
    "A column and a row make a table", (jnp.ones((4, 1)) + jnp.ones(4)).shape == (4, 4)
)

# %% [markdown]
# ### What goes wrong: (n, 1) minus (n,)
#
# A linear model is to weigh penguins by their bill and flipper. Its prediction `x @ w`
# has the shape (n, 1), the masses have (n,).
#
# **Predict:** does training fail with an error? With what weights does it end?
#
# <details><summary>Answer</summary>
#
# No error: (n, 1) minus (n,) is a table of n² differences. *Each* prediction is
# compared with *every* mass, so the best is the mean for all, and the weights end at 0.
# The setting below makes JAX refuse to add an axis silently; so does a type in the
# signature, as in all of this package.
#
# </details>

# %%
penguins = load("penguins").train
whole = ~np.isnan(penguins["x"]).any(1)
z = penguins["x"][whole]
z = jnp.asarray((z - z.mean(0)) / z.std(0))
features, mass = z[:, [0, 2]], z[:, 3]  # bill, flipper; mass; all standardised


def wrong_loss(w):
    return jnp.mean((features @ w[:, None] - mass) ** 2)


def right_loss(w):
    return jnp.mean((features @ w - mass) ** 2)


wrong, weights = (
    path(f, optimize.gradient_descent(0.1), jnp.array([0.5, -0.5]), 500)[-1]
    for f in (wrong_loss, right_loss)
)
claim("With the bug both weights end at 0", jnp.abs(wrong).max() < 1e-3)
value("right_error", right_loss(weights), ".2f")
claim("Without it over half of the variance is explained", right_loss(weights) < 0.5)
claim("With it, nothing", jnp.allclose(right_loss(wrong), 1, atol=1e-3))


def is_refused(f):
    """Return whether the setting stops f before it computes anything."""
    with jax.numpy_rank_promotion("raise"):  # jax.config: jax_numpy_rank_promotion
        try:
            f(weights)
        except ValueError as error:
            print(str(error).splitlines()[0])
            return True
    return False


claim("jax_numpy_rank_promotion='raise' catches it", is_refused(wrong_loss))
claim("The right loss passes", not is_refused(right_loss))
names, errors = ["(n, 1) - (n)", "(n) - (n)"], [right_loss(wrong), right_loss(weights)]
ax = plot.row(1, 9, 2.6)[1][0]
label = "squared error (1: the mean for all)"
_, alt = plot.bars(names, {"error": np.array(errors)}, x_label=label, ax=ax)
ax.set(xlim=(0, 1.2), xticks=[0, 0.5, 1])
plot.show(ax, alt, name="bug")

# %% [markdown]
# ## 2. A landscape
#
# All of descent can be seen on one surface with several valleys, over $[0, 10]^2$:
#
# $$ f(x) = \sin x_0 \cos x_1 + \sin\tfrac{x_0}{2} \cos\tfrac{x_1}{2} $$
#
# **2.1 A function of many points** (5 min, 8 points). Rows of `x`, of shape $(n, 2)$,
# are points: return their $n$ heights, without a loop.


# %%
def my_surface(x):
    ### BEGIN SOLUTION
    a, b = x[:, 0], x[:, 1]
    return jnp.sin(a) * jnp.cos(b) + jnp.sin(a / 2) * jnp.cos(b / 2)
    ### END SOLUTION


reports["2.1"] = check(my_surface)
reports["2.1"]

# %% [markdown]
# **Predict:** how many valleys will the map show, and are they equally deep?
#
# <details><summary>Answer</summary>
#
# Five inside the square, and one of them, at (4.4, 6.3), is deeper than the others.
#
# </details>

# %%
heights = solved(my_surface, otherwise=heights_of)
side = jnp.linspace(0, 10, 101)
grid = jnp.stack(jnp.meshgrid(side, side), -1)  # row, column, coordinate
levels = heights(grid.reshape(-1, 2)).reshape(101, 101)
claim(
    "Your heights are those of the package",
    jnp.allclose(levels, jax.vmap(jax.vmap(surface))(grid), atol=1e-5),
)


def draw_map(ax):
    ax.contourf(side, side, levels, 16, cmap="Greys", alpha=0.7)
    ax.set(xlabel="x₀", ylabel="x₁", xticks=[0, 5, 10], yticks=[0, 5, 10])
    ax.set_aspect("equal")


middle = levels[1:-1, 1:-1]  # without the edge
around = [levels[1 + i : 100 + i, 1 + j : 100 + j]
          for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]  # fmt: skip
dips = np.argwhere(np.all([middle < other for other in around], axis=0)) + 1
claim("Five dips lie inside", len(dips) == 5)
deepest = np.array([float(levels[i, j]) for i, j in dips])
claim("One is the deepest", (deepest < deepest.min() + 0.5).sum() == 1)
lowest = side[dips[deepest.argmin()][::-1]]  # columns are x0
claim("It lies at (4.4, 6.3)", jnp.allclose(lowest, jnp.array([4.4, 6.3]), 0, 0.06))
ax = plot.row(1, 3.6, 3.3)[1][0]
draw_map(ax)
alt = "A map of the surface, light where it is low: five dips in a square of 10 by 10."
plot.show(ax, alt, name="map")

# %% [markdown]
# ## 3. Slopes
#
# The *gradient* holds the slope along each axis. **2.2 Its gradient, by hand** (6 min,
# 9 points). Differentiate $f$ on paper, and write what you get, for one point of shape
# $(2)$. No `jax.grad` here: the next cell compares with it.


# %%
def my_surface_gradient(x):
    ### BEGIN SOLUTION
    (a, b), (half_a, half_b) = x, x / 2
    along_a = jnp.cos(a) * jnp.cos(b) + jnp.cos(half_a) * jnp.cos(half_b) / 2
    along_b = -jnp.sin(a) * jnp.sin(b) - jnp.sin(half_a) * jnp.sin(half_b) / 2
    return jnp.stack([along_a, along_b])
    ### END SOLUTION


reports["2.2"] = check(my_surface_gradient)
reports["2.2"]

# %% [markdown]
# From the gradient comes the slope in any direction: the *directional derivative*
# $D_v f(x) = \lim_{h \to 0} \frac{f(x + hv) - f(x)}{h} = \nabla f(x)^\top v$.
#
# **Predict:** you stand at (2, 1) and may walk one unit of length in any direction.
# Where is it steepest, where flat?
#
# <details><summary>Answer</summary>
#
# Steepest along the gradient, and as steep as the gradient is long, since
# $\nabla f^\top v$ is largest where $v$ points the same way. At a right angle to it the
# way is flat: a contour line.
#
# </details>

# %%
slope = solved(my_surface_gradient, otherwise=gradient_of)
starts = jax.random.uniform(jax.random.key(SEED), (400, 2), maxval=10)
claim(
    "By hand and by jax.grad: the same at 400 points",
    jnp.allclose(jax.vmap(slope)(starts), jax.vmap(jax.grad(surface))(starts), 1e-4,
                 1e-5),
)  # fmt: skip
here = jnp.array([2.0, 1.0])  # change me
angles = jnp.arange(360) * 2 * jnp.pi / 360
directions = jnp.stack([jnp.cos(angles), jnp.sin(angles)], 1)
steepness = jax.vmap(lambda v: directional_derivative(surface, here, v))(directions)
h = 1e-2
limit = (surface(here + h * directions[30]) - surface(here)) / h
claim("It is what the limit says", abs(limit - steepness[30]) < 2 * h)
claim("It is the gradient times v", jnp.allclose(steepness, directions @ slope(here)))
best = directions[steepness.argmax()]
claim(
    "Steepest along the gradient",
    best @ slope(here) > 0.999 * jnp.linalg.norm(slope(here)),
)
claim(
    "Flat at a right angle", abs(best[::-1] * jnp.array([1, -1]) @ slope(here)) < 0.02
)

# %% [markdown]
# Of a function with many results, the *Jacobian* has one row for each result and one
# column for each input. The gradient is such a function, and its Jacobian is the
# Hessian $H$: how the slope changes. With it, *Taylor*:
#
# $$ f(x + v) \approx f(x) + \nabla f^\top v + \tfrac12\, v^\top H v $$
#
# **Predict:** ten times closer, how much smaller is the error of the value alone
# (order 0), of the tangent (1), of the parabola (2)?
#
# <details><summary>Answer</summary>
#
# Ten, a hundred, a thousand times: one order more for each derivative. Descent trusts
# the tangent, so its steps must be small where the surface bends.
#
# </details>

# %%
lengths = jnp.logspace(-2, 0, 9)
with jax.enable_x64(True):  # errors this small are lost in 32 bits
    x, v = jnp.array([2.0, 1.0]), jnp.array([0.6, 0.8])
    J, hessian = jacobian(surface, x), jacobian(jax.grad(surface), x)
    claim("The Jacobian of one number is its gradient", jnp.allclose(J, slope(x)))
    by_formula = surface(x) + J @ v + v @ hessian @ v / 2
    claim("Order 2 is this formula", jnp.allclose(taylor(surface, x, v, 2), by_formula))
    errors = np.array([
        [abs(surface(x + t * v) - taylor(surface, x, t * v, k)) for t in lengths]
        for k in (0, 1, 2)
    ])  # fmt: skip
for k in (0, 1, 2):
    gain = errors[k, 4] / errors[k, 0]  # ten times closer
    claim(f"Order {k}: ten times closer, about 10^{k + 1} times smaller",
          0.7 < np.log10(gain) / (k + 1) < 1.3)  # fmt: skip
curves = {f"order {k}": errors[k] for k in (0, 1, 2)}
ax = plot.row(1, 8, 3.8)[1][0]
_, alt = plot.lines(lengths, curves, x_label="length of v", y_label="error", ax=ax)
ax.set(xscale="log", yscale="log")
plot.show(ax, f"{alt} Both axes are logarithmic.", name="taylor")

# %% [markdown]
# ## 4. Descent
#
# The gradient points uphill, so step against it: $x \leftarrow x - \eta \nabla f(x)$.
# This is all of gradient descent, with your gradient, and `vmap` runs it from 400
# starts at once.
#
# **Predict:** do all paths end at the same place? In the deepest valley?
#
# <details><summary>Answer</summary>
#
# They end in many places, and most not in the deepest: descent sees only the slope
# where it stands. Some leave the square, where there are valleys too.
#
# </details>

# %%
RATE = 0.1  # change me to 0.5, 1.5 and 3


def descend(x, rate, steps=200):
    def one(x, _):
        x = x - rate * slope(x)
        return x, x

    return jax.lax.scan(one, x, length=steps)[1]


paths = jax.jit(jax.vmap(descend, (0, None)))(starts, RATE)  # start, step, coordinate
package = jax.vmap(lambda x: path(surface, optimize.gradient_descent(RATE), x, 200))
ends, depths = paths[:, -1], heights(paths[:, -1])
if RATE <= 0.5:
    claim(
        "The same as the package", jnp.allclose(paths, package(starts)[:, 1:], 0, 1e-2)
    )
    claim("No step goes up", (jnp.diff(jax.vmap(heights)(paths), axis=1) < 1e-4).all())
    flat = jnp.linalg.norm(jax.vmap(slope)(ends), axis=1) < 1e-2
    claim("98 % or more have arrived where it is flat", flat.mean() >= 0.98)
    places = np.unique(np.round(np.asarray(ends[flat])), axis=0)
    claim("They end in over five different valleys", len(places) > 5)
    value("deepest", (depths < -1.7).mean(), ".0%", band=(0.15, 0.45))
    claim("Some leave the square", ((ends < 0) | (ends > 10)).any())
    claim("Most do not reach the deepest kind", (depths < -1.7).mean() < 0.5)
ax = plot.row(1, 4, 3.6)[1][0]
draw_map(ax)
kinds = np.digitize(np.asarray(depths), [-1.5, -0.7])  # deep, middle, shallow
for way, kind in zip(np.asarray(paths), kinds, strict=True):
    ax.plot(*way.T, color=plot.COLOURS[(0, 1, 4)[kind]], lw=0.8)
    ax.plot(*way[-1], ".", color="black", ms=6)
ax.set(xlim=(0, 10), ylim=(0, 10))
alt = (
    "400 paths on the map run down to dips: blue to the deepest, others in orange, red."
)
plot.show(ax, alt, name="paths")

# %% [markdown]
# **Predict:** with which rate does descent no longer settle at (4.4, 6.3)? Look up how
# strongly the surface bends there.
#
# <details><summary>Answer</summary>
#
# Along an axis of curvature $\lambda$ one step multiplies the distance by
# $1 - \eta\lambda$. Beyond $\eta = 2/\lambda_{\max}$ that is more than 1 in size, and
# descent leaves a valley that it cannot settle in.
#
# </details>

# %%
bottom = path(surface, optimize.gradient_descent(0.3), jnp.array([4.5, 6.0]), 300)[-1]
curvature = jnp.linalg.eigvalsh(jacobian(jax.grad(surface), bottom))
limit = float(2 / curvature.max())
value("limit", limit, ".2f")
near = bottom + 0.01


def distance(rate):
    return jnp.linalg.norm(descend(near, rate)[-1] - bottom)


claim("5 % under the limit it settles", distance(0.95 * limit) < 1e-3)
claim("5 % over it, it leaves", distance(1.05 * limit) > 0.1)

# %% [markdown]
# ## 5. Long valleys, and a ball with mass
#
# Near its lowest point a function is a bowl with curvatures $\lambda_{\min}$ to
# $\lambda_{\max}$. The rate must be small enough for the steepest direction; then the
# flattest is slow. What counts is the *condition number*
# $\kappa = \lambda_{\max} / \lambda_{\min}$.
#
# **2.3 Momentum** (5 min, 9 points). A ball keeps its velocity: $v \leftarrow \beta v +
# g$, and the step is $-\eta v$. Return the step and the new $v$: a pair of functions
# has no memory but what you give it.


# %%
def my_momentum(v, g, rate, beta):
    ### BEGIN SOLUTION
    v = beta * v + g
    return -rate * v, v
    ### END SOLUTION


reports["2.3"] = check(my_momentum)
reports["2.3"]

# %% [markdown]
# Theory: with the best rate, each step of gradient descent shrinks the distance by
# $\frac{\kappa - 1}{\kappa + 1}$, of momentum by $\frac{\sqrt\kappa - 1}{\sqrt\kappa +
# 1}$ in the long run.
#
# **Predict:** a hundred times the condition number: how many times the steps?
#
# <details><summary>Answer</summary>
#
# About a hundred times for gradient descent, and ten times for momentum, the root of
# it. The dots are measured, the lines theory.
#
# </details>

# %%
push = solved(my_momentum, otherwise=momentum_step)
KAPPAS, SMALL = np.array([3, 10, 30, 100, 300, 1000]), 1e-3


def bowl(kappa, turn=0.0):
    """Return the matrix of a bowl with curvatures 1 and kappa, turned by an angle."""
    c, s = jnp.cos(turn), jnp.sin(turn)
    axes = jnp.array([[c, -s], [s, c]])
    return axes @ jnp.diag(jnp.array([1.0, kappa])) @ axes.T, axes @ jnp.ones(2)


def steps_needed(points):
    """Return after how many steps the distance stays under 1/1000 of the first."""
    size = jnp.linalg.norm(points, axis=1)
    return jnp.where(size < SMALL * size[0], -1, jnp.arange(len(points))).max() + 1


def roll(kappa, rate, beta, steps=4000):
    hessian, x = bowl(kappa)

    def one(carry, _):
        x, v = carry
        update, v = push(v, hessian @ x, rate, beta)
        return (x + update, v), x

    return jax.lax.scan(one, (x, jnp.zeros(2)), length=steps)[1]


def fastest(kappa, turn):
    """Return the steps of Adam with the best of 16 rates."""
    hessian, x = bowl(kappa, turn)

    def loss(x):
        return x @ hessian @ x / 2

    def steps(rate):
        return steps_needed(path(loss, optimize.adam(lambda _: rate), x, 4000))

    return jax.vmap(steps)(jnp.logspace(-3, 0, 16)).min()


root = np.sqrt(KAPPAS)
plain, ball = 2 / (1 + KAPPAS), 4 / (root + 1) ** 2  # the best rates
forget = ((root - 1) / (root + 1)) ** 2  # the best beta
run = jax.jit(jax.vmap(lambda *setting: steps_needed(roll(*setting))))
kappas = jnp.asarray(KAPPAS, jnp.float32)
measured = {
    "descent": run(kappas, jnp.asarray(plain), jnp.zeros(6)),
    "momentum": run(kappas, jnp.asarray(ball), jnp.asarray(forget)),
    "Adam": jax.jit(jax.vmap(partial(fastest, turn=0.0)))(kappas),
    "Adam, turned": jax.jit(jax.vmap(partial(fastest, turn=np.pi / 4)))(kappas),
}
measured = {name: np.asarray(steps) for name, steps in measured.items()}
theory = {
    "descent": np.log(SMALL) / np.log((KAPPAS - 1) / (KAPPAS + 1)),
    "momentum": np.log(SMALL) / np.log((root - 1) / (root + 1)),
}
claim(
    "Gradient descent needs the steps of theory, within one",
    np.abs(measured["descent"] - theory["descent"]).max() <= 1,
)
claim(
    "Momentum needs at least those of theory, and less than twice as many",
    (
        (measured["momentum"] >= theory["momentum"])
        & (measured["momentum"] < 2 * theory["momentum"])
    ).all(),
)
growth = {name: steps[-1] / steps[1] for name, steps in measured.items()}  # 100 times
value("descent_growth", growth["descent"], ".0f", band=(90, 110))
value("momentum_growth", growth["momentum"], ".0f", band=(9, 15))

# %% [markdown]
# **Predict:** Adam scales each axis by itself. A valley along an axis, and the same one
# turned by 45 degrees: which of the methods notices?
#
# <details><summary>Answer</summary>
#
# Gradient descent and momentum do not: turn the valley, and the path turns with it. To
# Adam a valley along an axis looks round, whatever its condition number; turned, it
# does not. (Adam has the best of 16 rates, the others the rate of theory.)
#
# </details>

# %%
claim("Along an axis κ is nothing to Adam", np.ptp(measured["Adam"]) <= 2)
claim("Turned, it is", growth["Adam, turned"] > 5)
turned, straight = bowl(30.0, np.pi / 4), bowl(30.0)
for name in ("gradient_descent", "momentum"):
    method = getattr(optimize, name)(0.02)
    ways = [
        path(lambda x, a=a: x @ a @ x / 2, method, x, 50) for a, x in (turned, straight)
    ]
    sizes = [jnp.linalg.norm(way, axis=1) for way in ways]
    claim(f"{name} does not notice the turn", jnp.allclose(*sizes, atol=1e-4))
ax = plot.row(1, 9, 3.9)[1][0]
_, alt = plot.lines(
    KAPPAS, measured, x_label="condition number κ", y_label="steps to 1/1000", ax=ax
)
for steps, name in zip(theory.values(), ["theory", None], strict=True):
    ax.plot(KAPPAS, steps, color="black", lw=1, label=name)
ax.set(xscale="log", yscale="log", xlim=(2.5, 90000), xticks=[10, 100, 1000])
ax.legend(loc="right", fontsize=18, frameon=False)
plot.show(ax, f"{alt} Both axes are logarithmic.", name="condition")

# %% [markdown]
# ## 6. Adam
#
# Gradients differ in size from one parameter to the next. *RMSProp* divides each by the
# root of a running mean $s$ of its square; *Adam* does so with a running mean $m$:
#
# $$
# m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad s \leftarrow \beta_2 s + (1 - \beta_2)
# g^2 \qquad \text{step} = -\eta\, \frac{\hat m}{\sqrt{\hat s} + \varepsilon}
# $$
#
# **Predict:** $m$ and $s$ start at 0. Without a correction, how long is the first step
# with $\beta_1 = 0.9$, $\beta_2 = 0.999$?
#
# <details><summary>Answer</summary>
#
# $0.1\,g / (0.001\, g^2)^{1/2}$ is 3.2 for any $g$: three times too long. Divided by
# $1 - \beta^t$ both are right, and the first step is $\eta$ long, however small $g$ is.
#
# </details>
#
# **2.4 Adam** (12 min, 12 points). With $\hat m = m / (1 - \beta_1^t)$, $\hat s = s /
# (1 - \beta_2^t)$, $\varepsilon = 10^{-8}$, and the two numbers above. `step` is $t$,
# and 1 in the first step.


# %%
def my_adam(m, s, g, step, rate):
    ### BEGIN SOLUTION
    m = 0.9 * m + 0.1 * g
    s = 0.999 * s + 0.001 * g**2
    m_hat = m / (1 - 0.9**step)
    s_hat = s / (1 - 0.999**step)
    return -rate * m_hat / (jnp.sqrt(s_hat) + 1e-8), m, s
    ### END SOLUTION


reports["2.4"] = check(my_adam)
reports["2.4"]

# %% [markdown]
# What you wrote is an optimiser as soon as it is a pair: `init` gives the memory before
# the first step, `update` a step and the memory after it. That is the interface of
# optax, so `fit` of this course takes it. A model is a tree of arrays;
# `ravel_pytree` lays it out as one vector.

# %%
move = solved(my_adam, otherwise=adam_step)


def pair(step_of, parts):
    """Return a step function with so many vectors of memory as an optax optimiser."""

    def init(model):
        flat = jnp.zeros_like(ravel_pytree(model)[0])
        return (0, *[flat] * parts)

    def update(grads, memory, model=None):
        flat, unravel = ravel_pytree(grads)
        step, *before = memory
        change, *after = step_of(*before, flat, step + 1)
        return unravel(change), (step + 1, *after)

    return optax.GradientTransformation(init, update)


def your_momentum(rate):
    return pair(lambda v, g, step: push(v, g, rate, 0.9), 1)


def your_adam(rate):
    return pair(lambda m, s, g, step: move(m, s, g, step, rate), 2)


first = your_adam(0.1).update(1e-5 * jnp.ones(1), your_adam(0.1).init(jnp.ones(1)))[0]
claim("The first step is η long, however small g is", jnp.allclose(first, -0.1, 1e-2))
PAIRS = {
    "your Adam": (your_adam(0.05), optax.adam(0.05)),
    "your momentum": (your_momentum(0.05), optax.sgd(0.05, 0.9)),
    "descent": (optimize.gradient_descent(0.05), optax.sgd(0.05)),
    "Nesterov": (optimize.nesterov(0.05), optax.sgd(0.05, 0.9, nesterov=True)),
    "RMSProp": (optimize.rmsprop(0.05), optax.rmsprop(0.05, eps_in_sqrt=False)),
    "AdamW": (optimize.adamw(0.05), optax.adamw(0.05)),
}
with jax.enable_x64(True):
    few = starts[:50].astype(float)
    for name, pair_of in PAIRS.items():
        ours, theirs = (
            jax.vmap(lambda x, o=o: path(surface, o, x, 50))(few) for o in pair_of
        )
        apart = jnp.abs(ours - theirs).max()
        claim(f"{name}: 50 steps as in optax, to one millionth", apart < 1e-6)

# %% [markdown]
# **Predict:** a network for digits, four epochs, four methods, each with a rate that
# suits it and with a tenth of that. What costs more: another method, or another rate?
#
# <details><summary>Answer</summary>
#
# The rate. The rate that suits plain descent here is a hundred times that of Adam,
# whose step does not depend on the size of the gradient: its rate is easier to guess.
#
# </details>

# %%
mnist = load("mnist")
digits = {"x": mnist.train["x"].reshape(-1, 784), "y": mnist.train["y"]}
new = {"x": mnist.test["x"].reshape(-1, 784), "y": mnist.test["y"]}


def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    right = jax.vmap(accuracy)(logits, batch["y"]).mean()
    return jax.vmap(cross_entropy)(logits, batch["y"]).mean(), {"accuracy": right}


METHODS = {  # how, and a rate that suits it
    "descent": (optimize.gradient_descent, 0.3),
    "your momentum": (your_momentum, 0.03),
    "RMSProp": (optimize.rmsprop, 0.003),
    "your Adam": (your_adam, 0.003),
}


def train(optimizer, epochs=4):
    model = MLP.init([784, 32, 10], key=jax.random.key(SEED))
    how = {"loss": loss, "optimizer": optimizer, "epochs": epochs, "batch_size": 64}
    return fit(model, digits, key=jax.random.key(SEED), progress=False, **how)


tried = {n: [train(how(r)), train(how(r / 10))] for n, (how, r) in METHODS.items()}
final = {n: [h.train["loss"][-1] for _, h in pair] for n, pair in tried.items()}
suits, tenth = np.array(list(final.values())).T
claim("A tenth of the rate costs more than the worst of the methods does",
      (tenth / suits).min() > suits.max() / suits.min())  # fmt: skip
claim("At a rate that suits, the losses are within a factor of two",
      suits.max() < 2 * suits.min())  # fmt: skip
claim("Adam ends lower than descent", final["your Adam"][0] < final["descent"][0])
value("tenth_costs", (tenth / suits).min(), ".1f", band=(1.5, 5))
yours, (_, again) = tried["your Adam"][0], train(optax.adam(0.003))
claim(
    "Your Adam trains as that of optax does, to 2 % of the loss",
    np.isclose(final["your Adam"][0], again.train["loss"][-1], rtol=0.02),
)
right = evaluate(yours[0], new, loss=loss)["accuracy"]
value("adam_accuracy", right, ".1%", band=(0.85, 0.97))
ax = plot.row(1, 9, 4.6)[1][0]
groups = {"a rate that suits": suits, "a tenth of it": tenth}
_, alt = plot.bars(list(METHODS), groups, x_label="training loss", ax=ax)
ax.set(xlim=(0, 1.2 * tenth.max()))
plot.show(ax, alt, name="race")

# %% [markdown]
# ### Weights that shrink
#
# Small weights are often wanted: add $\lambda x^2 / 2$ to the loss, so $\lambda x$ to
# the gradient. *AdamW* shrinks by $\eta \lambda x$ beside Adam's step instead.
#
# **Predict:** two weights start at 1; the loss is pure noise, with gradients a hundred
# times larger for the first. Which shrinks, by either way?
#
# <details><summary>Answer</summary>
#
# AdamW shrinks both alike. In the gradient, $\lambda x$ is divided by the root of
# $\hat s$ with the rest: the weight with large gradients hardly shrinks.
#
# </details>

# %%
noisy = jnp.array([10.0, 0.1]) * jax.random.normal(jax.random.key(SEED), (64, 1000, 2))


def shrink(optimizer, decay, gradients):
    def one(carry, g):
        x, memory = carry
        change, memory = optimizer.update(g + decay * x, memory, x)
        return (x + change, memory), None

    x = jnp.ones(2)
    return jax.lax.scan(one, (x, optimizer.init(x)), gradients)[0][0]


ways = {
    "in the gradient": (optimize.adam(0.001), 1.0),
    "AdamW": (optimize.adamw(0.001, decay=1.0), 0.0),
}
left = {
    name: jax.vmap(partial(shrink, *how))(noisy).mean(0) for name, how in ways.items()
}
claim(
    "AdamW leaves both within a tenth", abs(left["AdamW"][0] - left["AdamW"][1]) < 0.1
)
claim(
    "In the gradient, over four fifths of the first are left",
    left["in the gradient"][0] > 0.8,
)
claim("and less than half of the second", left["in the gradient"][1] < 0.5)
ax = plot.row(1, 9, 3.4)[1][0]
groups = {name: np.asarray(parts) for name, parts in left.items()}
label = "left of a weight of 1, mean of 64"
_, alt = plot.bars(["large gradients", "small gradients"], groups, x_label=label, ax=ax)
ax.set(xlim=(0, 1.6), xticks=[0, 0.5, 1])
plot.show(ax, alt, name="decay")

# %% [markdown]
# ## 7. Noise, and rates that change
#
# The gradient of a batch is that of all data, plus noise. Back to the penguins, in
# batches of 8.
#
# **Predict:** 64 runs with a constant rate: does the loss go to its least? What if the
# rate is four times lower? What if it falls to 0 along a cosine?
#
# <details><summary>Answer</summary>
#
# It goes down quickly and then hovers, since each step adds noise. A lower rate hovers
# lower, but comes there later. A rate that falls has both.
#
# </details>

# %%
STEPS = 300
RATES = {  # change me
    "rate 0.2": lambda step: 0.2,
    "rate 0.05": lambda step: 0.05,
    "cosine from 0.2": optimize.cosine(0.2, STEPS),
    "warm-up, cosine": optimize.warm_up(optimize.cosine(0.2, STEPS - 50), 50),
}


def batch_loss(w, rows):
    return jnp.mean((features[rows] @ w - mass[rows]) ** 2)


def noisy_descent(optimizer, key):
    def one(carry, key):
        w, memory = carry
        rows = jax.random.randint(key, (8,), 0, len(mass))
        change, memory = optimizer.update(jax.grad(batch_loss)(w, rows), memory)
        return (w + change, memory), right_loss(w)

    w = jnp.array([-1.2, 0.1])
    return jax.lax.scan(one, (w, optimizer.init(w)), jax.random.split(key, STEPS))[1]


keys = jax.random.split(jax.random.key(SEED), 64)
excess = {
    name: jax.vmap(partial(noisy_descent, optimize.gradient_descent(rate)))(keys).mean(
        0
    )
    - right_loss(weights)
    for name, rate in RATES.items()
}
floor = {name: np.mean(curve[-20:]) for name, curve in excess.items()}
claim(
    "Four times the rate, at least twice the excess",
    floor["rate 0.2"] > 2 * floor["rate 0.05"],
)
claim(
    "The lower rate is behind after 20 steps",
    excess["rate 0.05"][20] > excess["rate 0.2"][20],
)
claim(
    "Cosine, with warm-up or without, ends below both",
    max(floor["cosine from 0.2"], floor["warm-up, cosine"]) < floor["rate 0.05"],
)
value("floors", floor["rate 0.2"] / floor["rate 0.05"], ".1f")
t = np.arange(STEPS)
fig, axes = plot.row(2, 12, 4.0)
shape = {n: jax.vmap(lambda i, r=r: r(i) + 0.0 * i)(t) for n, r in RATES.items()}
_, alt = plot.lines(t, shape, x_label="step", y_label="rate", ax=axes[0])
_, more = plot.lines(
    t, excess, x_label="step", y_label="loss above its least", ax=axes[1]
)
axes[1].set_yscale("log")
axes[0].get_legend().remove()
axes[1].legend(loc="upper right", fontsize=18, frameon=False)
plot.show(fig, f"{alt} {more} The second vertical axis is logarithmic.", name="noise")

# %% [markdown]
# ## 8. Name the fault
#
# **Predict:** five runs on the penguins, four with a fault: rate too high, rate too
# low, the sign of the step wrong, momentum that hardly fades. Which is which, and which
# is sound?
#
# <details><summary>Answer</summary>
#
# A is sound. B crawls: rate too low. C jumps from side to side, further each time: too
# high. D swings to and fro and dies down slowly: momentum. E goes away from the best on
# one side: the sign.
#
# </details>

# %%
FAULTS = {
    "A": optimize.gradient_descent(0.3),
    "B": optimize.gradient_descent(0.003),
    "C": optimize.gradient_descent(0.6),
    "D": optimize.momentum(0.1, 0.97),
    "E": optimize.gradient_descent(-0.01),
}
runs = {n: path(right_loss, o, jnp.array([-1.2, 0.1]), 40) for n, o in FAULTS.items()}
losses = {n: jax.vmap(right_loss)(points) for n, points in runs.items()}
swings = {n: points.sum(1) - weights.sum() for n, points in runs.items()}
turns = {n: int((jnp.diff(jnp.sign(s)) != 0).sum()) for n, s in swings.items()}
claim("A arrives", losses["A"][-1] < 1.05 * right_loss(weights))
claim("B falls all the time", (jnp.diff(losses["B"]) < 0).all())
claim("B has not arrived", losses["B"][-1] > 2 * losses["A"][-1])
claim("C changes side in nearly every step, and rises",
      turns["C"] > 30 and losses["C"][-1] > losses["C"][0])  # fmt: skip
claim("D changes side a few times", 3 <= turns["D"] <= 12)
claim(
    "E rises and never changes side",
    (jnp.diff(losses["E"]) > 0).all() and turns["E"] == 0,
)
keep(
    "faults", loss=np.stack(list(losses.values())), side=np.stack(list(swings.values()))
)
fig, axes = plot.row(2, 12, 4.4)
alts = []
for ax, curves, label in zip(
    axes, (losses, swings), ("loss", "distance, with its sign"), strict=True
):
    _, alt = plot.lines(np.arange(41), curves, x_label="step", y_label=label, ax=ax)
    alts.append(alt)
axes[0].set_yscale("log")
axes[1].set_ylim(-5, 9)
axes[0].get_legend().remove()
axes[1].legend(loc="upper center", fontsize=18, frameon=False, ncols=3)
plot.show(fig, " ".join(alts), name="faults")

# %% [markdown]
# ## What you have now

# %%
for number, report in reports.items():
    print(f"{number} {report.exercise:16} {report.earned:2} of {report.points} points")
earned = sum(report.earned for report in reports.values())
print(f"in all {earned} of {sum(report.points for report in reports.values())} points")

# %% [markdown]
# - einsum names the axes; broadcasting repeats them, and one setting refuses it.
# - The gradient is the steepest way up; a step trusts the tangent, so it must be small.
# - Descent ends in the valley it starts in, and settles only below $2/\lambda_{\max}$.
# - It pays for the condition number, momentum for its root; Adam scales each axis.
# - An optimiser is a pair: what it remembers, and a step. Noise wants a falling rate.
#
# **Next:** lecture 3 asks which number to descend on. Lecture 6 opens `jax.grad`.
#
# **Further reading.** S. Scardapane, *Alice's Adventures in a Differentiable
# Wonderland*, chapter 2. B. Polyak, 1964. Y. Nesterov, 1983. D. Kingma and J. Ba,
# "Adam", 2015. I. Loshchilov and F. Hutter, "SGDR", 2017, and "Decoupled weight decay",
# 2019. G. Goh, "Why momentum really works", 2017.
