"""Convolution as a matrix product: each kernel row becomes a banded (Toeplitz) matrix.

`conv2d` runs this way on a CPU when the image is small and has few channels, where
matrix products are faster than the library's convolutions; see `benchmarks/`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float


def band(w: Float[Array, "i j d c"], outputs: int) -> Float[Array, "i p q"]:
    """Return for each kernel row the matrix from pixels to neighbouring outputs.

    Row `(x, d)` and column `(o, c)` hold `w[i, x - o]`, and 0 off the band: `p` is
    `(outputs + j - 1)·d` and `q` is `outputs·c`. Source: the book, section 7.1.

    >>> band(jnp.array([1.0, 2.0]).reshape(1, 2, 1, 1), 2)[0].tolist()
    [[1.0, 0.0], [2.0, 1.0], [0.0, 2.0]]
    """
    i, j, d, c = w.shape
    width = outputs + j - 1
    # each output starts one pixel later: rows one longer than the matrix, end to end
    line = jnp.pad(w, ((0, 0), (0, width + 1 - j), (0, 0), (0, 0)))
    lines = jnp.tile(line, (1, outputs, 1, 1))[:, : outputs * width]
    shifted = lines.reshape(i, outputs, width, d, c)
    return shifted.transpose(0, 2, 3, 1, 4).reshape(i, width * d, outputs * c)


def banded_conv2d(
    x: Float[Array, "h w d"], w: Float[Array, "i j d c"]
) -> Float[Array, "h2 w2 c"]:
    """Return the "valid" convolution of stride 1, as one matrix product.

    Neighbouring outputs of a row are computed together, enough of them for 64 columns:
    for 64 channels and more this is the product of patches and kernel (im2col).

    >>> x = jnp.arange(9.0).reshape(3, 3, 1)
    >>> banded_conv2d(x, jnp.ones((2, 2, 1, 1)))[:, :, 0].tolist()
    [[8.0, 12.0], [20.0, 24.0]]
    """
    (h, width, d), (i, j, _, c) = x.shape, w.shape
    rows, columns = h - i + 1, width - j + 1
    blocks = max(columns * c // 64, 1)
    outputs = -(-columns // blocks)
    reach = outputs + j - 1
    x = jnp.pad(x, ((0, 0), (0, blocks * outputs - columns), (0, 0)))
    windows = [
        x[k : k + rows, o * outputs : o * outputs + reach].reshape(rows, reach * d)
        for o in range(blocks)
        for k in range(i)
    ]
    stacked = jnp.concatenate(windows, axis=1).reshape(rows * blocks, i * reach * d)
    y = stacked @ band(w, outputs).reshape(i * reach * d, outputs * c)
    return y.reshape(rows, blocks * outputs, c)[:, :columns]
