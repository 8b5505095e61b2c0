"""Sets: absent items leave no trace, in values or in gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnds.sets import DeepSet, Equivariant, deep_set, equivariant, pool

HOW = ["sum", "mean", "max"]
how = pytest.mark.parametrize("how", HOW)
KEY = jax.random.key(0)
X = jax.random.normal(KEY, (4, 3))
MASK = jnp.array([False, True, True, False])
BAD = [0.0, 7.0, jnp.inf, jnp.nan]


def with_absent(value):
    return jnp.where(MASK[:, None], X, value)


@given(st.sampled_from(HOW), st.lists(st.booleans(), min_size=4, max_size=4))
def test_pool_is_that_of_the_present_items(how, present):
    mask = np.array(present)
    kept = np.asarray(X)[mask]
    pooled = pool(X, how=how, mask=jnp.asarray(mask))
    reduce = {"sum": np.sum, "mean": np.mean, "max": np.max}[how]
    expected = reduce(kept, 0) if len(kept) else np.zeros(3)
    np.testing.assert_allclose(pooled, expected, atol=1e-6)


def norm(item):
    """A phi whose gradient does not exist at 0, where an absent item often stands."""
    return jnp.sqrt((item**2).sum())[None] * jnp.ones(5)


@how
@pytest.mark.parametrize("bad", BAD)
def test_absent_items_change_neither_value_nor_gradient(how, bad):
    model = DeepSet.init(3, 5, 2, how=how, key=KEY)
    layer = Equivariant.init(3, 2, how=how, key=KEY)

    def with_norm(model, x, mask=None):
        w = model.phi.layers[0].w  # whose gradient a NaN would reach
        return deep_set(x, lambda item: norm(item @ w), model.rho, how=how, mask=mask)

    cases = [(model, DeepSet.__call__), (layer, Equivariant.__call__)]
    cases += [(model, with_norm)]
    for m, call in cases:

        def loss(m, x, mask=None, call=call):
            return (call(m, x, mask) ** 2).sum()

        x = with_absent(bad)
        value, (dm, dx) = jax.value_and_grad(loss, (0, 1))(m, x, MASK)
        least, (dm0, dx0) = jax.value_and_grad(loss, (0, 1))(m, X[1:3])
        np.testing.assert_allclose(value, least, rtol=1e-5)
        np.testing.assert_array_equal(dx[np.array([0, 3])], 0)
        np.testing.assert_allclose(dx[1:3], dx0, atol=1e-5)
        for got, expected in zip(
            jax.tree.leaves(dm), jax.tree.leaves(dm0), strict=True
        ):
            np.testing.assert_allclose(got, expected, atol=1e-4)


@how
def test_no_item_present_gives_rho_of_zero(how):
    model = DeepSet.init(3, 5, 2, how=how, key=KEY)
    none = jnp.zeros(4, bool)

    def loss(model, x):
        return (model(x, none) ** 2).sum() + model(x, none).sum()

    x = jnp.full((4, 3), jnp.nan)
    expected = model.rho(jnp.zeros(5))
    np.testing.assert_array_equal(model(x, none), expected)
    np.testing.assert_array_equal(model(jnp.zeros((0, 3))), expected)
    np.testing.assert_array_equal(model(jnp.zeros((0, 3)), none[:0]), expected)
    for leaf in jax.tree.leaves(jax.grad(loss, (0, 1))(model, x)):
        assert jnp.isfinite(leaf).all()


@how
def test_the_equivariant_layer_gives_zeros_for_absent_items(how):
    layer = Equivariant.init(3, 2, how=how, key=KEY)
    y = layer(with_absent(jnp.nan), MASK)
    np.testing.assert_array_equal(y[np.array([0, 3])], 0)
    np.testing.assert_allclose(y[1:3], layer(X[1:3]), atol=1e-6)


def test_the_equivariant_layer_by_hand():
    two, three = 2 * jnp.ones((1, 1)), 3 * jnp.ones((1, 1))
    x = jnp.array([[1.0], [3.0]])
    expected = {
        "sum": [[15.0], [19.0]],
        "mean": [[9.0], [13.0]],
        "max": [[12.0], [16.0]],
    }
    for how, y in expected.items():
        got = equivariant(x, two, three, jnp.ones(1), how=how)
        np.testing.assert_array_equal(got, y)


def test_items_that_tie_share_the_gradient():
    grad = jax.grad(lambda x: pool(x, how="max").sum())(jnp.ones((4, 1)))
    np.testing.assert_array_equal(grad, np.full((4, 1), 0.25))


def test_bad_input_is_refused():
    unchecked = getattr(pool, "__wrapped__", pool)  # as a student runs it
    with pytest.raises((ValueError, TypeError), match="median"):
        unchecked(X, how="median")
    with pytest.raises(TypeError):
        pool(X, mask=jnp.ones(3, bool))
    with pytest.raises(TypeError):
        DeepSet.init(2, 5, 2, key=KEY)(X)
