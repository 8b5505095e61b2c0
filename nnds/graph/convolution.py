"""Graph convolution: every node reads its neighbours.

A graph is its adjacency matrix `a`, where `a[i, j]` weighs what node i reads from node
j (unitless): an array, or a `CSR` that stores only the edges, with the same numbers.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.graph.sparse import CSR, wide
from nnds.init import glorot


def normalise(
    a: Float[Array, "n n"] | CSR,
    how: Literal["sym", "row"] = "sym",
    self_loops: bool = True,
) -> Float[Array, "n n"] | CSR:
    """Return `D^-1/2 A D^-1/2` ("sym") or `D^-1 A` ("row"), D the diagonal of row sums.

    With `self_loops`, A is `a + I`. The rows of "row" sum to 1; "sym" keeps a symmetric
    matrix symmetric. A node whose row sum is not positive, such as an isolated one,
    gets zeros. Another `how` raises ValueError; so does adding self-loops to a CSR
    whose edges are traced, since that changes its size: normalise before `jit`. Source:
    Kipf & Welling (2017), eq. 2 and section 3.1.

    >>> normalise(jnp.array([[0.0, 1.0], [1.0, 0.0]]), "row").tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    if how not in ("sym", "row"):
        raise ValueError(f"how must be 'sym' or 'row'; got {how!r}")
    if isinstance(a, CSR):
        a = _with_loops(a) if self_loops else a
        n, i, j = a.shape[0], a.pattern.row, a.pattern.column
        degree = jax.ops.segment_sum(wide(a.values), i, n, indices_are_sorted=True)
        scale = _inverse_power(degree, how)
        right = scale[j] if how == "sym" else 1.0
        values = (scale[i] * a.values * right).astype(a.values.dtype)
        return eqx.tree_at(lambda t: t.values, a, values)
    a = a + jnp.eye(len(a), dtype=a.dtype) if self_loops else a
    scale = _inverse_power(wide(a).sum(1), how)
    right = scale[None, :] if how == "sym" else 1.0
    return (scale[:, None] * a * right).astype(a.dtype)


def _inverse_power(degree: Array, how: str) -> Array:
    """Return degree^-1/2 or degree^-1, and 0 where the degree is not positive."""
    safe = jnp.where(degree > 0, degree, 1)
    inverse = 1 / jnp.sqrt(safe) if how == "sym" else 1 / safe
    return jnp.where(degree > 0, inverse, 0)


def _with_loops(a: CSR) -> CSR:
    loop = np.arange(a.shape[0])
    try:
        reader, read = (np.append(t, loop) for t in (a.pattern.row, a.pattern.column))
    except jax.errors.TracerArrayConversionError as error:
        raise ValueError(
            "self-loops change the number of edges, so a CSR must get them outside jit "
            "and vmap: call normalise(a) first and pass the result"
        ) from error
    ones = jnp.ones(len(loop), a.values.dtype)
    return CSR.from_edges(reader, read, len(loop), jnp.append(a.values, ones))


def graph_conv(
    x: Float[Array, "n d"], a: Float[Array, "n n"] | CSR, w: Float[Array, "d c"]
) -> Float[Array, "n c"]:
    """Return `a x w`: node i sums the features of the nodes it reads, then maps them.

    The output has the units of x·w: `a` is unitless (see `normalise`). No activation,
    no bias. Sizes that cannot multiply raise TypeError. Source: Kipf & Welling (2017),
    eq. 2.

    >>> graph_conv(jnp.array([[1.0], [3.0]]), jnp.ones((2, 2)) / 2, jnp.eye(1)).tolist()
    [[2.0], [2.0]]
    """
    if x.shape[1] <= w.shape[1]:
        return neighbours_first(x, a, w)
    return a @ (x @ w)


def neighbours_first(
    x: Float[Array, "n d"], a: Float[Array, "n n"] | CSR, w: Float[Array, "d c"]
) -> Float[Array, "n c"]:
    """Return `(a x) w`, which equals `a (x w)` and is faster where d <= c.

    The product with `a` costs the most, and here it runs over d columns instead of c.
    For d = c it is the better order too: where x is data, the gradient needs no product
    with the transpose of `a`.

    >>> neighbours_first(jnp.ones((2, 1)), jnp.eye(2), jnp.full((1, 2), 3.0)).tolist()
    [[3.0, 3.0], [3.0, 3.0]]
    """
    return (a @ x) @ w


class GraphConv(eqx.Module):
    """`graph_conv` with a learned `w`.

    Symmetry: renumber the nodes, and the outputs are renumbered with them.
    """

    w: Float[Array, "d c"]

    @classmethod
    def init(cls, d: int, c: int, *, key: PRNGKeyArray) -> "GraphConv":
        return cls(w=glorot(key, d, c))

    def __call__(
        self, x: Float[Array, "n d"], a: Float[Array, "n n"] | CSR
    ) -> Float[Array, "n c"]:
        return graph_conv(x, a, self.w)


class GCN(eqx.Module):
    """Graph convolutions with an activation between each two, none after the last.

    Symmetry: renumber the nodes, and the outputs are renumbered with them.
    """

    layers: tuple[GraphConv, ...]
    activation: Callable[[Array], Array] = eqx.field(static=True)

    @classmethod
    def init(
        cls,
        sizes: Sequence[int],
        activation: Callable[[Array], Array] = jax.nn.relu,
        *,
        key: PRNGKeyArray,
    ) -> "GCN":
        """Return a network from `sizes[0]` to `sizes[-1]` features a node.

        Fewer than two sizes raise ValueError. Source: Kipf & Welling (2017), eq. 9.

        >>> len(GCN.init([34, 16, 2], key=jax.random.key(0)).layers)
        2
        """
        if len(sizes) < 2:
            raise ValueError(
                f"sizes must hold an input and an output size at least; got {sizes}"
            )
        keys = jax.random.split(key, len(sizes) - 1)
        layers = tuple(
            GraphConv.init(d, c, key=k)
            for d, c, k in zip(sizes[:-1], sizes[1:], keys, strict=True)
        )
        return cls(layers=layers, activation=activation)

    def __call__(
        self, x: Float[Array, "n d"], a: Float[Array, "n n"] | CSR
    ) -> Float[Array, "n c"]:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x, a))
        return last(x, a)
