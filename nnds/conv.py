"""Convolution: every output reads a small window, with the same weights everywhere."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.dense import Dense
from nnds.init import he
from nnds.toeplitz import banded_conv2d
from nnds.windows import Padding, at_least_one, combine_windows, windows


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
        )
    windows("h", h, i, stride, padding, dilation)
    windows("w", width, j, stride, padding, dilation)
    y = _convolve(x, w, stride, padding, dilation, groups)
    return y if b is None else y + b[None, None, :]


def _convolve(
    x: Array, w: Array, stride: int, padding: Padding, dilation: int, groups: int
) -> Array:
    """Return the sum over windows, sizes having been checked."""

    def library(x: Array, w: Array) -> Array:
        return lax.conv_general_dilated(
            x[None],
            w,
            window_strides=(stride, stride),
            padding=padding.upper(),
            rhs_dilation=(dilation, dilation),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )[0]

    def banded(x: Array, w: Array) -> Array:
        edges = [
            windows(axis, size, window, 1, padding)[1:]
            for axis, size, window in zip("hw", x.shape, w.shape, strict=False)
        ]
        return banded_conv2d(jnp.pad(x, (*edges, (0, 0))), w)

    # Measured on a CPU, forwards and back: up to 5 times faster for few input channels
    # and small images, up to 5 times slower otherwise.
    plain = stride == dilation == groups == 1
    small = x.shape[2] < 8 and max(x.shape) <= 64 and 0 not in x.shape + w.shape
    if plain and small:
        return lax.platform_dependent(x, w, cpu=banded, default=library)
    return library(x, w)


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
    that tie share the gradient. Integers have no gradient, and raise TypeError.
    Source: the book, section 7.2.

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
    total = combine_windows(x, size, stride, padding, jnp.add, 0.0)
    if padding == "valid":
        return total / size**2
    held = combine_windows(
        jnp.ones_like(x[:, :, :1]), size, stride, padding, jnp.add, 0.0
    )
    return total / held


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


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> int:
    """Return how many pixels along an axis one output reads.

    `1 + Σ_l (k_l - 1)·t_l·s_1···s_{l-1}` for layers `(kernel k, stride s, dilation t)`
    from the input on; a pooling layer is `(size, stride, 1)`. Numbers below 1 raise
    ValueError. Source: Araujo et al. (2019), Computing receptive fields, eq. 2.

    >>> receptive_field([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)])  # LeNet-5
    16
    """
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        at_least_one(kernel=kernel, stride=stride, dilation=dilation)
        field += (kernel - 1) * dilation * jump
        jump *= stride
    return field


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


class LeNet5(eqx.Module):
    """Two convolutions and three dense layers, from an image of 28 by 28 to classes.

    As in LeCun et al. (1998), section II.B, with three departures: C3 reads all six
    maps, the subsampling is a maximum, and the activation is ReLU. The paper's 32 by 32
    image with its blank border is the "same" padding of the first convolution.
    """

    c1: Conv2d
    c3: Conv2d
    c5: Dense
    f6: Dense
    output: Dense

    @classmethod
    def init(cls, classes: int = 10, *, key: PRNGKeyArray) -> "LeNet5":
        """Return the network: 61,706 parameters for ten classes.

        >>> model = LeNet5.init(key=jax.random.key(0))
        >>> sum(leaf.size for leaf in jax.tree.leaves(model))
        61706
        """
        at_least_one(classes=classes)
        key_c1, key_c3, key_c5, key_f6, key_output = jax.random.split(key, 5)
        return cls(
            c1=Conv2d.init(1, 6, 5, padding="same", key=key_c1),
            c3=Conv2d.init(6, 16, 5, key=key_c3),
            c5=Dense.init(400, 120, key=key_c5),
            f6=Dense.init(120, 84, key=key_f6),
            output=Dense.init(84, classes, key=key_output),
        )

    def __call__(self, x: Float[Array, "28 28 1"]) -> Float[Array, " classes"]:
        x = max_pool2d(jax.nn.relu(self.c1(x)), 2)
        x = max_pool2d(jax.nn.relu(self.c3(x)), 2)
        x = jax.nn.relu(self.c5(x.ravel()))
        return self.output(jax.nn.relu(self.f6(x)))
