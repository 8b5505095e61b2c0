"""Coordinate networks: a picture as a function of the position."""

from collections.abc import Sequence
from math import pi

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.dense import MLP


def positions(h: int, w: int) -> Float[Array, "{h} {w} 2"]:
    """Return the place (row, column) of each pixel, from -1 to 1 along each axis.

    >>> positions(2, 3)[1].tolist()
    [[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    axes = jnp.linspace(-1, 1, h), jnp.linspace(-1, 1, w)
    return jnp.stack(jnp.meshgrid(*axes, indexing="ij"), axis=-1)


def fourier_features(
    x: Float[Array, " d"], frequencies: Float[Array, "d m"]
) -> Float[Array, " 2*m"]:
    """Return `cos(2πFᵀx)` and after them `sin(2πFᵀx)`, waves over the space of x.

    Frequencies are in periods per unit of x. Source: Tancik et al. (2020), eq. 5.

    >>> fourier_features(jnp.array([0.25]), jnp.array([[2.0]])).round().tolist()
    [-1.0, -0.0]
    """
    angles = 2 * pi * (x @ frequencies)
    return jnp.concatenate([jnp.cos(angles), jnp.sin(angles)])


class FourierNetwork(eqx.Module):
    """An MLP on the Fourier features of its input.

    The frequencies are leaves as all others, so that training moves them a little;
    Tancik et al. keep them as drawn.
    """

    frequencies: Float[Array, "d m"]
    mlp: MLP

    @classmethod
    def init(
        cls, sizes: Sequence[int], m: int = 64, scale: float = 2.0, *, key: PRNGKeyArray
    ) -> "FourierNetwork":
        """Draw m frequencies of standard deviation `scale`, and an MLP on 2m waves.

        >>> model = FourierNetwork.init([2, 5, 3], 4, key=jax.random.key(0))
        >>> model.mlp.layers[0].w.shape
        (8, 5)
        """
        for_frequencies, for_mlp = jax.random.split(key)
        frequencies = scale * jax.random.normal(for_frequencies, (sizes[0], m))
        mlp = MLP.init([2 * m, *sizes[1:]], key=for_mlp)
        return cls(frequencies=frequencies, mlp=mlp)

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        return self.mlp(fourier_features(x, self.frequencies))
