"""The VGG block: small kernels one after the other, then half the size."""

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.conv.convolution import Conv2d
from nnds.conv.pooling import max_pool2d
from nnds.conv.windows import at_least_one


class VGGBlock(eqx.Module):
    """`depth` convolutions of 3 by 3 with ReLU, which keep the size, then a maximum.

    Two of them see 5 by 5 pixels with 18·d·c weights where one of 5 by 5 has 25, and a
    ReLU more stands between. Source: Simonyan & Zisserman (2015), section 2.3.
    """

    convolutions: tuple[Conv2d, ...]

    @classmethod
    def init(cls, d: int, c: int, depth: int = 2, *, key: PRNGKeyArray) -> "VGGBlock":
        """Return a block from d to c channels.

        >>> len(VGGBlock.init(3, 8, key=jax.random.key(0)).convolutions)
        2
        """
        at_least_one(depth=depth)
        keys = jax.random.split(key, depth)
        inputs = [d] + [c] * (depth - 1)
        return cls(
            tuple(
                Conv2d.init(channels, c, 3, padding="same", key=k)
                for channels, k in zip(inputs, keys, strict=True)
            )
        )

    def __call__(self, x: Float[Array, "h w d"]) -> Float[Array, "h2 w2 c"]:
        for convolution in self.convolutions:
            x = jax.nn.relu(convolution(x))
        return max_pool2d(x, 2)
