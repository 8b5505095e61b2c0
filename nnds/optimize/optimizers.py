"""Optimisers as pairs of pure functions, the interface of optax.

`init(x)` returns the memory before the first step, `update(grads, memory, x)` what is
to be added to x, and the memory after it. x is any tree of arrays, such as a model; a
rate is a number, or a schedule: a function of the number of steps taken.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax
from jaxtyping import Array, Float, Int, PyTree

Schedule = Callable[[Any], Array]


class Memory(NamedTuple):
    """The steps taken, and for each parameter what a method keeps of its gradients."""

    step: Int[Array, ""]
    first: PyTree = None  # of the gradients
    second: PyTree = None  # of their squares


def rate_at(rate: float | Schedule, step: Int[Array, ""]) -> Float[Array, ""]:
    """Return the rate at a step as an array."""
    return jnp.asarray(rate(step) if callable(rate) else rate)


def _pair(
    init: Callable[..., Any], update: Callable[..., Any]
) -> optax.GradientTransformation:
    return optax.GradientTransformation(init, update)


def _mean(old: PyTree, new: PyTree, beta: float) -> PyTree:
    return jax.tree.map(lambda a, b: beta * a + (1 - beta) * b, old, new)


def _zeros(x: PyTree) -> PyTree:
    return jax.tree.map(jnp.zeros_like, x)


def _scaled(
    by: Float[Array, ""], direction: Callable[..., Array], *trees: PyTree
) -> PyTree:
    """Return `by · direction` for each array, in the dtype of that array."""

    def one(*leaves: Array) -> Array:
        step = direction(*leaves)
        return by.astype(step.dtype) * step

    return jax.tree.map(one, *trees)


def gradient_descent(rate: float | Schedule) -> optax.GradientTransformation:
    """Step by `-η g`. Book, eq. (E.2.24).

    >>> descent = gradient_descent(0.5)
    >>> descent.update(jnp.array([4.0]), descent.init(jnp.zeros(1)))[0].tolist()
    [-2.0]
    """

    def init(x: PyTree) -> Memory:
        return Memory(jnp.array(0))

    def update(grads: PyTree, memory: Memory, x: PyTree = None) -> tuple:
        updates = _scaled(-rate_at(rate, memory.step), lambda g: g, grads)
        return updates, Memory(memory.step + 1)

    return _pair(init, update)


def momentum(rate: float | Schedule, beta: float = 0.9) -> optax.GradientTransformation:
    """Step by `-η v`, with `v ← β v + g`, a ball with mass. Polyak (1964).

    Gradients that agree add up to `g / (1 - β)`: a step ten times as long for β = 0.9.

    >>> ball = momentum(1.0, 0.5)
    >>> _, memory = ball.update(jnp.ones(1), ball.init(jnp.zeros(1)))
    >>> ball.update(jnp.ones(1), memory)[0].tolist()
    [-1.5]
    """

    def init(x: PyTree) -> Memory:
        return Memory(jnp.array(0), _zeros(x))

    def update(grads: PyTree, memory: Memory, x: PyTree = None) -> tuple:
        v = jax.tree.map(lambda v, g: beta * v + g, memory.first, grads)
        updates = _scaled(-rate_at(rate, memory.step), lambda v: v, v)
        return updates, Memory(memory.step + 1, v)

    return _pair(init, update)


def nesterov(rate: float | Schedule, beta: float = 0.9) -> optax.GradientTransformation:
    """Step by `-η (β v + g)`, with `v ← β v + g` before it.

    Momentum that looks ahead, by one more β v. Nesterov (1983), in the form of
    Sutskever et al. (2013).

    >>> ball = nesterov(1.0, 0.5)
    >>> ball.update(jnp.ones(1), ball.init(jnp.zeros(1)))[0].tolist()
    [-1.5]
    """
    ball: Any = momentum(rate, beta)

    def update(grads: PyTree, memory: Memory, x: PyTree = None) -> tuple:
        _, after = ball.update(grads, memory)
        rate_now = -rate_at(rate, memory.step)
        updates = _scaled(rate_now, lambda v, g: beta * v + g, after.first, grads)
        return updates, after

    return _pair(ball.init, update)


def rmsprop(
    rate: float | Schedule, beta: float = 0.9, eps: float = 1e-8
) -> optax.GradientTransformation:
    """Step by `-η g / (√s + ε)`, with `s ← β s + (1 - β) g²`. Hinton (2012).

    Every parameter has a step of its own. ε stands outside of the root, as in Adam:
    `optax.rmsprop(..., eps_in_sqrt=False)`.

    >>> scaled = rmsprop(1.0, 0.75)
    >>> scaled.update(jnp.array([9.0]), scaled.init(jnp.zeros(1)))[0].tolist()
    [-2.0]
    """

    def init(x: PyTree) -> Memory:
        return Memory(jnp.array(0), second=_zeros(x))

    def update(grads: PyTree, memory: Memory, x: PyTree = None) -> tuple:
        s = _mean(memory.second, jax.tree.map(jnp.square, grads), beta)
        rate_now = -rate_at(rate, memory.step)
        updates = _scaled(rate_now, lambda g, s: g / (jnp.sqrt(s) + eps), grads, s)
        return updates, Memory(memory.step + 1, second=s)

    return _pair(init, update)


def adam(
    rate: float | Schedule, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> optax.GradientTransformation:
    """Step by `-η m̂ / (√ŝ + ε)`: momentum, in a step of each parameter's own.

    `m ← β₁ m + (1 - β₁) g` and `s ← β₂ s + (1 - β₂) g²` start at 0, so after t steps
    they are too small: `m̂ = m / (1 - β₁ᵗ)`, `ŝ = s / (1 - β₂ᵗ)`. The first step has the
    length η whatever the gradient. Kingma & Ba (2015), algorithm 1.

    >>> method = adam(0.1)
    >>> updates, _ = method.update(jnp.array([7.0]), method.init(jnp.zeros(1)))
    >>> round(updates.item(), 4)
    -0.1
    """

    def init(x: PyTree) -> Memory:
        return Memory(jnp.array(0), _zeros(x), _zeros(x))

    def update(grads: PyTree, memory: Memory, x: PyTree = None) -> tuple:
        t = memory.step + 1
        m = _mean(memory.first, grads, beta1)
        s = _mean(memory.second, jax.tree.map(jnp.square, grads), beta2)

        def direction(m: Array, s: Array) -> Array:
            m_hat = m / (1 - beta1**t).astype(m.dtype)
            s_hat = s / (1 - beta2**t).astype(s.dtype)
            return m_hat / (jnp.sqrt(s_hat) + eps)

        updates = _scaled(-rate_at(rate, memory.step), direction, m, s)
        return updates, Memory(t, m, s)

    return _pair(init, update)


def adamw(
    rate: float | Schedule,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    decay: float = 1e-4,
) -> optax.GradientTransformation:
    """Step by Adam's and `-η λ x` more: every weight shrinks by the same part.

    λ is `decay`. Added to the loss instead, as λ x² / 2, it would be divided by `√ŝ`,
    and weights with large gradients would hardly shrink. ValueError for an update
    without x. Loshchilov & Hutter (2019), algorithm 2.

    >>> method, x = adamw(0.1, decay=0.5), jnp.array([2.0])
    >>> round(method.update(jnp.zeros(1), method.init(x), x)[0].item(), 4)
    -0.1
    """
    plain: Any = adam(rate, beta1, beta2, eps)

    def update(grads: PyTree, memory: Memory, x: PyTree = None) -> tuple:
        if x is None:
            raise ValueError("adamw shrinks x: call update(grads, memory, x)")
        updates, after = plain.update(grads, memory)
        shrink = _scaled(-decay * rate_at(rate, memory.step), lambda x: x, x)
        return jax.tree.map(jnp.add, updates, shrink), after

    return _pair(plain.init, update)


def path(
    f: Callable[[Array], Array],
    optimizer: optax.GradientTransformation,
    x: Float[Array, " d"],
    steps: int,
) -> Float[Array, "points d"]:
    """Return the points that an optimiser goes through on its way down f.

    The first is x itself, so there is one more than `steps`.

    >>> path(lambda x: x @ x, gradient_descent(0.25), jnp.array([8.0]), 3).tolist()
    [[8.0], [4.0], [2.0], [1.0]]
    """

    def one(carry: tuple, _: None) -> tuple:
        x, memory = carry
        updates, memory = optimizer.update(jax.grad(f)(x), memory, x)
        x = optax.apply_updates(x, updates)
        return (x, memory), x

    _, points = lax.scan(one, (x, optimizer.init(x)), length=steps)
    return jnp.concatenate([x[None], points])
