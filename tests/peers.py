"""Other implementations of our layers, with the same weights: Equinox and jax.nn."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

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


def prelu(ours):
    return lambda x: jax.nn.leaky_relu(x, ours.slope)


def swish(ours):
    return lambda x: jax.nn.silu(ours.beta * x) / ours.beta


def apl(ours):
    return lambda x: (
        jax.nn.relu(x) + jnp.sum(ours.a * jax.nn.relu(ours.b - x[:, None]), axis=1)
    )


def kaf(ours):
    c, m = ours.alpha.shape
    points, spread = np.linspace(-3, 3, m), (m - 1) / 6
    rows = range(c)

    def bumps(number):
        return sum(
            ours.alpha[:, k] * jnp.exp(-((spread * (number - points[k])) ** 2) / 6)
            for k in range(m)
        )

    return lambda x: jnp.stack([bumps(x[i])[i] for i in rows])


def glu(ours):
    # jax.nn.glu takes the value first and the gate last
    both = jnp.concatenate([ours.v, ours.w], axis=1)
    return lambda x: jax.nn.glu(x @ both)


def swiglu(ours):
    return lambda x: ours.u.T @ (jax.nn.silu(ours.w.T @ x) * (ours.v.T @ x))


def maxout(ours):
    pieces = range(ours.w.shape[1])
    return lambda x: jnp.stack([x @ ours.w[:, k] + ours.b[k] for k in pieces]).max(0)


def splines(x, m):
    """The cubic bump in closed form, by the distance from its middle."""
    away = jnp.abs((x + 2) * (m - 3) / 4 + 1 - jnp.arange(m))
    near, far = 2 / 3 - away**2 + away**3 / 2, jnp.maximum(2 - away, 0) ** 3 / 6
    return jnp.where(away < 1, near, far)


def kan_layer(ours):
    d, _, m = ours.curves.shape

    def layer(x):
        wires = [
            jnp.einsum("cm,m->c", ours.curves[i], splines(x[i], m)) for i in range(d)
        ]
        return jax.nn.silu(x) @ ours.base + sum(wires)

    return layer
