"""The banded matrix is the convolution, whatever the sizes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import lax

from nnds import conv
from nnds.conv.toeplitz import band, banded_conv2d


def library(x, w):
    layout = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(
        x[None], w, (1, 1), "VALID", dimension_numbers=layout
    )[0]


def draw(*shape, seed=0):
    values = np.random.default_rng(seed).normal(size=shape)
    return jnp.asarray(values, jnp.float32)


@given(st.tuples(*[st.integers(1, 4)] * 4), st.integers(0, 5), st.integers(0, 40))
def test_it_is_the_library_convolution(sizes, taller, wider):
    i, j, d, c = sizes
    x, w = draw(i + taller, j + wider, d), draw(i, j, d, c, seed=1)
    # float32 sums of at most 64 products of normal numbers
    np.testing.assert_allclose(banded_conv2d(x, w), library(x, w), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(9, 9, 2, 3), (28, 28, 1, 6), (14, 13, 6, 16)])
def test_its_gradients_are_those_of_the_library(shape):
    h, width, d, c = shape
    x, w = draw(h, width, d), draw(3, 5, d, c, seed=1)

    def slopes(f):
        return jax.jit(jax.grad(lambda x, w: jnp.sin(f(x, w)).sum(), (0, 1)))(x, w)

    for ours, theirs in zip(slopes(banded_conv2d), slopes(library), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_a_band_has_a_column_for_each_output_shifted_by_one_pixel():
    matrix = band(jnp.array([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1), 4)[0]
    expected = sum(k * np.eye(6, 4, 1 - k) for k in (1, 2, 3))
    np.testing.assert_array_equal(matrix, expected)


def test_small_images_take_the_band_on_a_cpu_and_the_library_elsewhere():
    x, w = jnp.ones((8, 8, 1)), jnp.ones((3, 3, 1, 2))
    lower = jax.jit(conv.conv2d).trace(x, w).lower
    assert "stablehlo.convolution" not in lower(lowering_platforms=("cpu",)).as_text()
    assert "stablehlo.convolution" in lower(lowering_platforms=("cuda",)).as_text()
    large = jnp.ones((65, 65, 1))
    text = jax.jit(conv.conv2d).lower(large, w).as_text()
    assert "stablehlo.convolution" in text
