"""Pooling: each window of an image becomes one pixel, channel by channel."""

from functools import partial

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnds.conv.windows import Padding, combine_windows


def max_pool2d(
    x: Float[Array, "h w d"],
    size: int,
    *,
    stride: int | None = None,
    padding: Padding = "valid",
) -> Float[Array, "h2 w2 d"]:
    """Return the maximum of each window of `size` by `size`, channel by channel.

    `stride` is `size` unless given. "same" pads as `conv2d` does, with minus infinity,
    which no window returns unless it held it: every window has a pixel in it. Pixels
    that tie share the gradient, though more than two not evenly. Integers have no
    gradient, and raise TypeError. Source: the book, section 7.2.

    >>> max_pool2d(jnp.arange(16.0).reshape(4, 4, 1), 2)[:, :, 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """
    _floating(x)
    return combine_windows(x, size, stride, padding, jnp.maximum, -jnp.inf)


def avg_pool2d(
    x: Float[Array, "h w d"],
    size: int,
    *,
    stride: int | None = None,
    padding: Padding = "valid",
) -> Float[Array, "h2 w2 d"]:
    """Return the mean of each window of `size` by `size`, channel by channel.

    As `max_pool2d`, but "same" pads with nothing: a window at the edge is the mean of
    the pixels it holds (as in TensorFlow; PyTorch counts its zeros).

    >>> avg_pool2d(jnp.arange(16.0).reshape(4, 4, 1), 2)[:, :, 0].tolist()
    [[2.5, 4.5], [10.5, 12.5]]
    """
    _floating(x)
    add = partial(combine_windows, size=size, stride=stride, padding=padding)
    wide = x.astype(jnp.result_type(x, jnp.float32))  # for sums past 65,504
    held = size**2
    total = add(wide, combine=jnp.add, fill=0.0)
    if padding == "same":
        held = add(jnp.ones_like(wide[:, :, :1]), combine=jnp.add, fill=0.0)
    return (total / held).astype(x.dtype)


def _floating(x: Array) -> None:
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(
            f"pooling needs floating-point pixels; got {x.dtype}. "
            "Convert first: x.astype(jnp.float32) / 255"
        )


def global_avg_pool(x: Float[Array, "h w d"]) -> Float[Array, " d"]:
    """Return the mean over all pixels, channel by channel.

    An image without pixels raises ValueError. Source: Lin et al. (2014), section 3.2.

    >>> global_avg_pool(jnp.arange(4.0).reshape(2, 2, 1)).tolist()
    [1.5]
    """
    if x.shape[0] == 0 or x.shape[1] == 0:
        raise ValueError(f"the mean of no pixels does not exist; got shape {x.shape}")
    return x.mean(axis=(0, 1))
