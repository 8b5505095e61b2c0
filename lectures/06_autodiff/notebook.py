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
# # Lecture 6: automatic differentiation
#
# `jax.grad` takes a program and gives a program that computes its gradient, exactly, at
# about the price of two runs. **How can that be?** You will write the sweep that does
# it, and two of its rules; with them a network will learn to name penguins.
#
# | exercise | where | minutes | points |
# | --- | --- | --- | --- |
# | 6.1 The sweep backward | 4 | 15 | 13 |
# | 6.2 What was broadcast | 5 | 6 | 9 |
# | 6.3 A product of matrices | 5 | 8 | 11 |
# | 6.4 A Jacobian from VJPs | 7 | 8 | 10 |
#
# Before each result stands a question. Answer it on paper first; the fold has the
# answer.

# %%
import os

import jax
import jax.numpy as jnp
import numpy as np
import optax

from nnds import autodiff, plot
from nnds.activations import swish
from nnds.autodiff import dual, jaxprs, symbolic, tape
from nnds.data import load
from nnds.grading import check, solved
from nnds.plot.computation import computation
from nnds.results import claim, keep, value
from nnds.train import fit

SEED = int(os.environ.get("NNDS_SEED", "0"))  # the claims hold for 0, 1 and 2
reports = {}
rng = np.random.default_rng(SEED)


def normal(*shape):
    return jnp.asarray(rng.normal(size=shape), jnp.float32)


def measured(split, mean=None, scale=None):
    """Return four measures of penguins, standardised by those of the training set."""
    whole = ~np.isnan(split["x"]).any(1)
    x = split["x"][whole]
    mean, scale = (x.mean(0), x.std(0)) if mean is None else (mean, scale)
    return jnp.asarray((x - mean) / scale), split["y"][whole], mean, scale


# what runs where an exercise is not solved yet
def swept(parents, slopes):
    def one(g, i):
        return g.at[parents[i]].add(slopes[i] * g[i]), None

    n = len(parents)
    last = jnp.zeros(n).at[-1].set(1.0)
    return jax.lax.scan(one, last, jnp.arange(n)[::-1])[0]


def added_up(g, x):
    return tape.unbroadcast(g, x.shape)


def matmul_rule(g, x, w):
    return tape.matmul.vjp(g, x @ w, x, w)


def rows_of_softmax(w, x):
    return autodiff.jacobian_by_rows(lambda x: jax.nn.softmax(w @ x), x)


penguins = load("penguins")
z, species, *scales = measured(penguins.train)
new_z, new_species, *_ = measured(penguins.test, *scales)

# %% [markdown]
# ## 1. A slope by trying: numerical differentiation
#
# A neuron is to tell Gentoo penguins, $+1$, from the others, $-1$, by four measures.
# Its loss has a slope along each weight, and the definition says how to get it:
#
# $$ \frac{\partial f}{\partial w_i} \approx \frac{f(w + h e_i) - f(w - h e_i)}{2h} $$
#
# **Predict:** in 32 bits, which $h$ is best: 0.1, $0.005$, or as small as possible?
# Change the weights and see whether it moves.
#
# <details><summary>Answer</summary>
#
# About $0.005$. Below, the difference of two nearly equal numbers consists of
# rounding, divided by a small $h$; above, the curve is no line. No $h$ gives all
# digits, and each costs two runs of $f$ for each weight.
#
# </details>

# %%
gentoo = jnp.where(species == 2, 1.0, -1.0)
weights = jnp.array([0.5, -0.5, 1.0, 0.2])  # change me


def neuron_loss(w):
    return jnp.mean((jnp.tanh(z @ w) - gentoo) ** 2)


exact = jax.grad(neuron_loss)(weights)
STEPS = np.logspace(-6, 0, 13)
errors = np.array([
    jnp.abs(autodiff.central_difference(neuron_loss, weights, h) - exact).max()
    for h in STEPS
])  # fmt: skip
best = STEPS[errors.argmin()]
claim("The best h lies between 0.0005 and 0.05", 5e-4 < best < 5e-2)
claim("The smallest h is a thousand times worse", errors[0] > 1e3 * errors.min())
claim("No h gives seven digits", errors.min() > 1e-7 * jnp.abs(exact).max())
with jax.enable_x64(True):  # where rounding does not hide it
    w = weights.astype(float)
    theirs = jax.grad(neuron_loss)(w)
    tall, low = (
        float(jnp.abs(autodiff.central_difference(neuron_loss, w, h) - theirs).max())
        for h in (1e-2, 1e-3)
    )
claim("Before rounding: a tenth of h, a hundredth of the error",
      90 < tall / low < 110)  # fmt: skip
ax = plot.row(1, 7, 2.9)[1][0]
_, alt = plot.lines(STEPS, {"error": errors}, x_label="h", y_label="error", ax=ax)
ax.set(xscale="log", yscale="log")
plot.show(ax, f"{alt} Both axes are logarithmic: the curve is a V.", name="difference")

# %% [markdown]
# ## 2. A slope by the rules of school: symbolic differentiation
#
# The rule of products copies: $(ab)' = a'b + ab'$ holds $a$ and $b$ again. Take
# $f_{k+1} = f_k \sin f_k$, from $f_0 = x$.
#
# **Predict:** $f_8$ is eight lines of code. How many operations has the formula of its
# slope, written out: about 50, 500, 5,000? And the program of `jax.grad`?
#
# <details><summary>Answer</summary>
#
# Thousands: with each step it grows over twofold, as both factors hold all of $f_k$. A
# program computes $f_k$ once, *gives it a name*, and uses the name twice: with each
# line the gradient's program has a constant number of lines more. That is all the
# difference.
#
# </details>

# %%
DEPTHS = np.arange(1, 9)  # change me


def nested(x, depth):
    for _ in range(depth):
        x = x * jnp.sin(x)
    return x


formulas, programs = [], []
expression = "x"
for depth in DEPTHS:
    expression = ("*", expression, ("sin", expression))
    formulas.append(symbolic.size(symbolic.differentiate(expression, "x")))
    program = jax.make_jaxpr(jax.grad(lambda x, d=depth: nested(x, d)))(1.0)
    programs.append(len(program.eqns))
claim("Each step makes the formula over twice as long",
      (np.divide(formulas[1:], formulas[:-1]) > 2).all())  # fmt: skip
claim("and the program by as many lines as the step before",
      len(set(np.diff(programs[1:]))) == 1)  # fmt: skip
if DEPTHS[-1] >= 8:
    claim("The formula of 8 steps has thousands of operations", formulas[-1] > 2_000)
value("formula", formulas[-1], ",")
value("program", programs[-1], "d")
slope = symbolic.differentiate(("*", "x", ("sin", "x")), "x")
claim("Both are right", np.isclose(symbolic.evaluate(slope, {"x": 2.0}),
                                   jax.grad(nested)(2.0, 1)))  # fmt: skip
ax = plot.row(1, 8, 3.8)[1][0]
curves = {"formula": np.array(formulas), "program": np.array(programs)}
_, alt = plot.lines(DEPTHS, curves, x_label="steps", y_label="operations", ax=ax)
ax.set_yscale("log")
plot.show(ax, f"{alt} The vertical axis is logarithmic.", name="symbolic")

# %% [markdown]
# ## 3. Forward: numbers that carry their slope
#
# A *dual number* $a + b\varepsilon$, with $\varepsilon^2 = 0$, is a value and a slope.
#
# **Predict:** what is $(3 + 2\varepsilon)^2$? And $\sin(a + b\varepsilon)$?
#
# <details><summary>Answer</summary>
#
# $9 + 12\varepsilon$, as the last term is 0: the slope of $x^2$ at 3, which is 6, times
# 2. And $\sin a + b \cos a\,\varepsilon$. All of Taylor but the tangent is 0.
#
# </details>
#
# **Complete** the slope of the root, in place of `None`, until the line has a tick.

# %%
square = dual.Dual(jnp.array(3.0), jnp.array(2.0)) ** 2
claim("9 + 12 ε", (square.value, square.slope) == (9, 12))


def sqrt(x):
    y = jnp.sqrt(x.value)
    return dual.Dual(y, None)  # complete me: the slope of y, from x.slope


root = sqrt(dual.Dual(jnp.array(4.0), jnp.array(1.0)))
print("✓" if root.slope is not None and root.slope == 0.25 else "not yet: sqrt")
along = normal(4)
loss_, forward = dual.jvp(
    lambda w: dual.total((dual.tanh(z @ w) - gentoo) ** 2) / len(z), weights, along
)
claim(
    "One run on dual numbers gives the loss", jnp.allclose(loss_, neuron_loss(weights))
)
claim("and its slope along one direction", jnp.allclose(forward, exact @ along, 1e-4))
each = [
    dual.jvp(
        lambda w: dual.total((dual.tanh(z @ w) - gentoo) ** 2) / len(z), weights, e
    )
    for e in jnp.eye(4)
]
claim("The gradient takes a run for each weight",
      jnp.allclose(jnp.stack([s for _, s in each]), exact, atol=1e-5))  # fmt: skip

# %% [markdown]
# ## 4. Backward: one sweep for all weights
#
# The slope of a chain of functions is a product of their Jacobians,
# $J = J_3 J_2 J_1$. A product of matrices may be computed from either end.
#
# **Predict:** 100 weights, two hidden layers of 100, one loss: $J_1$ and $J_2$ are $100
# \times 100$, $J_3$ is $1 \times 100$. How many multiplications does each end take?
#
# <details><summary>Answer</summary>
#
# From the input $J_2 J_1$ is computed first: a million. From the loss it is always a
# row times a matrix: twice 10,000. That row is the *cotangent*, and row times Jacobian
# is a **vector-Jacobian product**, VJP: $g \mapsto g^\top J$, which no layer has to
# build $J$ for.
#
# </details>

# %%
n = 100  # change me
from_input, from_loss = n * n * n + n * n, n * n + n * n
print(f"from the input {from_input:,}, from the loss {from_loss:,}")
claim("From the loss it takes n/2 times less", from_input / from_loss > n / 2)

# %% [markdown]
# A *tape* holds each value that was computed, in order: its parents, and its slope with
# respect to each. The sweep goes from the last to the first,
#
# $$ g_{\text{parent}} \mathrel{+}= \text{slope} \cdot g_{\text{node}} $$
#
# **Predict:** in $y = x \cdot x$ the node $x$ is both parents. Why $+=$ and not $=$?
#
# <details><summary>Answer</summary>
#
# A change of $x$ reaches $y$ along two ways, and both count: $x + x$, not $x$. Any
# value that is read twice, such as a weight shared by all rows, needs the sum.
#
# </details>
#
# **6.1 The sweep backward** (15 min, 13 points). `parents` and `slopes` have the shape
# $(n, 2)$: return the $n$ derivatives of the last node. `g.at[j].add(...)` adds in
# place of JAX.


# %%
def my_backward(parents, slopes):
    ### BEGIN SOLUTION
    g = jnp.zeros(len(parents)).at[-1].set(1.0)
    for i in reversed(range(len(parents))):
        for k in (0, 1):
            g = g.at[parents[i, k]].add(slopes[i, k] * g[i])
    return g
    ### END SOLUTION


reports["6.1"] = check(my_backward)
reports["6.1"]

# %% [markdown]
# Your sweep, on a real tape: the loss of the neuron on one penguin, as `nnds.autodiff`
# records it. A node knows its primitive, and the primitive its slopes.
#
# **Predict:** the first weight is read once. Which node is read twice?
#
# <details><summary>Answer</summary>
#
# The error $e$: the loss is $e \cdot e$, and both slopes are $e$.
#
# </details>

# %%
sweep = solved(my_backward, otherwise=swept)
scalars = [tape.node(w) for w in weights]
penguin, label = z[0], gentoo[0]
activity = sum(w * x for w, x in zip(scalars, penguin, strict=True))
error = tape.tanh(activity) - label
one_loss = error * error
nodes = tape.order(one_loss)
place = {node: i for i, node in enumerate(nodes)}
parents, slopes = np.zeros((2, len(nodes), 2))
for i, y in enumerate(nodes):
    count = len(y.parents)
    parents[i, :count] = [place[p] for p in y.parents]
    slopes[i, :count] = y.pull(1.0)
by_you = sweep(jnp.asarray(parents, int), jnp.asarray(slopes, jnp.float32))
by_jax = jax.grad(lambda w: (jnp.tanh(penguin @ w) - label) ** 2)(weights)
claim("The error is read twice", parents[-1, 0] == parents[-1, 1] == place[error])
claim("Your sweep gives the gradient of JAX",
      jnp.allclose(jnp.array([by_you[place[w]] for w in scalars]), by_jax,
                   atol=1e-5))  # fmt: skip
claim("and so does the package", jnp.allclose(
    jnp.stack(tape.gradient(one_loss, scalars)), by_jax, atol=1e-5))  # fmt: skip
print(f"{len(nodes)} nodes; each is visited once")

# %% [markdown]
# ## 5. A tape of arrays
#
# With arrays for numbers nothing changes but the rules: fifteen primitives, each with
# its VJP, are enough for a network. Two of them are yours.
#
# A bias of shape $(1, c)$ is repeated for each of $n$ rows. **Predict:** what is the
# cotangent of the bias, given that of the $n$ copies?
#
# <details><summary>Answer</summary>
#
# Their sum: one number moves all copies. The transpose of repeating is adding up.
#
# </details>
#
# **6.2 What was broadcast** (6 min, 9 points). `g` has the shape $(n, c)$, `x` was
# repeated to it: $(n, c)$, $(1, c)$, $(n, 1)$ or $(1, 1)$. Return the cotangent of `x`.


# %%
def my_unbroadcast(g, x):
    ### BEGIN SOLUTION
    axes = tuple(i for i in (0, 1) if x.shape[i] != g.shape[i])
    return jnp.sum(g, axes, keepdims=True)
    ### END SOLUTION


reports["6.2"] = check(my_unbroadcast)
reports["6.2"]

# %% [markdown]
# **6.3 A product of matrices** (8 min, 11 points). $y = xw$, so
# $y_{ik} = \sum_j x_{ij} w_{jk}$. Given $g_{ik} = \partial L / \partial y_{ik}$, return
# $\partial L / \partial x$ and $\partial L / \partial w$. The shapes leave one way to
# write each.


# %%
def my_matmul_vjp(g, x, w):
    ### BEGIN SOLUTION
    return g @ w.T, x.T @ g
    ### END SOLUTION


reports["6.3"] = check(my_matmul_vjp)
reports["6.3"]

# %% [markdown]
# ### The talk's example, line by line
#
# In TensorFlow: `H = matmul(X, W)`, a dense layer, `reduce_sum((ypred - y)**2)` inside
# of `with GradientTape() as tape`, then `tape.gradient(l, [W])`. Here is each line in
# our engine, and beside it in JAX. X holds eight penguins, y their masses.
#
# **Predict:** where is the `with`? What records the tape here, and what in JAX?
#
# <details><summary>Answer</summary>
#
# Nothing has to be switched on: a node remembers its parents, so the loss *is* the end
# of its tape. JAX runs `f` once on stand-ins without values and records what they meet.
#
# </details>

# %%
X, y = z[:8, :3], z[:8, 3:]  # (8, 3) and (8, 1)
W0, v0, b0 = normal(3, 4), normal(4, 1), jnp.zeros((1, 1))
W, v, b = map(tape.node, (W0, v0, b0))


def f(X, y):
    H = tape.matmul(X, W)  # matrix operation
    ypred = tape.matmul(H, v) + b  # a dense layer of one unit
    return tape.total((ypred - y) ** 2)  # a scalar


l = f(X, y)  # as in the talk; each result is kept
(g,) = tape.gradient(l, [W])  # one sweep


def f_jax(W, X, y):
    H = X @ W
    ypred = H @ v0 + b0
    return jnp.sum((ypred - y) ** 2)


g_jax = jax.grad(f_jax)(W0, X, y)
claim("The same gradient, to five digits", jnp.allclose(g, g_jax, 1e-5, 1e-4))
names = {W: "W", v: "v", b: "b"}
nodes = tape.order(l)
shown = []
for x in nodes:
    constant = {(8, 3): "X", (8, 1): "y"}.get(x.value.shape, "b")
    name = names.get(x, constant) if x.primitive is None else x.name
    shape = ", ".join(map(str, x.value.shape))
    shown.append((f"{name}\n({shape})", [nodes.index(p) for p in x.parents]))
claim("Twelve nodes, five of them inputs", [len(nodes), sum(not p for _, p in shown)]
      == [12, 5])  # fmt: skip
ax, alt = computation(shown, 12, 3.2)
plot.show(ax, alt, name="graph")

# %% [markdown]
# ### A network that learns by your rules
#
# Four measures, 16 hidden units with tanh, three species. The network runs on nodes,
# with your two rules in it.
#
# **Predict:** how large will the largest difference from `jax.grad` be, over 200 steps?
#
# <details><summary>Answer</summary>
#
# Some rounding, below $10^{-5}$: the same numbers, added in another order. Nothing here
# is approximate.
#
# </details>

# %%
up = solved(my_unbroadcast, otherwise=added_up)
rule = solved(my_matmul_vjp, otherwise=matmul_rule)
times = tape.Primitive("matmul", jnp.matmul, lambda g, y, x, w: rule(g, x, w))
targets = jax.nn.one_hot(species, 3)


def repeated(b, n):
    spread = lambda b: jnp.broadcast_to(b, (n, b.shape[1]))  # noqa: E731
    return tape.Primitive("broadcast", spread, lambda g, y, b: (up(g, b),))(b)


def tape_loss(p, tanh=tape.tanh):
    h = tanh(times(z, p["w"]) + repeated(p["b"], len(z)))
    logits = times(h, p["v"]) + repeated(p["c"], len(z))
    norm = tape.log(tape.total(tape.exp(logits), 1))
    return tape.total(norm - tape.total(logits * targets, 1)) / len(z)


def logits_of(p, x):
    return jnp.tanh(x @ p["w"] + p["b"]) @ p["v"] + p["c"]


def jax_loss(p):
    return optax.softmax_cross_entropy(logits_of(p, z), targets).mean()


start = {"w": normal(4, 16) / 2, "b": jnp.zeros((1, 16)), "v": normal(16, 3) / 4,
         "c": jnp.zeros((1, 3))}  # fmt: skip


def largest(a, b):
    return max(jax.tree.leaves(jax.tree.map(lambda x, y: jnp.abs(x - y).max(), a, b)))


def train(gradient, steps=200):
    adam = optax.adam(0.03)

    def one(carry, _):
        p, memory = carry
        g, theirs = gradient(p), jax.grad(jax_loss)(p)
        change, memory = adam.update(g, memory)
        apart = jnp.stack(jax.tree.leaves(jax.tree.map(
            lambda x, y: jnp.abs(x - y).max(), g, theirs))).max()  # fmt: skip
        return (optax.apply_updates(p, change), memory), (jax_loss(p), apart)

    run = jax.jit(lambda p: jax.lax.scan(one, (p, adam.init(p)), length=steps))
    (p, _), (losses, apart) = run(start)
    return p, losses, apart


learned, losses, apart = train(tape.grad(tape_loss))
correct = (logits_of(learned, new_z).argmax(1) == new_species).mean()
claim("In all 200 steps your gradient is that of JAX, to 1e-5", apart.max() < 1e-5)
value("apart", apart.max(), ".0e")
value("penguin_accuracy", correct, ".0%", band=(0.94, 1))
claim("The loss ends below a twentieth of the first", losses[-1] < losses[0] / 20)

# %% [markdown]
# ### What goes wrong: a rule that is wrong raises no error
#
# The slope of tanh is $1 - y^2$, where $y$ is the *result*. Someone writes $x$ for $y$.
#
# **Predict:** does training fail? How would you notice?
#
# <details><summary>Answer</summary>
#
# The loss still falls: a wrong gradient is often downhill too. So a falling loss proves
# nothing. What shows it is a comparison with numerical differentiation, for which that
# is good enough: along one random direction, two runs of the loss.
#
# </details>

# %%
wrong_tanh = tape.Primitive("tanh", jnp.tanh, lambda g, y, x: (g * (1 - x**2),))
_, wrong_losses, _ = train(tape.grad(lambda p: tape_loss(p, wrong_tanh)))
claim("With the wrong rule the loss falls below a tenth as well",
      wrong_losses[-1] < wrong_losses[0] / 10)  # fmt: skip


def disagreement(gradient):
    """Return how far a gradient is from a difference, along a random direction."""
    leaves, tree = jax.tree.flatten(start)
    way = tree.unflatten([normal(*x.shape) for x in leaves])

    def loss_at(h):
        return jax_loss(jax.tree.map(lambda x, d: x + h * d, start, way))

    slope = sum(
        jax.tree.leaves(jax.tree.map(lambda x, d: (x * d).sum(), gradient, way))
    )
    return abs(slope - (loss_at(0.01) - loss_at(-0.01)) / 0.02) / abs(slope)


right_gap = disagreement(tape.grad(tape_loss)(start))
wrong_gap = disagreement(tape.grad(lambda p: tape_loss(p, wrong_tanh))(start))
print(f"relative: right rule {right_gap:.4f}, wrong rule {wrong_gap:.4f}")
claim("A difference agrees with the right rule to 2 %", right_gap < 0.02)
claim("and not with the wrong one", wrong_gap > 5 * right_gap)
curves = {"right rule": losses, "wrong rule": wrong_losses}
ax = plot.row(1, 7, 2.9)[1][0]
_, alt = plot.lines(np.arange(200), curves, x_label="step", y_label="loss", ax=ax)
ax.set_yscale("log")
plot.show(ax, f"{alt} The vertical axis is logarithmic.", name="wrong_rule")

# %% [markdown]
# ## 6. The same sweep over JAX's own record
#
# A node overloads `+`. JAX needs no node: `jax.make_jaxpr` runs a function once,
# without values, and writes down each primitive. That list *is* a tape.
#
# **Predict:** how many lines has the record of your loss? Which of its primitives do
# not appear in our engine?
#
# <details><summary>Answer</summary>
#
# It is printed. JAX subtracts the largest logit first, so there are `reduce_max` and
# `stop_gradient`. Each line needs one rule, as before.
#
# </details>

# %%
record = jax.make_jaxpr(lambda p: jax_loss(p))(start)
print(len(record.eqns), "lines, one of them a program of its own:")
print("\n".join(str(record).splitlines()[:26]))
for name in ("reduce_max", "stop_gradient"):
    claim(f"{name} is in the record", name in str(record))
again = jaxprs.grad(jax_loss)(start)
claim("The sweep over the record gives the gradient of JAX",
      largest(again, jax.grad(jax_loss)(start)) < 1e-5)  # fmt: skip


def is_refused(primitive):
    """Return whether the sweep says which rule is missing, if one is taken away."""
    kept = jaxprs.RULES.pop(primitive)
    try:
        jaxprs.grad(jax_loss)(start)
    except NotImplementedError as error:
        print(error)
        return True
    finally:
        jaxprs.RULES[primitive] = kept
    return False


claim("Without the rule for tanh it says so", is_refused("tanh"))  # change me

# %% [markdown]
# ## 7. Jacobians: rows or columns
#
# A JVP gives $Jv$, a column for each direction $v = e_j$; a VJP gives $g^\top J$, a row
# for each $g = e_i$.
#
# **6.4 A Jacobian from VJPs** (8 min, 10 points). Of $x \mapsto \mathrm{softmax}(wx)$,
# with one `jax.vjp`, and `jax.vmap` over the rows of an identity matrix.


# %%
def my_softmax_jacobian(w, x):
    ### BEGIN SOLUTION
    p, pull = jax.vjp(lambda x: jax.nn.softmax(w @ x), x)
    (rows,) = jax.vmap(pull)(jnp.eye(len(p)))
    return rows
    ### END SOLUTION


reports["6.4"] = check(my_softmax_jacobian)
reports["6.4"]

# %% [markdown]
# **Predict:** raise one measure of a penguin: the probabilities of the three species
# change. What do the three changes add up to?
#
# <details><summary>Answer</summary>
#
# 0: probabilities add up to 1, whatever happens. Each column of $J$ sums to 0.
#
# </details>

# %%
rows_of = solved(my_softmax_jacobian, otherwise=rows_of_softmax)
reader = normal(3, 4)
J = rows_of(reader, z[0])
claim("Each column adds up to 0", jnp.abs(J.sum(0)).max() < 1e-5)
for build in (autodiff.jacobian_by_rows, autodiff.jacobian_by_columns):
    other = build(lambda x: jax.nn.softmax(reader @ x), z[0])
    claim(f"The same as {build.__name__}", jnp.allclose(J, other, atol=1e-5))

# %% [markdown]
# Three layers of 64, from $d$ inputs to $c$ results. XLA says how many operations each
# compiled program takes, which does not depend on this machine.
#
# **Predict:** for which $d$ and $c$ are rows cheaper? What does the gradient of one
# loss cost, in runs of the function?
#
# <details><summary>Answer</summary>
#
# Rows where $c < d$: each costs as much as a run or two, however many inputs there are.
# One loss, $c = 1$, has one row: two runs' worth, for a million weights as well. That
# is why training goes backward.
#
# </details>

# %%
SHAPES = [(1, 64), (4, 64), (16, 64), (64, 64), (64, 16), (64, 4), (64, 1)]  # change me


def operations(function, *args):
    """Return how many operations the compiled function takes."""
    counts = jax.jit(function).lower(*args).compile().cost_analysis()
    counts = counts[0] if isinstance(counts, list) else counts
    return counts["flops"]


def three_layers(d, c):
    w0, w1, w2 = normal(64, d), normal(64, 64), normal(c, 64)
    return lambda x: w2 @ jnp.tanh(w1 @ jnp.tanh(w0 @ x))


cost = {"once": [], "columns": [], "rows": []}
for d, c in SHAPES:
    layers, x = three_layers(d, c), normal(d)
    cost["once"].append(operations(layers, x))
    for name, build in (("columns", autodiff.jacobian_by_columns),
                        ("rows", autodiff.jacobian_by_rows)):  # fmt: skip
        cost[name].append(operations(lambda x, f=layers, b=build: b(f, x), x))
once, columns, rows = map(np.array, cost.values())
surplus = np.array([d - c for d, c in SHAPES])  # inputs more than results
claim("Rows are cheaper for fewer results than inputs",
      (rows < columns)[surplus > 0].all())  # fmt: skip
claim("columns for fewer inputs", (columns < rows)[surplus < 0].all())
value("gradient_cost", rows[-1] / once[-1], ".1f", band=(1.5, 3.5))
value("columns_cost", columns[-1] / once[-1], ".0f", band=(30, 130))
keep("cost", columns=columns / once, rows=rows / once)
ax = plot.row(1, 9, 4.4)[1][0]
groups = {"columns (JVPs)": columns / once, "rows (VJPs)": rows / once}
texts = [f"{d} to {c}" for d, c in SHAPES]
place = np.arange(len(SHAPES))
_, alt = plot.lines(
    place, groups, x_label="inputs to results", y_label="runs of f", ax=ax
)
ax.set(yscale="log", xticks=place, xticklabels=texts)
ax.set_yticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"], minor=False)
ax.minorticks_off()
ax.tick_params(axis="x", rotation=30)
plot.show(ax, f"{alt} The vertical axis is logarithmic.", name="cost")

# %% [markdown]
# The two modes combine. The *Hessian* of a loss of $d$ weights has $d^2$ numbers; its
# product with one vector is the slope of the gradient along that vector: forward over
# reverse, and no Hessian is built.
#
# **Predict:** how many times cheaper is $Hv$ than $H$, for 64 weights?
#
# <details><summary>Answer</summary>
#
# Tens of times: $H$ is 64 such products.
#
# </details>

# %%
layers, x, v = three_layers(64, 1), normal(64), normal(64)


def height(x):
    return layers(x)[0]


Hv = autodiff.hessian_vector_product(height, x, v)
H = jax.hessian(height)(x)
claim("It is H v", jnp.allclose(Hv, H @ v, atol=1e-3 * jnp.abs(H @ v).max()))
cheaper = operations(jax.hessian(height), x) / operations(
    lambda x: autodiff.hessian_vector_product(height, x, v), x
)
value("hessian", cheaper, ".0f", band=(15, 70))

# %% [markdown]
# ## 8. Deep chains: gradients that vanish
#
# The cotangent of the first layer is a product of as many factors as there are layers.
#
# **Predict:** the slope of a sigmoid is at most 1/4. Which share of the gradient is
# left after 16 layers? What of tanh, with slopes up to 1, and of ReLU?
#
# <details><summary>Answer</summary>
#
# Of the sigmoid hardly any: less than a millionth. tanh loses some, ReLU with its
# own scale of weights (He, variance $2/d$) next to none on average. Weights that are
# too large explode instead. Lecture 9 has the other way out: a sum, $x + f(x)$, whose
# slope is at least near 1.
#
# </details>

# %%
LAYERS, WIDTH = 16, 32
BENDS = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}
GAINS = np.array([0.5, 1.0, 2.0, 4.0])  # variance of the weights, times the width


def gradient_sizes(bend, gain, key, skip=0.0):
    """Return the size of the cotangent at the input of each layer."""
    first, second = jax.random.split(key)
    ws = jax.random.normal(first, (LAYERS, WIDTH, WIDTH)) * jnp.sqrt(gain / WIDTH)

    def run(probes):
        def layer(x, wp):
            return skip * x + bend((x + wp[1]) @ wp[0]), None

        x = jax.random.normal(second, (WIDTH,))
        return jax.lax.scan(layer, x, (ws, probes))[0].sum()

    return jnp.linalg.norm(jax.grad(run)(jnp.zeros((LAYERS, WIDTH))), axis=1)


seeds = jax.random.split(jax.random.key(SEED), 16)
sizes = {
    name: jax.jit(jax.vmap(lambda gain, bend=bend: jnp.exp(jnp.log(jax.vmap(
        lambda key: gradient_sizes(bend, gain, key))(seeds)).mean(0))))(GAINS)
    for name, bend in BENDS.items()
}  # fmt: skip
left = {name: s[:, 0] / s[:, -1] for name, s in sizes.items()}  # first over last layer
claim("Sigmoid, gain 1: less than a millionth is left", left["sigmoid"][1] < 1e-6)
claim("tanh, gain 1: over a twentieth", left["tanh"][1] > 0.05)
claim("ReLU, gain 2: within a factor of four", 0.25 < left["relu"][2] < 4)
claim("ReLU, gain 4: it explodes, a hundredfold", left["relu"][3] > 100)
SKIP = 1.0  # change me to 0.5 and 0: the weight of x in the sum x + f(x)
summed = jax.vmap(lambda key: gradient_sizes(jax.nn.sigmoid, 1.0, key, SKIP))(seeds)
share = (summed[:, 0] / summed[:, -1]).mean()
print(f"sigmoid with a sum, {SKIP} x + f(x): {share:.2g} of the gradient is left")
if SKIP == 1:
    claim("Sigmoid with a sum x + f(x): over half is left", share > 0.5)
shares = np.stack([s / s[:, -1:] for s in sizes.values()])
keep("vanish", exponents=np.log10(shares))
value("sigmoid_left", left["sigmoid"][1], ".0e")
depth = np.arange(LAYERS, 0, -1)
CASES = (("relu", 3), ("relu", 2), ("tanh", 1), ("sigmoid", 1))
curves = {f"{n}, gain {GAINS[i]:g}": sizes[n][i] / sizes[n][i, -1] for n, i in CASES}
ax = plot.row(1, 9, 3.3)[1][0]
_, alt = plot.lines(
    depth, curves, x_label="layers before the loss", y_label="size of gradient", ax=ax
)
ax.set_yscale("log")
ax.legend(fontsize=18, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
plot.show(ax, f"{alt} The vertical axis is logarithmic.", name="vanishing")

# %% [markdown]
# ## 9. What the tape keeps
#
# The sweep needs the values of the way there, so a tape grows with the depth.
# *Checkpointing* keeps each $\sqrt n$-th value only, and computes those between once
# more when the sweep comes by.
#
# **Predict:** four times as many layers: how many times the memory, without and with?
# And what does it cost?
#
# <details><summary>Answer</summary>
#
# Four times without; about two times with, as $\sqrt n$ values are kept and $\sqrt n$
# more live at a time. It costs one run forward more.
#
# </details>

# %%
COUNTS = np.array([16, 64, 256])
batch = normal(256, 16)


def chain(x, ws):
    return jax.lax.scan(lambda x, w: (jnp.tanh(x @ w), None), x, ws)[0]


def plain(ws):
    return jnp.sum(chain(batch, ws) ** 2)


def checkpointed(ws):
    count = round(len(ws) ** 0.5)
    groups = ws.reshape(count, -1, 16, 16)
    part = jax.checkpoint(chain)
    return jnp.sum(jax.lax.scan(lambda x, w: (part(x, w), None), batch, groups)[0] ** 2)


def bytes_needed(loss, count):
    """Return the bytes that the compiled gradient takes beside inputs and results."""
    ws = jax.ShapeDtypeStruct((int(count), 16, 16), jnp.float32)
    compiled = jax.jit(jax.grad(loss)).lower(ws).compile()
    return compiled.memory_analysis().temp_size_in_bytes


WAYS = {"all kept": plain, "checkpoints": checkpointed}
memory = {name: [bytes_needed(f, n) / 1e6 for n in COUNTS] for name, f in WAYS.items()}
kept, less = map(np.array, memory.values())
some = normal(16, 16, 16) / 4
same = jnp.allclose(jax.grad(plain)(some), jax.grad(checkpointed)(some), atol=1e-3)
claim("The gradient stays the same", same)
claim("Four times the layers, four times the memory", 3.5 < kept[2] / kept[1] < 4.5)
claim("with checkpoints about twice", 1.5 < less[2] / less[1] < 2.5)
value("memory_saved", kept[2] / less[2], ".0f", band=(8, 14))
ax = plot.row(1, 7, 2.9)[1][0]
_, alt = plot.lines(COUNTS, memory, x_label="layers", y_label="megabytes", ax=ax)
plot.show(ax, alt, name="checkpoint")

# %% [markdown]
# Such a choice can be made for one function: `jax.custom_vjp` takes a rule of your own.
# The trainable Swish, $x\,\sigma(\beta x)$, here keeps $x$ and $\beta$ only.
#
# **Predict:** for a million units, how many millions of numbers does the rule keep, and
# how many does JAX keep for the formula?
#
# <details><summary>Answer</summary>
#
# One million, and several: each product keeps both factors.
#
# </details>

# %%
units, beta = normal(1000), jnp.array(1.5)  # change me


def kept_numbers(f):
    """Return how many numbers the VJP of f keeps for the way back."""
    _, pull = jax.vjp(f, units, beta)
    return sum(x.size for x in jax.tree.leaves(pull))


by_formula = jax.vmap(swish, (0, None))
short, long = kept_numbers(autodiff.swish_by_hand), kept_numbers(by_formula)
claim("The rule keeps x and β", short == 1001)
claim("The formula at least twice as much", long >= 2 * short)
value("swish_kept", long / short, ".1f")
for i, name in ((0, "x"), (1, "β")):
    ours, theirs = (
        jax.grad(lambda *a, f=f: jnp.sum(jnp.sin(f(*a))), i)(units, beta)
        for f in (autodiff.swish_by_hand, by_formula)
    )
    near = jnp.abs(ours - theirs).max() < 1e-5 * max(1, jnp.abs(theirs).max())
    claim(f"The slope for {name} is that of the formula", near)

# %% [markdown]
# It trains like any other layer, and β with it.
#
# **Predict:** from β = 1, does it move when the network learns the penguins?
#
# <details><summary>Answer</summary>
#
# It does: β is a weight like the others, shared by all hidden units, and so is reached
# along as many ways as there are units and penguins.
#
# </details>


# %%
def swish_loss(p, batch, key):
    hidden = autodiff.swish_by_hand(batch["x"] @ p["w"] + p["b"], p["beta"])
    logits = hidden @ p["v"] + p["c"]
    return optax.softmax_cross_entropy_with_integer_labels(logits, batch["y"]).mean()


model = {**start, "beta": jnp.array(1.0)}
data = {"x": np.asarray(z), "y": species}
trained, history = fit(
    model, data, loss=swish_loss, optimizer=optax.adam(0.03), epochs=10, batch_size=32,
    key=jax.random.key(SEED), progress=False,
)  # fmt: skip
claim("β has moved by over a hundredth", abs(trained["beta"] - 1) > 0.01)
claim("The loss fell below a fifth",
      history.train["loss"][-1] < history.train["loss"][0] / 5)  # fmt: skip

# %% [markdown]
# ## What you have now

# %%
for number, report in reports.items():
    print(f"{number} {report.exercise:16} {report.earned:2} of {report.points} points")
earned = sum(report.earned for report in reports.values())
print(f"in all {earned} of {sum(report.points for report in reports.values())} points")

# %% [markdown]
# - A difference is rough, a formula grows: a program's gradient is a program.
# - Forward carries a slope along, a run an input. Backward sweeps a tape, one a result.
# - A primitive brings its VJP; what is read twice adds up.
# - A wrong rule raises no error and may train: compare with a difference.
# - Long products vanish or explode; a tape needs memory; checkpoints trade it for time.
#
# **Next:** lecture 7 builds convolution from such primitives. Lecture 9 makes deep
# chains train.
#
# **Further reading.** S. Scardapane, *Alice's Adventures in a Differentiable
# Wonderland*, chapter 6. A. Baydin et al., "Automatic differentiation in machine
# learning: a survey", 2018. A. Griewank and A. Walther, *Evaluating Derivatives*, 2008.
# T. Chen et al., "Training deep nets with sublinear memory cost", 2016.
