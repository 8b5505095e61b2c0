"""Sparse matrices: store and multiply only the entries that are not zero."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, Int, Shaped

SLOTS = (
    16  # entries of a row that need no scatter; 16 was measured faster than 8 and 32
)
Numbers = Sequence[int] | Sequence[float] | np.ndarray | Array


class Pattern(eqx.Module):
    """Where the entries of a sparse matrix stand, row after row.

    The row i of p - 1 has entries `pointer[i]` to `pointer[i + 1] - 1`, in columns
    `column`.
    """

    pointer: Int[Array, " p"]
    column: Int[Array, " e"]
    row: Int[Array, " e"]
    rest: Int[Array, " r"]  # the entries beyond the first SLOTS of their row
    twin: Int[Array, " e"]  # the same entry in the transposed matrix

    @classmethod
    def from_sorted(
        cls, row: np.ndarray, column: np.ndarray, twin: np.ndarray, n: int
    ) -> "Pattern":
        """Return the n rows of entries that are sorted by row."""
        pointer = np.searchsorted(row, np.arange(n + 1))
        rest = np.flatnonzero(np.arange(len(row)) - pointer[row] >= SLOTS)
        return cls(
            *(jnp.asarray(t, jnp.int32) for t in (pointer, column, row, rest, twin))
        )


class CSR(eqx.Module):
    """A sparse n-by-n matrix in compressed sparse rows, with its transpose stored.

    The transpose makes the gradient of `a @ x` with respect to x a product like the
    forward one. This is data, not a model: it holds integer leaves, so take gradients
    with respect to `values` (`dataclasses.replace(a, values=values)`), not to the CSR.
    Source: Saad (2003), Iterative methods for sparse linear systems, section 3.4.
    """

    values: Float[Array, " e"]
    pattern: Pattern
    transposed: Pattern

    @classmethod
    def from_edges(
        cls, reader: Numbers, read: Numbers, n: int, values: Numbers | None = None
    ) -> "CSR":
        """Return the n-by-n matrix with `a[reader[e], read[e]] = values[e]`.

        Values are 1 unless given, and those of a repeated edge are added up. An
        undirected edge is two edges. Built on the host: ends that are not whole numbers
        raise TypeError; ends outside 0..n-1, or not as many of one kind as of another,
        ValueError.

        >>> a = CSR.from_edges([0, 0, 1], [1, 1, 0], 2)
        >>> a.to_dense().tolist()
        [[0.0, 2.0], [1.0, 0.0]]
        """
        if n < 0:
            raise ValueError(f"a graph has 0 nodes or more; got n={n}")
        i, j = _ends("reader", reader, n), _ends("read", read, n)
        values = jnp.ones(len(i)) if values is None else jnp.asarray(values)
        if not len(i) == len(j) == values.size or values.ndim != 1:
            raise ValueError(
                "an edge is a reader, a node it reads and a value: the three must be "
                f"equally long; got {len(i)}, {len(j)} and values {values.shape}"
            )
        if not jnp.issubdtype(values.dtype, jnp.floating):
            values = values.astype(jnp.float32)
        entry, where = np.unique(i * n + j, return_inverse=True)
        i, j = entry // max(n, 1), entry % max(n, 1)
        order = np.argsort(j, kind="stable")
        total = jax.ops.segment_sum(wide(values), jnp.asarray(where), len(entry))
        return cls(
            values=total.astype(values.dtype),
            pattern=Pattern.from_sorted(i, j, np.argsort(order), n),
            transposed=Pattern.from_sorted(j[order], i[order], order, n),
        )

    @classmethod
    def from_dense(cls, a: np.ndarray | Array) -> "CSR":
        """Return the entries of an n-by-n array that are not zero.

        >>> CSR.from_dense(np.array([[0.0, 3.0], [0.0, 0.0]])).values.tolist()
        [3.0]
        """
        dense = np.asarray(a)
        if dense.ndim != 2 or dense.shape[0] != dense.shape[1]:
            raise ValueError(f"an adjacency matrix is n by n; got shape {dense.shape}")
        i, j = np.nonzero(dense)
        return cls.from_edges(i, j, len(dense), dense[i, j])

    @property
    def shape(self) -> tuple[int, int]:
        n = self.pattern.pointer.shape[0] - 1
        return n, n

    def to_dense(self) -> Float[Array, "n n"]:
        zeros = jnp.zeros(self.shape, self.values.dtype)
        return zeros.at[self.pattern.row, self.pattern.column].set(self.values)

    def __matmul__(self, x: Shaped[ArrayLike, "n *d"]) -> Float[Array, "n *d"]:
        """Return `a x` for a matrix or a vector of any numbers, NumPy's too."""
        dtype = jnp.result_type(self.values, x)
        x = jnp.asarray(x, dtype)
        if x.ndim not in (1, 2) or x.shape[0] != self.shape[1]:
            raise TypeError(
                f"a CSR of shape {self.shape} cannot multiply an array {x.shape}"
            )
        columns = x.reshape(x.shape[0], -1) if x.ndim == 1 else x
        y = _product(self.values, columns, self.pattern, self.transposed)
        return y.reshape(x.shape)


def _ends(name: str, nodes: Numbers, n: int) -> np.ndarray:
    """Return one end of every edge, checked, as int64 so that `i * n + j` is exact."""
    ends = np.asarray(nodes)
    if ends.shape == (0,):
        return np.zeros(0, np.int64)
    if ends.ndim != 1 or not np.issubdtype(ends.dtype, np.integer):
        raise TypeError(
            f"{name} must be a list of whole numbers; got {ends.dtype}{ends.shape}"
        )
    outside = np.flatnonzero((ends < 0) | (ends >= n))
    if outside.size:
        e = outside[0]
        raise ValueError(f"{name}[{e}] = {ends[e]} is no node of 0..{n - 1}")
    return ends.astype(np.int64)


def _multiply(values: Array, x: Array, pattern: Pattern) -> Array:
    """Return the product: the k-th entries of all rows at once, for k below SLOTS.

    XLA fuses these gathers into one loop, which on a CPU is ten times as fast as a
    segment sum. A segment sum then adds the entries of long rows beyond SLOTS.
    """
    y = jnp.zeros_like(wide(x))
    if values.size == 0:
        return y.astype(x.dtype)
    start, stop = pattern.pointer[:-1, None], pattern.pointer[1:, None]
    slot = start + jnp.arange(SLOTS)[None]
    # past the end of a row: its last entry once more, times zero
    entry = jnp.clip(slot, 0, jnp.maximum(stop - 1, 0))
    value = jnp.where(slot < stop, _at(values, entry), 0)
    # kept as arrays, since the loop would else look them up again for every feature
    value, column = jax.lax.optimization_barrier((value, _at(pattern.column, entry)))
    for k in range(SLOTS):
        # what is past the end must not count, not even 0 times an infinity
        term = value[:, k, None] * _at(x, column[:, k])
        y = y + jnp.where(slot[:, k, None] < stop, term, 0)
    if pattern.rest.size:
        term = values[pattern.rest][:, None] * x[pattern.column[pattern.rest]]
        y = y.at[pattern.row[pattern.rest]].add(
            term.astype(y.dtype), indices_are_sorted=True
        )
    return y.astype(x.dtype)


def wide(x: Array) -> Array:
    """Return x as float32, or as it is where that is wider: numbers to add up."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _at(x: Array, index: Array) -> Array:
    # from_edges has checked the indices; checking again takes half of the time
    return x.at[index].get(mode="promise_in_bounds")


def _forward(values, x, pattern, transposed):
    return _product(values, x, pattern, transposed), (values, x, pattern, transposed)


def _backward(saved, g):
    values, x, pattern, transposed = saved
    dx = _product(values[transposed.twin], g, transposed, pattern)
    dvalues = (g[pattern.row] * x[pattern.column]).sum(1).astype(values.dtype)
    return dvalues, dx, None, None


_product = jax.custom_vjp(
    lambda values, x, pattern, transposed: _multiply(values, x, pattern)
)
_product.defvjp(_forward, _backward)
