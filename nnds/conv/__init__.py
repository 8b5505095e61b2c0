"""Convolution: layers that know that an image is an image.

Read `convolution.py` first, then `pooling.py`, `receptive_field.py` and `lenet.py`;
`windows.py` counts windows, and `toeplitz.py` is a faster path of the same sum.
"""

from nnds.conv.convolution import Conv2d, conv2d
from nnds.conv.lenet import LeNet5
from nnds.conv.pooling import avg_pool2d, global_avg_pool, max_pool2d
from nnds.conv.receptive_field import receptive_field
from nnds.conv.toeplitz import band

__all__ = [
    "Conv2d",
    "LeNet5",
    "avg_pool2d",
    "band",
    "conv2d",
    "global_avg_pool",
    "max_pool2d",
    "receptive_field",
]
