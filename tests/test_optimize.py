"""Descent: equal to optax on the book's surface, and what the docstrings promise."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnds import optimize
from nnds.losses import squared_error
from nnds.optimize import path, surface
from nnds.train import fit

WARM = (
    optimize.warm_up(optimize.cosine(0.05, 30), 10),
    optax.warmup_cosine_decay_schedule(0, 0.05, 10, 40),
)
RATES = ["even", "warm-up and cosine"]
PAIRS = {
    "gradient descent": lambda a, b: (optimize.gradient_descent(a), optax.sgd(b)),
    "momentum": lambda a, b: (optimize.momentum(a), optax.sgd(b, 0.9)),
    "nesterov": lambda a, b: (optimize.nesterov(a), optax.sgd(b, 0.9, nesterov=True)),
    "rmsprop": lambda a, b: (
        optimize.rmsprop(a),
        optax.rmsprop(b, eps_in_sqrt=False),
    ),
    "adam": lambda a, b: (optimize.adam(a), optax.adam(b)),
    "adamw": lambda a, b: (
        optimize.adamw(a, decay=0.1),
        optax.adamw(b, weight_decay=0.1),
    ),
}


@pytest.mark.parametrize("rates", [(0.05, 0.05), WARM], ids=RATES)
@pytest.mark.parametrize("name", PAIRS)
def test_fifty_steps_on_the_surface_are_those_of_optax(name, rates):
    starts = jax.random.uniform(jax.random.key(0), (20, 2), maxval=10)
    with jax.enable_x64(True):  # a path magnifies the rounding of its first steps
        ours, theirs = (
            jax.vmap(lambda x, o=o: path(surface, o, x, 50))(starts.astype(float))
            for o in PAIRS[name](*rates)
        )
    assert ours.shape == (20, 51, 2)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_fit_takes_it_and_it_keeps_the_dtype(name):
    ours, theirs = PAIRS[name](0.1, 0.1)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    data = {"x": x, "y": x @ np.array([1, -2, 3], np.float32)}

    def loss(w, batch, key):
        return jax.vmap(squared_error)(batch["x"] @ w, batch["y"]).mean()

    w, v = (
        fit(jnp.zeros(3), data, loss=loss, optimizer=o, epochs=2, batch_size=16,
            key=jax.random.key(0), progress=False)[0]
        for o in (ours, theirs)
    )  # fmt: skip
    np.testing.assert_allclose(w, v, atol=1e-5)
    low = jnp.ones(3, jnp.bfloat16)
    ours, _ = PAIRS[name](lambda step: jnp.float32(0.1), 0.1)  # 32 bits
    updates, memory = ours.update(low, ours.init(low), low)
    assert updates.dtype == jnp.bfloat16
    assert jax.tree.structure(memory) == jax.tree.structure(ours.init(low))


@given(st.floats(0, 10, width=32), st.floats(0, 10, width=32), st.integers(0, 2))
def test_taylor_is_as_near_as_it_says(a, b, order):
    x, v = jnp.array([a, b], jnp.float32), jnp.array([0.06, -0.08])  # of length 0.1
    error = abs(surface(x + v) - optimize.taylor(surface, x, v, order=order))
    # a derivative of order n along a unit vector is at most 2^(n/2) + 2^(-n/2)
    n = order + 1
    bound = (2 ** (n / 2) + 2 ** (-n / 2)) * 0.1**n / math.factorial(n)
    assert error <= bound + 2e-6


def test_the_jacobian_of_a_gradient_is_the_hessian():
    x = jnp.array([1.0, 2.0])
    hessian = optimize.jacobian(jax.grad(surface), x)
    np.testing.assert_allclose(hessian, jax.hessian(surface)(x), atol=1e-6)


def test_what_cannot_be_done_is_refused():
    with pytest.raises(ValueError, match="order is -1"):
        optimize.taylor(surface, jnp.zeros(2), jnp.zeros(2), order=-1)
    for schedule in (optimize.cosine, optimize.warm_up):
        with pytest.raises(ValueError, match="steps is 0"):
            schedule(0.1, 0)
    method = optimize.adamw(0.1)
    with pytest.raises(ValueError, match="shrinks x"):
        method.update(jnp.zeros(1), method.init(jnp.zeros(1)))
