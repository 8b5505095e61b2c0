"""Numbers of few digits or a small range: sums are taken in float32 at least.

With JAX_ENABLE_X64=1 the float64 cases run too.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnds.attention import attention, attention_chunked
from nnds.conv import LeNet5, avg_pool2d, global_avg_pool, max_pool2d
from nnds.losses import gaussian_nll
from nnds.sets import pool

KEY = jax.random.key(0)
CHUNKED = [(attention, {}), (attention_chunked, {"chunk": 2})]
both = pytest.mark.parametrize(("attend", "how"), CHUNKED, ids=["whole", "chunked"])
WIDE = jnp.zeros(()).dtype  # float64 with JAX_ENABLE_X64=1


def drawn(*shape):
    return jax.random.normal(jax.random.fold_in(KEY, sum(shape)), shape)


@both
def test_attention_scores_may_exceed_the_range_of_float16(attend, how):
    q = jnp.full((3, 4), 200.0, jnp.float16)  # scores of 80,000
    v = jnp.arange(3.0, dtype=jnp.float16)[:, None]
    y = attend(q, q, v, **how)
    assert y.dtype == jnp.float16
    np.testing.assert_array_equal(y, 1)


@both
def test_attention_of_bfloat16_is_as_exact_as_that_of_jax(attend, how):
    q, k, v = (drawn(n, 64).astype(jnp.bfloat16) for n in (40, 41, 41))
    exact = attention(*(t.astype(jnp.float32) for t in (q, k, v)))
    peer = jax.nn.dot_product_attention(*(t[None, :, None] for t in (q, k, v)))
    theirs = np.abs(peer[0, :, 0].astype(jnp.float32) - exact).max()
    ours = np.abs(attend(q, k, v, **how).astype(jnp.float32) - exact).max()
    assert ours <= 1.1 * theirs  # the same roundings, perhaps in another order


@both
def test_attention_keeps_the_dtype_it_is_given(attend, how):
    for dtype in (jnp.float16, jnp.bfloat16, jnp.float32, WIDE):
        q, k, v = (drawn(*s).astype(dtype) for s in [(3, 2), (4, 2), (4, 5)])
        y, slope = jax.vjp(lambda *t: attend(*t, **how), q, k, v)
        assert y.dtype == dtype
        assert all(t.dtype == dtype for t in slope(y))
        wide = attention(*(t.astype(WIDE) for t in (q, k, v)))
        # a few roundings of numbers of about 1
        np.testing.assert_allclose(
            y.astype(WIDE), wide, atol=4 * float(jnp.finfo(dtype).eps)
        )


@both
def test_what_no_query_may_read_may_be_nan(attend, how):
    q, k, v = drawn(3, 2), drawn(5, 2), drawn(5, 4)
    mask = jnp.array([[True, True, True, True, False]])
    k, v = k.at[4].set(jnp.nan), v.at[4].set(jnp.inf)

    def total(q, k, v):
        return (attend(q, k, v, mask, **how) ** 2).sum()

    np.testing.assert_allclose(
        attend(q, k, v, mask, **how), attention(q, k[:4], v[:4]), atol=1e-6
    )
    for slope in jax.grad(total, (0, 1, 2))(q, k, v):
        assert jnp.isfinite(slope).all()


@both
@pytest.mark.parametrize(
    "sizes", [(0, 3, 2, 2), (3, 0, 2, 2), (3, 3, 0, 2), (3, 3, 2, 0)]
)
def test_attention_of_axes_of_size_zero(attend, how, sizes):
    n, m, k, c = sizes
    y = attend(jnp.ones((n, k)), jnp.ones((m, k)), jnp.ones((m, c)), **how)
    assert y.shape == (n, c)
    np.testing.assert_allclose(y, 1.0 if m else 0.0, rtol=1e-6)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32])
def test_means_do_not_run_over(dtype):
    items = jnp.full((100, 2), 1000, dtype)
    image = jnp.full((8, 8, 1), 40_000, dtype)
    np.testing.assert_array_equal(pool(items, how="mean"), items[0])
    for padding in ("valid", "same"):
        y = avg_pool2d(image, 3, padding=padding)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, image[0, 0, 0])
    np.testing.assert_array_equal(global_avg_pool(image), image[0, 0])


@pytest.mark.parametrize("log_variance", [-200.0, -1e4, 200.0])
def test_gaussian_nll_of_no_error_is_finite_at_any_variance(log_variance):
    one = jnp.array(1.0)
    slope = jax.value_and_grad(gaussian_nll, (0, 1, 2))
    value, slopes = slope(one, jnp.array(log_variance), one)
    np.testing.assert_allclose(value, (np.log(2 * np.pi) + log_variance) / 2, rtol=1e-6)
    np.testing.assert_array_equal(jnp.stack(slopes), [0, 0.5, 0])


def test_gaussian_nll_reaches_as_far_as_its_square_root():
    value = gaussian_nll(jnp.array(1e-20), jnp.array(-100.0), jnp.array(0.0))
    exact = (np.log(2 * np.pi) - 100 + np.exp(100 - 40 * np.log(10))) / 2
    np.testing.assert_allclose(value, exact, rtol=1e-5)


def test_two_pixels_that_tie_in_overlapping_windows_share_the_gradient():
    row = jnp.array([0.0, 2.0, 2.0, 0.0, 0.0])[None, :, None]
    slope = jax.grad(lambda x: max_pool2d(jnp.tile(x, (3, 1, 1)), 3, stride=1).sum())
    np.testing.assert_allclose(slope(row).ravel(), [0, 1, 2, 0, 0])


def test_a_model_takes_numbers_of_any_precision():
    model = LeNet5.init(key=KEY)
    for dtype in (jnp.float16, jnp.bfloat16, jnp.float32, WIDE):
        x = drawn(28, 28, 1).astype(dtype)
        eager, compiled = model(x), jax.jit(lambda x: model(x))(x)
        assert eager.dtype == compiled.dtype == jnp.result_type(dtype, model.c1.w)
        np.testing.assert_allclose(eager, compiled, rtol=1e-4, atol=1e-4)
