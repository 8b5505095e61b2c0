"""Fully connected layers: every output reads every input."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.init import he


def dense(
    x: Float[Array, " d"], w: Float[Array, "d c"], b: Float[Array, " c"]
) -> Float[Array, " c"]:
    """Return `wᵀx + b`: output j is a weighted sum of all inputs, plus an offset.

    Sizes that do not match raise TypeError from JAX. Source: the book, chapter 5, eq.
    (E.5.1).

    >>> dense(jnp.array([1.0, 2.0]), jnp.array([[3.0], [4.0]]), jnp.ones(1)).tolist()
    [12.0]
    """
    return x @ w + b


class Dense(eqx.Module):
    """`dense` with a learned `w` and `b`."""

    w: Float[Array, "d c"]
    b: Float[Array, " c"]

    @classmethod
    def init(cls, d: int, c: int, *, key: PRNGKeyArray) -> "Dense":
        return cls(w=he(key, d, c), b=jnp.zeros(c))

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        return dense(x, self.w, self.b)


class MLP(eqx.Module):
    """Dense layers with an activation between each two, and none after the last."""

    layers: tuple[Dense, ...]
    activation: Callable[[Array], Array] = eqx.field(static=True)

    @classmethod
    def init(
        cls,
        sizes: Sequence[int],
        activation: Callable[[Array], Array] = jax.nn.relu,
        *,
        key: PRNGKeyArray,
    ) -> "MLP":
        """Return an MLP from `sizes[0]` inputs to `sizes[-1]` outputs.

        >>> MLP.init([784, 64, 10], key=jax.random.key(0)).layers[1].w.shape
        (64, 10)
        """
        if len(sizes) < 2:
            raise ValueError(
                f"sizes must hold an input and an output size at least; got {sizes}"
            )
        keys = jax.random.split(key, len(sizes) - 1)
        layers = tuple(
            Dense.init(d, c, key=k)
            for d, c, k in zip(sizes[:-1], sizes[1:], keys, strict=True)
        )
        return cls(layers=layers, activation=activation)

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)


class AdaptiveMLP(eqx.Module):
    """An MLP whose activations are trained with it: `h = φᵢ(wᵀx + b)` in layer i."""

    layers: tuple[Dense, ...]
    activations: tuple[Callable[[Array], Array], ...]

    @classmethod
    def init(
        cls,
        sizes: Sequence[int],
        activation: Callable[..., Callable[[Array], Array]],
        *,
        key: PRNGKeyArray,
    ) -> "AdaptiveMLP":
        """Return an MLP with `activation(c, key=key)` after a hidden layer of c units.

        >>> from nnds.activations import Swish
        >>> model = AdaptiveMLP.init([2, 3, 1], Swish.init, key=jax.random.key(0))
        >>> model.activations[0].beta.shape
        (3,)
        """
        for_layers, *keys = jax.random.split(key, len(sizes) - 1)
        hidden = zip(sizes[1:-1], keys, strict=True)
        units = tuple(activation(c, key=k) for c, k in hidden)
        layers = MLP.init(sizes, key=for_layers).layers
        return cls(layers=layers, activations=units)

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        *hidden, last = self.layers
        for layer, activation in zip(hidden, self.activations, strict=True):
            x = activation(layer(x))
        return last(x)
