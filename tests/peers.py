"""Other implementations of our layers, with the same weights: Equinox and jax.nn."""

import equinox as eqx
import jax
import jax.numpy as jnp

KEY = jax.random.key(0)


def linear(ours):
    theirs = eqx.nn.Linear(*ours.w.shape, key=KEY)
    return eqx.tree_at(lambda m: (m.weight, m.bias), theirs, (ours.w.T, ours.b))


def mlp(ours):
    first, *_, last = ours.layers
    depth = len(ours.layers) - 1
    (d, width), c = first.w.shape, last.w.shape[1]
    theirs = eqx.nn.MLP(d, c, width, depth, activation=ours.activation, key=KEY)
    return eqx.tree_at(lambda m: m.layers, theirs, tuple(map(linear, ours.layers)))


def conv2d(ours):
    i, j, d, c = ours.w.shape
    theirs = eqx.nn.Conv2d(d, c, (i, j), dilation=ours.dilation, key=KEY)
    weights = ours.w.transpose(3, 2, 0, 1), ours.b[:, None, None]
    theirs = eqx.tree_at(lambda m: (m.weight, m.bias), theirs, weights)
    return channels_last(theirs)


def conv_transpose2d(ours):
    i, j, d, c = ours.w.shape
    theirs = eqx.nn.ConvTranspose2d(d, c, (i, j), ours.stride, key=KEY)
    # Equinox convolves the spread image, which meets a kernel turned by half
    weights = ours.w[::-1, ::-1].transpose(3, 2, 0, 1), ours.b[:, None, None]
    theirs = eqx.tree_at(lambda m: (m.weight, m.bias), theirs, weights)
    return channels_last(theirs)


def channels_last(theirs):
    return lambda x: theirs(x.transpose(2, 0, 1)).transpose(1, 2, 0)


max_pool = channels_last(eqx.nn.MaxPool2d(3, 2))
avg_pool = channels_last(eqx.nn.AvgPool2d(3, 2))


def global_avg_pool(x):
    return eqx.nn.AdaptiveAvgPool2d(1)(x.transpose(2, 0, 1))[:, 0, 0]


def attention(q, k, v, causal=False):
    q, k, v = (t[:, None] for t in (q, k, v))
    return jax.nn.dot_product_attention(q, k, v, is_causal=causal)[:, 0]


def multi_head(ours):
    d, heads, _ = ours.w_q.shape
    theirs = eqx.nn.MultiheadAttention(heads, d, key=KEY)
    merged = [jnp.reshape(w, (d, -1)).T for w in (ours.w_q, ours.w_k, ours.w_v)]
    merged.append(ours.w_o.reshape(-1, d).T)
    names = ("query_proj", "key_proj", "value_proj", "output_proj")
    theirs = eqx.tree_at(
        lambda m: [getattr(m, name).weight for name in names], theirs, merged
    )
    return lambda x: theirs(x, x, x)
