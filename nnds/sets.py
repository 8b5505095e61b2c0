"""Functions of sets: the order of the items carries no information.

Two forms: *invariant*, one output for the whole set, and *equivariant*, one output an
item that moves with its item. A mask marks the items that are present, so that sets of
different sizes fit one array; nothing depends on what stands in an absent row.
"""

from collections.abc import Callable
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from nnds.dense import MLP
from nnds.init import he

How = Literal["sum", "mean", "max"]


def pool(
    x: Float[Array, "n d"], *, how: How = "sum", mask: Bool[Array, " n"] | None = None
) -> Float[Array, " d"]:
    """Return the sum, mean or maximum of the present items, feature by feature.

    No item present gives zeros, whatever `how`. Items that tie for the maximum share
    its gradient equally. Another `how` raises ValueError.

    >>> pool(jnp.array([[1.0], [5.0]]), how="mean").tolist()
    [3.0]
    """
    present = jnp.ones(x.shape[0], bool) if mask is None else mask
    keep = jnp.broadcast_to(present[:, None], x.shape)
    if how == "sum":
        return jnp.sum(x, axis=0, where=keep)
    if how == "mean":  # divide before the sum is rounded: in float16 it may overflow
        wide = jnp.result_type(x, jnp.float32)
        total = jnp.sum(x, axis=0, where=keep, dtype=wide)
        return (total / jnp.maximum(present.sum(), 1)).astype(x.dtype)
    if how == "max":
        largest = jnp.max(x, axis=0, where=keep, initial=-jnp.inf)
        return jnp.where(present.any(), largest, jnp.zeros_like(largest))
    raise ValueError(f"how must be 'sum', 'mean' or 'max'; got {how!r}")


def deep_set(
    x: Float[Array, "n d"],
    phi: Callable[[Float[Array, " d"]], Float[Array, " k"]],
    rho: Callable[[Float[Array, " k"]], Float[Array, "..."]],
    *,
    how: How = "sum",
    mask: Bool[Array, " n"] | None = None,
) -> Float[Array, "..."]:
    """Return `rho(pool(phi(x_1), ..., phi(x_n)))`, the same for every order of items.

    Rows where `mask` is False are absent: neither the value nor a gradient depends on
    them, even if they hold NaN. An empty set, or one with all items absent, gives
    `rho(0)`. Source: Zaheer et al. (2017), theorem 2.

    >>> x = jnp.array([[1.0, 2.0], [3.0, 4.0]])
    >>> deep_set(x, lambda item: item**2, jnp.sum).item()
    30.0
    """
    if mask is not None and x.shape[0] > 0:
        # phi runs on absent rows too: give it a present item, not 0, at which a norm
        # has no gradient and 0·inf would be NaN
        stand_in = jnp.where(mask.any(), x[jnp.argmax(mask)], 0.0)
        x = jnp.where(mask[:, None], x, stand_in[None, :])
    return rho(pool(jax.vmap(phi)(x), how=how, mask=mask))


def equivariant(
    x: Float[Array, "n d"],
    w_self: Float[Array, "d c"],
    w_pool: Float[Array, "d c"],
    b: Float[Array, " c"],
    *,
    how: How = "mean",
    mask: Bool[Array, " n"] | None = None,
) -> Float[Array, "n c"]:
    """Return `x·w_self + pool(x)·w_pool + b`: each item, in the light of all items.

    Permuting the rows of x permutes the rows of the result. Absent rows (`mask` False)
    give zeros and change nothing, even if they hold NaN. Source: Zaheer et al. (2017),
    eq. 4, with a matrix for each scalar.

    >>> one = jnp.ones((1, 1))
    >>> equivariant(jnp.array([[1.0], [3.0]]), one, one, jnp.zeros(1)).tolist()
    [[3.0], [5.0]]
    """
    if mask is not None:
        x = jnp.where(mask[:, None], x, 0.0)
    context = pool(x, how=how, mask=mask) @ w_pool + b
    y = x @ w_self + context[None, :]
    return y if mask is None else jnp.where(mask[:, None], y, 0.0)


class Equivariant(eqx.Module):
    """`equivariant` with learned weights.

    Symmetry: permute the items, and the outputs permute with them.
    """

    w_self: Float[Array, "d c"]
    w_pool: Float[Array, "d c"]
    b: Float[Array, " c"]
    how: How = eqx.field(static=True)

    @classmethod
    def init(
        cls, d: int, c: int, *, how: How = "mean", key: PRNGKeyArray
    ) -> "Equivariant":
        key_self, key_pool = jax.random.split(key)
        return cls(he(key_self, d, c), he(key_pool, d, c), jnp.zeros(c), how)

    def __call__(
        self, x: Float[Array, "n d"], mask: Bool[Array, " n"] | None = None
    ) -> Float[Array, "n c"]:
        return equivariant(x, self.w_self, self.w_pool, self.b, how=self.how, mask=mask)


class DeepSet(eqx.Module):
    """`deep_set` with an MLP for `phi` and one for `rho`.

    Symmetry: permute the items, and the output stays the same.
    """

    phi: MLP
    rho: MLP
    how: How = eqx.field(static=True)

    @classmethod
    def init(
        cls, d: int, width: int, c: int, *, how: How = "sum", key: PRNGKeyArray
    ) -> "DeepSet":
        """Return a model from sets of items of size `d` to one vector of size `c`.

        >>> model = DeepSet.init(2, 32, 10, key=jax.random.key(0))
        >>> model(jnp.ones((5, 2))).shape
        (10,)
        """
        key_phi, key_rho = jax.random.split(key)
        phi = MLP.init([d, width, width], key=key_phi)
        return cls(phi, MLP.init([width, width, c], key=key_rho), how)

    def __call__(
        self, x: Float[Array, "n d"], mask: Bool[Array, " n"] | None = None
    ) -> Float[Array, " c"]:
        return deep_set(x, self.phi, self.rho, how=self.how, mask=mask)
