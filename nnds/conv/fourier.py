"""Convolution by the Fourier transform: a product, number by number."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnds.conv.windows import windows


def fft_conv2d(
    x: Float[Array, "h w d"], w: Float[Array, "i j d c"]
) -> Float[Array, "h2 w2 c"]:
    """Return the "valid" `conv2d` as `F⁻¹(F(x) · conj F(w))`, F the Fourier transform.

    The conjugate stands for the kernel that is not flipped. The product is that of a
    circle, of which the places that do not wrap around are kept. The cost does not
    depend on the size of the kernel. Source: the convolution theorem.

    >>> x = jnp.arange(9.0).reshape(3, 3, 1)
    >>> y = fft_conv2d(x, jnp.ones((2, 2, 1, 1)))[:, :, 0]
    >>> y.round().astype(int).tolist()
    [[8, 12], [20, 24]]
    """
    (h, width, _), (i, j, _, _) = x.shape, w.shape
    rows, _, _ = windows("h", h, i, 1, "valid")
    columns, _, _ = windows("w", width, j, 1, "valid")
    spectrum = jnp.fft.rfft2(x, axes=(0, 1))
    kernel = jnp.fft.rfft2(w, s=(h, width), axes=(0, 1))
    product = jnp.einsum("uvd,uvdc->uvc", spectrum, kernel.conj())
    return jnp.fft.irfft2(product, s=(h, width), axes=(0, 1))[:rows, :columns]
