"""A convolution is linear, so it is a matrix: mostly zero, and the same few numbers."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnds.conv.convolution import conv2d


def conv_matrix(
    w: Float[Array, "i j d c"], h: int, width: int
) -> Float[Array, "outputs inputs"]:
    """Return the matrix M with `conv2d(x, w).ravel() = M x.ravel()`.

    Column by column the response to one lit pixel of an image of `h` by `width`. Blocks
    that are constant along diagonals make it a doubly block Toeplitz matrix; its
    transpose is `conv_transpose2d`. For small images: it has h2·w2·c·h·w·d entries.
    Source: the book, section 7.1.

    >>> conv_matrix(jnp.array([1.0, 2.0]).reshape(1, 2, 1, 1), 1, 3).tolist()
    [[1.0, 2.0, 0.0], [0.0, 1.0, 2.0]]
    """
    d = w.shape[2]
    pixels = jnp.eye(h * width * d, dtype=w.dtype).reshape(-1, h, width, d)
    responses = jax.vmap(conv2d, (0, None))(pixels, w)
    return responses.reshape(len(pixels), -1).T
