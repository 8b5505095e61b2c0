"""Convolution and pooling against loops, their symmetries, their odd cases."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnds.conv import (
    Conv2d,
    ConvTranspose2d,
    LeNet5,
    SeparableConv2d,
    VGGBlock,
    avg_pool2d,
    conv2d,
    conv_matrix,
    conv_transpose2d,
    convolution,
    depthwise_conv2d,
    fft_conv2d,
    global_avg_pool,
    library_conv2d,
    locally_connected,
    max_pool2d,
    patches,
    receptive_field,
    separable_conv2d,
)

RNG = np.random.default_rng(0)


def image(*shape):
    return jnp.asarray(RNG.normal(size=shape), jnp.float32)


def edges(size, reach, stride, padding):
    """Return how many windows there are and the first pixel of the first one."""
    if padding == "valid":
        return (size - reach) // stride + 1, 0
    count = -(-size // stride)
    return count, -(max((count - 1) * stride + reach - size, 0) // 2)


def slow_conv2d(x, w, b, stride, padding, dilation, groups):
    (h, width, _), (i, j, e, c) = x.shape, w.shape
    rows, top = edges(h, (i - 1) * dilation + 1, stride, padding)
    columns, left = edges(width, (j - 1) * dilation + 1, stride, padding)
    y = np.zeros((rows, columns, c)) + b
    for p, q, m, n, o in np.ndindex(rows, columns, i, j, c):
        r, s = top + p * stride + m * dilation, left + q * stride + n * dilation
        if 0 <= r < h and 0 <= s < width:
            first = o // (c // groups) * e  # the inputs that this output reads
            y[p, q, o] += np.dot(x[r, s, first : first + e], w[m, n, :, o])
    return y


@pytest.mark.parametrize("way", ["as chosen", "by patches"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 2), (3, 2, 1), (1, 2, 4)]
)
def test_conv2d_is_the_sum_it_says(way, padding, stride, dilation, groups, monkeypatch):
    if way == "by patches":
        monkeypatch.setattr(convolution, "faster_way", lambda *_: None)
    x, w, b = image(8, 7, 4), image(3, 2, 4 // groups, 8), image(8)
    how = {"stride": stride, "padding": padding}
    how |= {"dilation": dilation, "groups": groups}
    fast = conv2d(x, w, b, **how)
    slow = slow_conv2d(*map(np.asarray, (x, w, b)), **how)
    assert fast.shape == slow.shape
    np.testing.assert_allclose(fast, slow, atol=1e-5)


def test_one_by_one_and_whole_image_kernels_are_dense_layers():
    x, w = image(3, 4, 2), image(1, 1, 2, 5)
    np.testing.assert_allclose(conv2d(x, w), x @ w[0, 0], atol=1e-6)
    whole = image(3, 4, 2, 5)
    expected = x.ravel() @ whole.reshape(-1, 5)
    np.testing.assert_allclose(conv2d(x, whole)[0, 0], expected, atol=1e-5)


def test_conv2d_refuses_what_does_not_fit_and_names_the_axis():
    x, w = image(4, 6, 4), image(5, 3, 4, 2)
    for match, call in {
        "axis h, of size 4": lambda: conv2d(x, w),
        "axis w, of size 6": lambda: conv2d(x, image(1, 4, 4, 2), dilation=2),
        "axis i|axis h": lambda: conv2d(x, image(0, 3, 4, 2)),
        "stride must be at least 1; got 0": lambda: conv2d(x, w, stride=0),
        "dilation must be at least 1; got -1": lambda: conv2d(x, w, dilation=-1),
        "groups must divide.*d=4": lambda: conv2d(x, w, groups=3),
        "groups must divide.*c=3": lambda: conv2d(x, image(1, 1, 2, 3), groups=2),
        "axis 2 of the kernel must be.* 2 .*got 4": lambda: conv2d(x, w, groups=2),
        "axis 2 of the kernel must be.* 4 .*got 3": lambda: conv2d(
            x, image(1, 1, 3, 2)
        ),
    }.items():
        with pytest.raises(ValueError, match=match):
            call()
    assert conv2d(x, w, padding="same").shape == (4, 6, 2)
    with pytest.raises(ValueError, match="groups must divide d"):
        Conv2d.init(3, 4, 1, groups=2, key=jax.random.key(0))


def test_faster_ways_have_the_gradients_of_the_sum(monkeypatch):
    x, w = image(8, 7, 2), image(3, 2, 2, 4)

    def slopes():
        return jax.grad(lambda x, w: jnp.sin(conv2d(x, w)).sum(), (0, 1))(x, w)

    chosen = slopes()
    monkeypatch.setattr(convolution, "faster_way", lambda *_: None)
    for ours, patch_sum in zip(chosen, slopes(), strict=True):
        np.testing.assert_allclose(ours, patch_sum, atol=1e-4)


def test_every_way_gives_the_same_convolution():
    x, w = image(9, 8, 3), image(4, 3, 3, 5)
    wanted = library_conv2d(x, w)
    by_matrix = (conv_matrix(w, 9, 8) @ x.ravel()).reshape(wanted.shape)
    by_patches = jnp.einsum("pqijd,ijdc->pqc", patches(x, 4, 3), w)
    shared = jnp.broadcast_to(w, (*wanted.shape[:2], *w.shape))
    for y in (by_matrix, by_patches, fft_conv2d(x, w), locally_connected(x, shared)):
        np.testing.assert_allclose(y, wanted, atol=1e-4)


def test_mixed_precision_is_promoted_under_jit_as_it_is_eagerly():
    x, w = jnp.ones((9, 9, 1)), jnp.ones((3, 3, 1, 2), jnp.bfloat16)
    for args in ((x, w), (x.astype(jnp.bfloat16), w.astype(jnp.float32))):
        for stride in (1, 2):
            convolve = partial(conv2d, stride=stride)
            y = jax.jit(convolve)(*args)
            assert y.dtype == convolve(*args).dtype == jnp.float32
            np.testing.assert_array_equal(y, 9)


def test_locally_connected_uses_the_weights_of_each_place():
    x, w = image(4, 5, 2), image(3, 4, 2, 2, 2, 3)
    y = locally_connected(x, w)
    for p, q in np.ndindex(3, 4):
        one = jnp.einsum("ijd,ijdc->c", x[p : p + 2, q : q + 2], w[p, q])
        np.testing.assert_allclose(y[p, q], one, atol=1e-5)
    with pytest.raises(ValueError, match="has windows"):
        locally_connected(x, w[:2])


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_transposed_convolution_is_the_transpose(stride):
    """<conv(x), y> = <x, transposed(y)>, the channels of the kernel exchanged."""
    w, y = image(3, 4, 2, 5), image(3, 2, 5)
    x = image(2 * stride + 3, stride + 4, 2)
    back = conv_transpose2d(y, w.swapaxes(2, 3), stride=stride)
    ahead = conv2d(x, w, stride=stride)
    assert back.shape == x.shape
    np.testing.assert_allclose((ahead * y).sum(), (x * back).sum(), rtol=1e-4)


def test_transposed_convolution_of_same_size_and_its_errors():
    x, w = image(3, 4, 2), image(4, 4, 2, 5)
    y = conv_transpose2d(x, w, image(5), stride=2, padding="same")
    assert y.shape == (6, 8, 5)
    whole = conv_transpose2d(x, w, stride=2)
    part = conv_transpose2d(x, w, stride=2, padding="same")
    np.testing.assert_array_equal(part, whole[1:-1, 1:-1])
    with pytest.raises(ValueError, match="leaves gaps at stride 5"):
        conv_transpose2d(x, w, stride=5, padding="same")
    with pytest.raises(TypeError):
        conv_transpose2d(image(3, 3, 3), w)


def test_separable_convolution_is_the_full_one_with_a_kernel_of_rank_one():
    x, k, p, b = image(7, 6, 3), image(3, 2, 3), image(3, 5), image(5)
    full = k[:, :, :, None] * p[None, None]
    for how in ({}, {"stride": 2, "padding": "same"}):
        ours = separable_conv2d(x, k, p, b, **how)
        np.testing.assert_allclose(ours, conv2d(x, full, b, **how), atol=1e-5)
    alone = depthwise_conv2d(x, k)
    for z in range(3):
        one = conv2d(x[:, :, z : z + 1], k[:, :, z, None, None])
        np.testing.assert_allclose(alone[:, :, z : z + 1], one, atol=1e-5)


def test_layers_keep_the_scale_of_what_they_read():
    """Variance 2 over the fan, for a ReLU after it: the output has variance about 2."""
    x = jax.random.normal(jax.random.key(1), (24, 24, 32))
    for layer in (
        Conv2d.init(32, 64, 3, key=jax.random.key(0)),
        SeparableConv2d.init(32, 64, 3, key=jax.random.key(0)),
        ConvTranspose2d.init(32, 64, 4, stride=2, key=jax.random.key(0)),
    ):
        inner = layer(x)[4:-4, 4:-4]
        np.testing.assert_allclose(inner.var(), 2, rtol=0.3)


def test_a_vgg_block_halves_the_image_and_sees_five_pixels_and_one():
    block = VGGBlock.init(3, 8, key=jax.random.key(0))
    assert block(image(8, 10, 3)).shape == (4, 5, 8)
    with pytest.raises(ValueError, match="depth must be at least 1"):
        VGGBlock.init(3, 8, 0, key=jax.random.key(0))


def test_conv2d_in_an_empty_batch():
    w = image(3, 3, 4, 2)
    assert jax.vmap(lambda x: conv2d(x, w))(jnp.zeros((0, 5, 5, 4))).shape == (
        0,
        3,
        3,
        2,
    )


@settings(max_examples=12)
@given(
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.integers(1, 3),
    st.integers(1, 4),
    st.sampled_from(["valid", "same"]),
)
def test_pools_are_what_they_say(shape, size, stride, padding):
    if padding == "valid" and min(shape) < size:
        with pytest.raises(ValueError, match="does not fit axis"):
            max_pool2d(jnp.zeros((*shape, 1)), size, stride=stride, padding=padding)
        return
    x = image(*shape, 2)
    how = {"stride": stride, "padding": padding}
    (rows, top), (columns, left) = (edges(s, size, stride, padding) for s in shape)
    for pool, reduce in [(max_pool2d, np.max), (avg_pool2d, np.mean)]:
        y = pool(x, size, **how)
        assert y.shape == (rows, columns, 2)
        for p, q in np.ndindex(rows, columns):
            r, s = top + p * stride, left + q * stride
            held = x[max(r, 0) : r + size, max(s, 0) : s + size]
            np.testing.assert_allclose(y[p, q], reduce(held, (0, 1)), atol=1e-6)


@pytest.mark.parametrize("fill", [0.0, -3e38, -np.inf])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_gradient_of_max_pool_is_finite_and_shared_out(padding, fill):
    x = jnp.full((5, 5, 1), fill)
    y = max_pool2d(x, 2, padding=padding)
    assert (y == fill).all()
    grad = jax.grad(lambda x: max_pool2d(x, 2, padding=padding).sum())(x)
    assert jnp.isfinite(grad).all()
    inner = grad if padding == "same" else grad[:4, :4]
    if fill > -np.inf:  # else the padding ties with the image, and takes its share
        assert inner.sum() == y.size


def test_the_gradient_of_max_pool_goes_to_the_largest():
    x = jnp.arange(16.0).reshape(4, 4, 1)
    grad = jax.grad(lambda x: max_pool2d(x, 2).sum())(x)
    np.testing.assert_array_equal(jnp.flatnonzero(grad), [5, 7, 13, 15])


def test_pools_refuse_integers_and_bad_sizes():
    pixels = jnp.zeros((4, 4, 1), jnp.uint8)
    for pool in (max_pool2d, avg_pool2d):
        with pytest.raises(TypeError):
            pool(pixels, 2)
        with pytest.raises(ValueError, match="size must be at least 1"):
            pool(jnp.zeros((4, 4, 1)), 0)
        with pytest.raises(ValueError, match="stride must be at least 1"):
            pool(jnp.zeros((4, 4, 1)), 2, stride=0)
    with pytest.raises(ValueError, match=r"no pixels.*\(0, 4, 1\)"):
        global_avg_pool(jnp.zeros((0, 4, 1)))


@pytest.mark.parametrize(
    "layers",
    [
        [(3, 1, 1)],
        [(3, 2, 1), (3, 1, 2)],
        [(2, 1, 3), (3, 2, 1), (2, 2, 1)],
        [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)],
    ],
)
def test_receptive_field_is_the_support_of_the_gradient(layers):
    def middle(x):
        for k, stride, dilation in layers:
            w = jnp.ones((k, k, 1, 1))
            x = conv2d(x, w, stride=stride, dilation=dilation)
        return x[x.shape[0] // 2, x.shape[1] // 2, 0]

    support = np.abs(jax.grad(middle)(jnp.ones((40, 40, 1))))[:, :, 0] > 0
    rows = np.flatnonzero(support.any(1))
    assert rows[-1] - rows[0] + 1 == receptive_field(layers)


def test_receptive_field_of_nothing_and_of_nonsense():
    assert receptive_field([]) == 1
    with pytest.raises(ValueError, match="stride must be at least 1; got 0"):
        receptive_field([(3, 0, 1)])


def test_lenet5_has_the_parameters_of_the_lecture():
    model = LeNet5.init(key=jax.random.key(0))
    layers = [model.c1, model.c3, model.c5, model.f6, model.output]
    counts = [sum(t.size for t in jax.tree.leaves(layer)) for layer in layers]
    assert counts == [156, 2416, 48120, 10164, 850]
    assert sum(counts) == 61706
    assert LeNet5.init(3, key=jax.random.key(0))(jnp.zeros((28, 28, 1))).shape == (3,)
    with pytest.raises(TypeError):
        model(jnp.zeros((32, 32, 1)))
    with pytest.raises(ValueError, match="classes must be at least 1"):
        LeNet5.init(0, key=jax.random.key(0))
