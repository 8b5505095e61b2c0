"""Patches: the small windows of an image, and the layer that reads each its own way."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from nnds.conv.windows import Padding, at_least_one, windows


def patches(
    x: Float[Array, "h w d"],
    i: int,
    j: int,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
) -> Float[Array, "h2 w2 i j d"]:
    """Return all windows of `i` by `j`: `P[p, q, a, b] = x[s·p + t·a, s·q + t·b]`.

    Stride s, dilation t and the sizes h2 and w2 are those of `conv2d`; "same" pads with
    zeros. A window that does not fit raises ValueError. Source: the book, section 7.1.

    >>> patches(jnp.arange(9.0).reshape(3, 3, 1), 2, 2)[1, 0, :, :, 0].tolist()
    [[3.0, 4.0], [6.0, 7.0]]
    """
    at_least_one(stride=stride, dilation=dilation)
    x = _windows_of(x, 0, i, stride, padding, dilation)  # h2 i w d
    x = _windows_of(x, 2, j, stride, padding, dilation)  # h2 i w2 j d
    return x.transpose(0, 2, 1, 3, 4)


def _windows_of(
    x: Array, axis: int, size: int, stride: int, padding: Padding, dilation: int
) -> Array:
    """Replace `axis` by two: the window, and the place in it."""
    name = "w" if axis else "h"
    count, *edges = windows(name, x.shape[axis], size, stride, padding, dilation)
    x = jnp.pad(x, [(0, 0)] * axis + [tuple(edges)] + [(0, 0)] * (x.ndim - axis - 1))
    stop = (count - 1) * stride + 1 if count else 0
    shifts = [
        lax.slice_in_dim(x, start, start + stop, stride, axis)
        for start in range(0, size * dilation, dilation)
    ]
    return jnp.stack(shifts, axis + 1)


def locally_connected(
    x: Float[Array, "h w d"], w: Float[Array, "h2 w2 i j d c"]
) -> Float[Array, "h2 w2 c"]:
    """Return `y[p, q] = Σ_ij x[p + i, q + j] · w[p, q, i, j]`.

    As `conv2d`, but every place has weights of its own: local, and not shared. A `w`
    whose places are not the windows of `x` raises ValueError. Source: the book, section
    7.1.

    >>> locally_connected(jnp.ones((2, 2, 1)), jnp.full((2, 1, 1, 2, 1, 1), 3.0)).shape
    (2, 1, 1)
    """
    windows = patches(x, *w.shape[2:4])
    if windows.shape != w.shape[:5]:
        raise ValueError(
            f"an image {x.shape} has windows {windows.shape} (h2, w2, i, j, d); "
            f"got weights {w.shape}"
        )
    return jnp.einsum("pqijd,pqijdc->pqc", windows, w)
