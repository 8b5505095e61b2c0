"""LeNet-5: the first convolutional network that read cheques for a living."""

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.conv.convolution import Conv2d
from nnds.conv.pooling import max_pool2d
from nnds.conv.windows import at_least_one
from nnds.dense import Dense


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
