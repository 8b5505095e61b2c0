"""Separable convolution: look around in each channel, then mix the channels."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.conv.convolution import conv2d
from nnds.conv.windows import Padding
from nnds.init import he, lecun


def depthwise_conv2d(
    x: Float[Array, "h w d"],
    k: Float[Array, "i j d"],
    *,
    stride: int = 1,
    padding: Padding = "valid",
) -> Float[Array, "h2 w2 d"]:
    """Return `y[p, q, z] = Σ_ij x[s·p + i, s·q + j, z] · k[i, j, z]`.

    A `conv2d` with as many groups as channels: none reads another. Source: the book,
    section 7.2.

    >>> x = jnp.array([[[1.0, 10.0], [2.0, 20.0]]])
    >>> depthwise_conv2d(x, jnp.ones((1, 2, 2))).tolist()
    [[[3.0, 30.0]]]
    """
    d = x.shape[2]
    return conv2d(x, k[:, :, None, :], stride=stride, padding=padding, groups=d)


def separable_conv2d(
    x: Float[Array, "h w d"],
    k: Float[Array, "i j d"],
    p: Float[Array, "d c"],
    b: Float[Array, " c"] | None = None,
    *,
    stride: int = 1,
    padding: Padding = "valid",
) -> Float[Array, "h2 w2 c"]:
    """Return `depthwise_conv2d(x, k) p + b`: `i·j·d + d·c` weights, not `i·j·d·c`.

    Equal to `conv2d` with the kernel `k[i, j, d] · p[d, c]`, in fewer products. Source:
    Chollet (2017), section 2.

    >>> x = jnp.array([[[1.0, 10.0], [2.0, 20.0]]])
    >>> separable_conv2d(x, jnp.ones((1, 2, 2)), jnp.array([[2.0], [1.0]])).tolist()
    [[[36.0]]]
    """
    y = depthwise_conv2d(x, k, stride=stride, padding=padding) @ p
    return y if b is None else y + b[None, None, :]


class SeparableConv2d(eqx.Module):
    """`separable_conv2d` with a learned `k`, `p` and `b`.

    Symmetry: shift the image by the stride, and away from the border the output shifts
    by one pixel.
    """

    k: Float[Array, "i j d"]
    p: Float[Array, "d c"]
    b: Float[Array, " c"]
    stride: int = eqx.field(static=True, default=1)
    padding: Padding = eqx.field(static=True, default="valid")

    @classmethod
    def init(
        cls,
        d: int,
        c: int,
        size: int,
        *,
        stride: int = 1,
        padding: Padding = "valid",
        key: PRNGKeyArray,
    ) -> "SeparableConv2d":
        key_k, key_p = jax.random.split(key)
        # the gain of 2 is for a ReLU, and none stands between k and p
        k = lecun(key_k, size, size, 1, d)[:, :, 0]
        return cls(k, he(key_p, d, c), jnp.zeros(c), stride, padding)

    def __call__(self, x: Float[Array, "h w d"]) -> Float[Array, "h2 w2 c"]:
        return separable_conv2d(
            x, self.k, self.p, self.b, stride=self.stride, padding=self.padding
        )
