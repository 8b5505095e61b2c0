"""Dense layers: the formula, the composition, the errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnds.dense import MLP, Dense, dense


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 99))
def test_dense_is_the_weighted_sum_it_says(d, c, seed):
    rng = np.random.default_rng(seed)
    x, w, b = rng.normal(size=d), rng.normal(size=(d, c)), rng.normal(size=c)
    slow = [sum(x[i] * w[i, j] for i in range(d)) + b[j] for j in range(c)]
    fast = dense(*(jnp.asarray(t, jnp.float32) for t in (x, w, b)))
    np.testing.assert_allclose(fast, slow, atol=1e-5)


def test_gradient_by_hand():
    x, w, b = jnp.array([1.0, -2.0]), jnp.ones((2, 3)), jnp.zeros(3)
    dx, dw, db = jax.grad(lambda *args: dense(*args).sum(), (0, 1, 2))(x, w, b)
    np.testing.assert_array_equal(dx, [3.0, 3.0])
    np.testing.assert_array_equal(dw, jnp.outer(x, jnp.ones(3)))
    np.testing.assert_array_equal(db, jnp.ones(3))


def test_mlp_has_an_activation_between_layers_and_none_after():
    model = MLP.init([2, 3, 1], jnp.tanh, key=jax.random.key(0))
    first, last = model.layers
    x = jnp.array([0.5, -1.0])
    np.testing.assert_array_equal(model(x), last(jnp.tanh(first(x))))
    linear = MLP.init([2, 1], jnp.tanh, key=jax.random.key(0))
    np.testing.assert_array_equal(linear(x), linear.layers[0](x))


def test_sizes_that_do_not_match_raise():
    with pytest.raises(TypeError):
        dense(jnp.ones(3), jnp.ones((2, 1)), jnp.ones(1))
    with pytest.raises(TypeError):
        Dense.init(2, 1, key=jax.random.key(0))(jnp.ones(3))
    with pytest.raises(ValueError, match=r"sizes must hold.*\[3\]"):
        MLP.init([3], key=jax.random.key(0))
