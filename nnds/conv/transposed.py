"""Transposed convolution: every pixel stamps the kernel into a larger image."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.conv.windows import Padding, at_least_one
from nnds.init import variance_scaling


def conv_transpose2d(
    x: Float[Array, "h w d"],
    w: Float[Array, "i j d c"],
    b: Float[Array, " c"] | None = None,
    *,
    stride: int = 1,
    padding: Padding = "valid",
) -> Float[Array, "h2 w2 c"]:
    """Return `y[s·p + i, s·q + j] += x[p, q] · w[i, j]`, summed over all p, q, i, j.

    For stride s. "valid" keeps all that is stamped, `h2 = (h - 1)·s + i`; "same" keeps
    the middle `h2 = h·s`, and needs a kernel of at least s: else ValueError. As a
    matrix it is the transpose of `conv2d` with the channels of the kernel exchanged:
    it gives back the size, not the image. Source: Dumoulin & Visin (2016), chapter 4.

    >>> x = jnp.array([[[1.0], [2.0]]])
    >>> conv_transpose2d(x, jnp.ones((1, 3, 1, 1)), stride=2)[:, :, 0].tolist()
    [[1.0, 1.0, 3.0, 2.0, 2.0]]
    """
    (h, width, d), (i, j, e, _) = x.shape, w.shape
    at_least_one(stride=stride, i=i, j=j, h=h, w=width)
    if d != e:
        raise ValueError(f"the kernel reads {e} channels (axis 2), the image has {d}")
    zero = jnp.zeros((), x.dtype)
    y = jnp.zeros(((h - 1) * stride + i, (width - 1) * stride + j, w.shape[3]), x.dtype)
    for m, n in np.ndindex(i, j):  # the numbers that all pixels stamp at (m, n)
        rows, columns = (m, i - 1 - m, stride - 1), (n, j - 1 - n, stride - 1)
        y += lax.pad(x @ w[m, n], zero, (rows, columns, (0, 0, 0)))
    if padding == "same":
        if min(i, j) < stride:
            raise ValueError(
                f"a kernel of {i} by {j} leaves gaps at stride {stride}, and cannot "
                'fill "same": take a larger kernel'
            )
        top, left = (i - stride) // 2, (j - stride) // 2
        y = y[top : top + h * stride, left : left + width * stride]
    return y if b is None else y + b[None, None, :]


class ConvTranspose2d(eqx.Module):
    """`conv_transpose2d` with a learned `w` and `b`."""

    w: Float[Array, "i j d c"]
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
    ) -> "ConvTranspose2d":
        """Return a layer from d to c channels, with a stamp of `size` by `size`.

        An output adds up about (size / stride)² stamps of d channels, and the variance
        of `w` is 2 divided by their number.
        """
        at_least_one(stride=stride)
        stamps = max(size / stride, 1) ** 2
        variance = 2 / max(stamps * d, 1)
        w = variance_scaling(
            key, size, size, d, c, variance=variance, distribution="normal"
        )
        return cls(w, jnp.zeros(c), stride, padding)

    def __call__(self, x: Float[Array, "h w d"]) -> Float[Array, "h2 w2 c"]:
        return conv_transpose2d(
            x, self.w, self.b, stride=self.stride, padding=self.padding
        )
