"""Windows along the axes of an image: how many there are, and what they hold."""

from collections.abc import Callable
from functools import reduce
from typing import Literal

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

Padding = Literal["valid", "same"]


def at_least_one(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1; got {size}")


def windows(
    axis: str, size: int, window: int, stride: int, padding: Padding, dilation: int = 1
) -> tuple[int, int, int]:
    """Return the number of windows along an axis, and the padding before and after."""
    if window < 1:
        raise ValueError(f"the window needs a size of at least 1 on axis {axis}; got 0")
    reach = (window - 1) * dilation + 1
    if padding == "valid":
        if reach > size:
            raise ValueError(
                f"a window that reaches over {reach} does not fit axis {axis}, of size "
                f'{size}: pad with padding="same", or take a smaller window or dilation'
            )
        return (size - reach) // stride + 1, 0, 0
    if padding == "same":
        count = -(-size // stride)
        missing = max((count - 1) * stride + reach - size, 0)
        return count, missing // 2, missing - missing // 2
    raise ValueError(f"padding must be 'valid' or 'same'; got {padding!r}")


def check_sizes(
    x: Array, w: Array, stride: int, padding: Padding, dilation: int, groups: int
) -> None:
    """Raise ValueError, naming the axis, where a kernel does not fit an image."""
    (h, width, d), (i, j, e, c) = x.shape, w.shape
    at_least_one(stride=stride, dilation=dilation, groups=groups)
    if d % groups or c % groups:
        raise ValueError(
            f"groups must divide the input axis d and the output axis c; got "
            f"groups={groups}, d={d}, c={c}"
        )
    if e * groups != d:
        raise ValueError(
            f"axis 2 of the kernel must be d/groups = {d}/{groups} = {d // groups} for "
            f"an image of {d} channels; got {e} (kernel {w.shape}, image {x.shape})"
            f"{'. Channels first? jnp.moveaxis(x, 0, -1)' if h == e * groups else ''}"
        )
    windows("h", h, i, stride, padding, dilation)
    windows("w", width, j, stride, padding, dilation)


def combine_windows(
    x: Array,
    size: int,
    stride: int | None,
    padding: Padding,
    combine: Callable[[Array, Array], Array],
    fill: float,
) -> Array:
    """Combine each window of `size` by `size`: rows first, then columns.

    Shifted strided slices, not `lax.reduce_window`, whose gradient for the maximum took
    nine times as long on a CPU.
    """
    stride = size if stride is None else stride
    at_least_one(size=size, stride=stride)
    for axis, name in enumerate("hw"):
        count, before, after = windows(name, x.shape[axis], size, stride, padding)
        edges = [(0, 0)] * 3
        edges[axis] = (before, after)
        x = jnp.pad(x, edges, constant_values=fill) if before or after else x
        stop = (count - 1) * stride + 1
        shifts = [
            lax.slice_in_dim(x, k, k + stop, stride, axis) if count else x
            for k in range(size)
        ]
        x = reduce(combine, shifts)
    return x
