"""Convolution: every output reads a small window, with the same weights everywhere."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.conv.faster import faster_way
from nnds.conv.patches import patches
from nnds.conv.windows import Padding, check_sizes
from nnds.init import he


def conv2d(
    x: Float[Array, "h w d"],
    w: Float[Array, "i j e c"],
    b: Float[Array, " c"] | None = None,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
    groups: int = 1,
) -> Float[Array, "h2 w2 c"]:
    """Return `y[p, q] = b + Σ_ij x[s·p + t·i, s·q + t·j] · w[i, j]`.

    For stride s and dilation t, with a kernel that is not flipped (cross-correlation).
    "valid" keeps the windows that lie inside the image: `h2 = ceil((h - (i-1)·t) / s)`.
    "same" pads with zeros to `h2 = ceil(h / s)`, an odd zero going to the bottom and
    the right, as XLA and TensorFlow do. With groups, `e = d / groups`: the g-th block
    of c/groups outputs reads the g-th block of e inputs. Sizes that do not fit raise
    ValueError. Source: the book, section 7.1, eq. (E.7.4).

    >>> x = jnp.arange(9.0).reshape(3, 3, 1)
    >>> conv2d(x, jnp.ones((2, 2, 1, 1)))[:, :, 0].tolist()
    [[8.0, 12.0], [20.0, 24.0]]
    """
    check_sizes(x, w, stride, padding, dilation, groups)
    if faster := faster_way(x, w, stride, padding, dilation, groups):
        y = faster(x, w)  # the same sum
    else:
        (i, j, e, c), g = w.shape, groups
        p = patches(x, i, j, stride=stride, padding=padding, dilation=dilation)
        p, w = p.reshape(*p.shape[:4], g, e), w.reshape(i, j, e, g, c // g)
        y = jnp.einsum("pqijge,ijegc->pqgc", p, w).reshape(*p.shape[:2], c)
    return y if b is None else y + b[None, None, :]


class Conv2d(eqx.Module):
    """`conv2d` with a learned `w` and `b`.

    Symmetry: shift the image by the stride, and away from the border the output shifts
    by one pixel.
    """

    w: Float[Array, "i j e c"]
    b: Float[Array, " c"]
    stride: int = eqx.field(static=True, default=1)
    padding: Padding = eqx.field(static=True, default="valid")
    dilation: int = eqx.field(static=True, default=1)
    groups: int = eqx.field(static=True, default=1)

    @classmethod
    def init(
        cls,
        d: int,
        c: int,
        size: int,
        *,
        stride: int = 1,
        padding: Padding = "valid",
        dilation: int = 1,
        groups: int = 1,
        key: PRNGKeyArray,
    ) -> "Conv2d":
        """Return a layer from d to c channels with a kernel of `size` by `size`.

        >>> import jax
        >>> Conv2d.init(6, 16, 5, groups=2, key=jax.random.key(0)).w.shape
        (5, 5, 3, 16)
        """
        if groups < 1 or d % groups:
            raise ValueError(f"groups must divide d; got groups={groups}, d={d}")
        w = he(key, size, size, d // groups, c)
        return cls(w, jnp.zeros(c), stride, padding, dilation, groups)

    def __call__(self, x: Float[Array, "h w d"]) -> Float[Array, "h2 w2 c"]:
        return conv2d(
            x,
            self.w,
            self.b,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
