"""Attention: every query reads all values, in proportion to how its key matches."""

from collections.abc import Callable
from math import sqrt

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from nnds.init import glorot

Mask = Bool[Array, "#n m"] | None


def attention(
    q: Float[Array, "n k"],
    k: Float[Array, "m k"],
    v: Float[Array, "m c"],
    mask: Mask = None,
) -> Float[Array, "n c"]:
    """Return `softmax(q kᵀ / sqrt(k)) v`: one head of one example.

    `mask[i, j]` is True where query i may read key j; a mask of one row holds for all
    queries. A query that may read nothing gives zeros, with finite gradients. A key
    that no query may read may hold NaN. Sums are taken in float32 at least. Source:
    Vaswani et al. (2017), eq. 1; the book, section 10.2.

    >>> q, k, v = jnp.zeros((1, 2)), jnp.ones((2, 2)), jnp.array([[1.0], [3.0]])
    >>> attention(q, k, v).tolist()
    [[2.0]]
    """
    if k.shape[0] == 0:
        return jnp.zeros((q.shape[0], v.shape[1]), v.dtype)
    k, v = _readable(k, mask), _readable(v, mask)
    scores = _product(q, k.T) * _scale(q)
    weights = jax.nn.softmax(scores, where=mask)
    return _product(weights.astype(v.dtype), v).astype(v.dtype)


def _readable(t: Array, mask: Mask) -> Array:
    """Return zeros for the rows that no query may read, since 0 times NaN is NaN."""
    return t if mask is None else jnp.where(mask.any(0)[:, None], t, 0)


def _product(a: Array, b: Array) -> Array:
    return jnp.matmul(a, b, preferred_element_type=_wide(a, b))


def _wide(*arrays: Array) -> jnp.dtype:
    """Return the dtype to add up in: of few digits or a small range, float32."""
    return jnp.result_type(jnp.float32, *arrays)


def _scale(q: Array) -> float:
    return 1 / sqrt(max(q.shape[1], 1))  # the width of the head, not of the model


def attention_chunked(
    q: Float[Array, "n k"],
    k: Float[Array, "m k"],
    v: Float[Array, "m c"],
    mask: Mask = None,
    *,
    chunk: int = 512,
    causal: bool = False,
) -> Float[Array, "n c"]:
    """Return what `attention` returns, in memory O(chunk·(n + m)) instead of O(n·m).

    Takes `chunk` queries at a time and, for those, `chunk` keys at a time, keeping the
    running maximum, sum and weighted values of a softmax that has not seen all its
    entries yet. Gradients recompute a chunk of queries when they need it. `causal` lets
    query i read keys 0..i, without an n-by-m mask. A chunk below 1 raises ValueError.
    Source: Milakov & Gimelshein (2018), algorithm 3; Rabe & Staats (2021).

    Symmetry: with `causal`, change the future, and the outputs of the past stay.

    >>> q = k = v = jnp.array([[1.0], [2.0], [3.0]])
    >>> attention_chunked(q, k, v, chunk=2, causal=True)[0].tolist()
    [1.0]
    """
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1; got {chunk}")
    n, m = q.shape[0], k.shape[0]
    if n == 0 or m == 0:
        return jnp.zeros((n, v.shape[1]), v.dtype)
    k, v = _readable(k, mask), _readable(v, mask)
    dtype = _wide(q, k, v)
    rows, columns = min(chunk, n), min(chunk, m)
    q, k, v = (_cut(t, size) for t, size in ((q, rows), (k, columns), (v, columns)))

    def allowed(i: Array, j: Array) -> Array:
        """Return the block of the mask at query chunk i and key chunk j."""
        row = (i * rows + jnp.arange(rows))[:, None]
        column = (j * columns + jnp.arange(columns))[None, :]
        block = jnp.broadcast_to(column < m, (rows, columns))
        if causal:
            block = block & (column <= row)
        if mask is not None:
            row = jnp.minimum(row, mask.shape[0] - 1)
            block = block & mask[row, jnp.minimum(column, m - 1)]
        return block

    def read(chunk_i: tuple[Array, Array]) -> Array:
        i, q = chunk_i

        def step(carry, chunk_j):
            j, k, v = chunk_j

            def update(carry):
                return _absorb(carry, q, k, v, allowed(i, j))

            if not causal:
                return update(carry), None
            first_key, last_query = j * columns, i * rows + rows - 1
            return lax.cond(first_key > last_query, lambda c: c, update, carry), None

        start = (
            jnp.full((rows, 1), -jnp.inf, dtype),
            jnp.zeros((rows, 1), dtype),
            jnp.zeros((rows, v.shape[-1]), dtype),
        )
        (_, total, weighted), _ = lax.scan(step, start, (jnp.arange(len(k)), k, v))
        return (weighted / jnp.where(total > 0, total, 1)).astype(v.dtype)

    y = lax.map(jax.checkpoint(read), (jnp.arange(len(q)), q))
    return y.reshape(len(y) * rows, y.shape[2])[:n]


def _cut(t: Array, size: int) -> Array:
    """Cut rows into chunks of `size`, the last one padded with zeros."""
    t = jnp.pad(t, ((0, -t.shape[0] % size), (0, 0)))
    return t.reshape(t.shape[0] // size, size, t.shape[1])


def _absorb(carry, q: Array, k: Array, v: Array, allowed: Array):
    """Return the running maximum, sum and weighted values after one more chunk."""
    old_max, total, weighted = carry
    scores = jnp.where(allowed, _product(q, k.T) * _scale(q), -jnp.inf)
    scores = scores.astype(old_max.dtype)
    # the result does not depend on the maximum, so neither may its gradient
    new_max = lax.stop_gradient(jnp.maximum(old_max, scores.max(1, keepdims=True)))
    finite = jnp.where(jnp.isfinite(new_max), new_max, 0)  # nothing to read so far
    p = jnp.exp(scores - finite)
    shrink = jnp.exp(old_max - finite)
    total = shrink * total + p.sum(1, keepdims=True)
    read = _product(p.astype(v.dtype), v).astype(weighted.dtype)
    return new_max, total, shrink * weighted + read


def multi_head_attention(
    x: Float[Array, "n d"],
    context: Float[Array, "m d"],
    w_q: Float[Array, "d k e"],
    w_k: Float[Array, "d g e"],
    w_v: Float[Array, "d g e"],
    w_o: Float[Array, "k e d"],
    mask: Mask = None,
    attend: Callable[..., Array] = attention,
) -> Float[Array, "n d"]:
    """Return the sum over heads of `attend(x w_q, context w_k, context w_v) w_o`.

    There are k heads of width e; each of the g key/value heads serves k/g consecutive
    query heads (g = k: multi-head, g = 1: multi-query). A g that does not divide k
    raises ValueError. `attend` is `attention` or one with its signature, such as
    `attention_chunked`. Source: Vaswani et al. (2017), section 3.2.2; Ainslie et al.
    (2023), figure 2.

    >>> one = jnp.ones((1, 1, 1))
    >>> x = jnp.array([[2.0], [2.0]])
    >>> multi_head_attention(x, x, one, one, one, one).tolist()
    [[2.0], [2.0]]
    """
    heads, groups = w_q.shape[1], w_k.shape[1]
    if groups < 1 or heads % groups:
        raise ValueError(
            f"the key/value heads must divide the heads; got {groups} and {heads}"
        )
    q = jnp.einsum("nd,dke->kne", x, w_q)
    k = jnp.einsum("md,dge->gme", context, w_k)
    v = jnp.einsum("md,dge->gme", context, w_v)
    q = q.reshape(groups, heads // groups, *q.shape[1:])
    shared = jax.vmap(attend, in_axes=(0, None, None, None))  # heads of one key/value
    y = jax.vmap(shared, in_axes=(0, 0, 0, None))(q, k, v, mask)
    return jnp.einsum("kne,ked->nd", y.reshape(heads, *y.shape[2:]), w_o)


class MultiHeadAttention(eqx.Module):
    """`multi_head_attention` of a sequence with itself, with learned weights.

    Symmetry: permute the items, and the outputs permute with them.
    """

    w_q: Float[Array, "d k e"]
    w_k: Float[Array, "d g e"]
    w_v: Float[Array, "d g e"]
    w_o: Float[Array, "k e d"]
    attend: Callable[..., Array] = eqx.field(static=True, default=attention)

    @classmethod
    def init(
        cls,
        d: int,
        heads: int,
        *,
        kv_heads: int | None = None,
        attend: Callable[..., Array] = attention,
        key: PRNGKeyArray,
    ) -> "MultiHeadAttention":
        """Return a layer of `heads` heads of width `d / heads`, without biases.

        `kv_heads` key/value heads (`heads` unless given) are shared by groups of query
        heads. Numbers that do not divide raise ValueError.

        >>> MultiHeadAttention.init(8, 4, kv_heads=2, key=jax.random.key(0)).w_k.shape
        (8, 2, 2)
        """
        groups = heads if kv_heads is None else kv_heads
        if heads < 1 or d % heads:
            raise ValueError(f"heads must divide d; got heads={heads}, d={d}")
        if groups < 1 or heads % groups:
            raise ValueError(
                f"kv_heads must divide heads; got kv_heads={groups}, heads={heads}"
            )
        key_q, key_k, key_v, key_o = jax.random.split(key, 4)
        e = d // heads
        return cls(
            w_q=glorot(key_q, d, d).reshape(d, heads, e),
            w_k=glorot(key_k, d, groups * e).reshape(d, groups, e),
            w_v=glorot(key_v, d, groups * e).reshape(d, groups, e),
            w_o=glorot(key_o, d, d).reshape(heads, e, d),
            attend=attend,
        )

    def __call__(
        self, x: Float[Array, "n d"], mask: Mask = None
    ) -> Float[Array, "n d"]:
        return multi_head_attention(
            x, x, self.w_q, self.w_k, self.w_v, self.w_o, mask, self.attend
        )
