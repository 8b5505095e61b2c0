"""Attention: the plain path against a loop, the chunked path against the plain one."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnds.attention import (
    MultiHeadAttention,
    attention,
    attention_chunked,
    multi_head_attention,
)

RNG = np.random.default_rng(0)
# a softmax added up in another order: a few last digits of float32
TOLERANCE = {"rtol": 2e-5, "atol": 5e-6}


def array(*shape, scale=1.0):
    return jnp.asarray(scale * RNG.normal(size=shape), jnp.float32)


def slow_attention(q, k, v, mask):
    y = np.zeros((len(q), v.shape[1]))
    for i in range(len(q)):
        keys = [j for j in range(len(k)) if mask[i, j]]
        weights = np.exp([q[i] @ k[j] / np.sqrt(k.shape[1]) for j in keys])
        for weight, j in zip(weights, keys, strict=True):
            y[i] += weight / weights.sum() * v[j]
    return y


@pytest.fixture(scope="module")
def example():
    q, k, v = array(5, 3), array(7, 3), array(7, 2)
    mask = jnp.asarray(RNG.random((5, 7)) < 0.6).at[2].set(False)
    return q, k, v, mask


def test_attention_is_the_weighted_mean_it_says(example):
    expected = slow_attention(*map(np.asarray, example))
    np.testing.assert_allclose(attention(*example), expected, atol=1e-6)
    q, k, v, _ = example
    everything = slow_attention(*map(np.asarray, (q, k, v)), np.ones((5, 7), bool))
    np.testing.assert_allclose(attention(q, k, v), everything, atol=1e-6)


paths = pytest.mark.parametrize(
    "attend", [attention, partial(attention_chunked, chunk=3)], ids=["plain", "chunked"]
)


@paths
def test_a_query_that_may_read_nothing_gives_zeros_and_finite_gradients(
    attend, example
):
    q, k, v, mask = example
    k = k.at[0].multiply(1e4)  # scores that overflow exp where they are masked
    mask = mask.at[:, 0].set(False)
    np.testing.assert_array_equal(attend(q, k, v, mask)[2], 0)
    grads = jax.grad(lambda *t: (attend(*t, mask) ** 2).sum(), (0, 1, 2))(q, k, v)
    assert all(jnp.isfinite(g).all() for g in grads)
    np.testing.assert_array_equal(grads[0][2], 0)
    np.testing.assert_array_equal(grads[1][0], 0)
    np.testing.assert_array_equal(attend(q, k, v, jnp.zeros((5, 7), bool)), 0)
    np.testing.assert_array_equal(attend(q, k[:0], v[:0]), 0)
    assert attend(q[:0], k, v).shape == (0, 2)


@paths
def test_a_mask_of_one_row_holds_for_all_queries(attend, example):
    q, k, v, mask = example
    got = attend(q, k, v, mask[:1])
    expected = attention(q, k, v, jnp.broadcast_to(mask[:1], (5, 7)))
    np.testing.assert_allclose(got, expected, **TOLERANCE)


@pytest.mark.parametrize(
    ("chunk", "sizes", "causal", "masked"),
    [
        (1, (3, 4), True, False),
        (3, (5, 7), False, False),
        (3, (7, 5), True, True),
        (2, (5, 5), True, False),
        (8, (5, 7), False, True),
    ],
)
def test_chunked_equals_plain_with_gradients(chunk, sizes, causal, masked):
    n, m = sizes
    rng = np.random.default_rng(chunk)
    q, k, v = (
        jnp.asarray(rng.normal(size=s), jnp.float32) for s in [(n, 4), (m, 4), (m, 2)]
    )
    mask = jnp.asarray(rng.random((n, m)) < 0.5) if masked else None
    full = jnp.ones((n, m), bool) if mask is None else mask
    if causal:
        full = full & jnp.tril(jnp.ones((n, m), bool))

    def value_and_grads(attend):
        def loss(q, k, v):
            y = attend(q, k, v)
            return (y**2).sum(), y

        grads, y = jax.jit(jax.grad(loss, (0, 1, 2), has_aux=True))(q, k, v)
        return [y, *grads]

    plain = value_and_grads(lambda q, k, v: attention(q, k, v, full))
    chunked = value_and_grads(
        lambda q, k, v: attention_chunked(q, k, v, mask, chunk=chunk, causal=causal)
    )
    for ours, theirs in zip(chunked, plain, strict=True):
        scale = max(1.0, float(jnp.abs(theirs).max()))
        np.testing.assert_allclose(ours / scale, theirs / scale, atol=5e-6)


def test_chunked_is_stable_for_large_scores():
    q, k, v = array(4, 2, scale=200), array(6, 2, scale=200), array(6, 1)
    np.testing.assert_allclose(
        attention_chunked(q, k, v, chunk=2), attention(q, k, v), **TOLERANCE
    )


def test_chunked_builds_no_array_of_n_by_n():
    """In the program of the gradient, nothing is larger than a few chunks of rows."""
    n, chunk = 512, 16
    x = jnp.ones((n, 4))

    def sizes(program):
        for equation in program.eqns:
            yield from (var.aval.size for var in equation.outvars)
            for inner in jax.tree.leaves(
                list(equation.params.values()),
                is_leaf=lambda p: hasattr(p, "eqns") or hasattr(p, "jaxpr"),
            ):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns"):
                    yield from sizes(inner)

    def largest(attend):
        grad = jax.grad(lambda x: (attend(x, x, x) ** 2).sum())
        return max(sizes(jax.make_jaxpr(grad)(x).jaxpr))

    assert largest(attention) >= n * n
    assert largest(partial(attention_chunked, chunk=chunk)) <= n * chunk
    assert largest(partial(attention_chunked, chunk=chunk, causal=True)) <= n * chunk


def test_the_scale_is_that_of_the_head():
    """Copied wrong so often: by the width of the model, or not at all."""
    q = jnp.array([[4.0, 0.0, 0.0, 0.0]])
    k = jnp.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    v = jnp.array([[1.0], [0.0]])
    expected = 1 / (1 + np.exp(-4 / 2))  # sqrt(4) = 2
    np.testing.assert_allclose(attention(q, k, v), [[expected]], rtol=1e-6)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_grouped_heads_are_a_loop_over_heads(kv_heads):
    model = MultiHeadAttention.init(8, 4, kv_heads=kv_heads, key=jax.random.key(0))
    x, context, mask = array(5, 8), array(6, 8), jnp.tri(5, 6, dtype=bool)
    weights = model.w_q, model.w_k, model.w_v, model.w_o
    expected = 0.0
    for head in range(4):
        shared = head // (4 // kv_heads)
        q = x @ model.w_q[:, head]
        k, v = context @ model.w_k[:, shared], context @ model.w_v[:, shared]
        expected += attention(q, k, v, mask) @ model.w_o[head]
    got = multi_head_attention(x, context, *weights, mask)
    np.testing.assert_allclose(got, expected, atol=1e-5)
    chunked = multi_head_attention(
        x, context, *weights, mask, partial(attention_chunked, chunk=2)
    )
    np.testing.assert_allclose(chunked, expected, atol=1e-5)
    assert model.w_k.shape == (8, kv_heads, 2)


def test_bad_input_is_refused():
    key = jax.random.key(0)
    with pytest.raises(ValueError, match="heads must divide d; got heads=3, d=8"):
        MultiHeadAttention.init(8, 3, key=key)
    with pytest.raises(ValueError, match="kv_heads must divide heads; got kv_heads=3"):
        MultiHeadAttention.init(8, 4, kv_heads=3, key=key)
    w, x = jnp.ones((8, 3, 2)), jnp.ones((2, 8))
    with pytest.raises(ValueError, match="got 3 and 4"):
        multi_head_attention(x, x, jnp.ones((8, 4, 2)), w, w, jnp.ones((4, 2, 8)))
    with pytest.raises(ValueError, match="chunk must be at least 1; got 0"):
        attention_chunked(*(jnp.ones((2, 2)),) * 3, chunk=0)
    with pytest.raises(TypeError):
        attention(jnp.ones((2, 2)), jnp.ones((2, 3)), jnp.ones((2, 3)))
