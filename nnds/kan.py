"""Kolmogorov-Arnold networks: a learned curve on every wire, a sum in every unit."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.activations import silu
from nnds.init import glorot

DEGREE = 3  # of the pieces of a curve: cubic, with two continuous derivatives


def splines(x: Float[Array, ""], m: int, limit: float = 2.0) -> Float[Array, " {m}"]:
    """Return the values at x of m cubic bumps, B-splines even on `[-limit, limit]`.

    Between the limits they add up to 1; far outside all are 0. Fewer than 4 raise
    ValueError. Source: de Boor (1978), chapter X, eq. 5, for knots 1 apart.

    >>> [round(b, 4) for b in splines(jnp.array(0.0), 5).tolist()]
    [0.0, 0.1667, 0.6667, 0.1667, 0.0]
    """
    pieces = m - DEGREE
    if pieces < 1:
        raise ValueError(f"cubic splines are {DEGREE + 1} or more; got {m}")
    place = (x + limit) * (pieces / (2 * limit)) + DEGREE  # the first knot is at 0
    t = jnp.clip(place, -1, m + DEGREE + 1) - jnp.arange(m + DEGREE, dtype=x.dtype)
    bumps = jnp.where((t >= 0) & (t < 1), 1.0, 0.0).astype(x.dtype)
    for k in range(1, DEGREE + 1):
        rising, falling = t[:-k] / k, (k + 1 - t[:-k]) / k
        bumps = rising * bumps[:-1] + falling * bumps[1:]
    return bumps


def kan_layer(
    x: Float[Array, " d"],
    base: Float[Array, "d c"],
    curves: Float[Array, "d c m"],
    limit: float = 2.0,
) -> Float[Array, " c"]:
    """Return `yⱼ = Σᵢ φᵢⱼ(xᵢ)`, with `φᵢⱼ(x) = baseᵢⱼ·silu(x) + Σₖ curvesᵢⱼₖ·Bₖ(x)`.

    The bumps `Bₖ` are `splines`. Outside the limits the base is left. Source: Liu et
    al. (2024), eq. 2.10 and 2.12, the grid not moved.

    >>> kan_layer(jnp.zeros(2), jnp.ones((2, 1)), jnp.ones((2, 1, 5))).round().tolist()
    [2.0]
    """
    bumps = jax.vmap(lambda number: splines(number, curves.shape[2], limit))(x)
    return silu(x) @ base + jnp.einsum("dm,dcm->c", bumps, curves)


class KANLayer(eqx.Module):
    """`kan_layer` with a learned base and learned curves."""

    base: Float[Array, "d c"]
    curves: Float[Array, "d c m"]

    @classmethod
    def init(cls, d: int, c: int, m: int = 8, *, key: PRNGKeyArray) -> "KANLayer":
        for_base, for_curves = jax.random.split(key)
        curves = 0.1 * jax.random.normal(for_curves, (d, c, m))
        return cls(base=glorot(for_base, d, c), curves=curves)

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        return kan_layer(x, self.base, self.curves)


class KAN(eqx.Module):
    """KAN layers one after the other; the curves are the only activations."""

    layers: tuple[KANLayer, ...]

    @classmethod
    def init(cls, sizes: Sequence[int], m: int = 8, *, key: PRNGKeyArray) -> "KAN":
        """Return a network from `sizes[0]` inputs to `sizes[-1]` outputs."""
        if len(sizes) < 2:
            raise ValueError(f"sizes must hold an input and an output; got {sizes}")
        keys = jax.random.split(key, len(sizes) - 1)
        pairs = zip(sizes[:-1], sizes[1:], keys, strict=True)
        return cls(layers=tuple(KANLayer.init(d, c, m, key=k) for d, c, k in pairs))

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        for layer in self.layers:
            x = layer(x)
        return x
