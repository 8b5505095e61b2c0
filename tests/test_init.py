"""The scale, the shape and the errors of the initialisers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnds.init import fans, glorot, he, lecun, orthogonal, variance_scaling

KEY = jax.random.key(0)
EXPECTED = {
    "glorot": (glorot, lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    "he": (he, lambda fan_in, _: 2 / fan_in),
    "lecun": (lecun, lambda fan_in, _: 1 / fan_in),
}


@given(st.lists(st.integers(0, 9), min_size=2, max_size=5))
def test_fans_count_the_connections(shape):
    fan_in, fan_out = fans(*shape)
    assert fan_in * shape[-1] == np.prod(shape)
    assert fan_out * shape[-2] == np.prod(shape)


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
@pytest.mark.parametrize("name", EXPECTED)
def test_mean_and_variance(name, distribution):
    init, variance = EXPECTED[name]
    shape = (3, 3, 64, 128)
    w = np.asarray(init(KEY, *shape, distribution=distribution), np.float64)
    ratio = w.var() / variance(*fans(*shape))
    # 73,728 draws: a normal variance is within sqrt(2/73728) = 0.5 %, 4 sigma = 2.1 %
    assert abs(ratio - 1) < 0.021
    assert abs(w.mean()) < 4 * w.std() / w.size**0.5
    if distribution == "uniform":
        assert np.abs(w).max() <= np.sqrt(3 * variance(*fans(*shape)))


@pytest.mark.parametrize("shape", [(6, 6), (2, 3, 4), (3, 8)])
def test_orthogonal_keeps_lengths(shape):
    w = np.asarray(orthogonal(KEY, *shape, gain=2.0)).reshape(-1, shape[-1])
    gram = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-5)


def test_orthogonal_is_not_biased_to_one_sign():
    diagonals = jax.vmap(lambda key: jnp.diagonal(orthogonal(key, 3, 3)))(
        jax.random.split(KEY, 400)
    )
    assert abs(float(diagonals.mean())) < 0.1  # without Mezzadri's sign: -0.3 or so


@pytest.mark.parametrize("name", EXPECTED)
def test_an_empty_input_axis_gives_an_empty_weight(name):
    assert EXPECTED[name][0](KEY, 0, 3).shape == (0, 3)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"at least two axes.*\(3,\)"):
        he(KEY, 3)
    with pytest.raises(ValueError, match="at least two axes"):
        orthogonal(KEY, 3)
    # past the type check of tests, as a student who runs without it
    unchecked = getattr(variance_scaling, "__wrapped__", variance_scaling)
    with pytest.raises((ValueError, TypeError), match="cauchy"):
        unchecked(KEY, 2, 2, variance=1.0, distribution="cauchy")
