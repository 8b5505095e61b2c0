"""Convolution: layers that know that an image is an image.

Read `patches.py` and `convolution.py` first, then `pooling.py`, `separable.py`,
`transposed.py`, `receptive_field.py`, and the networks `lenet.py` and `vgg.py`.
`windows.py` counts windows; `faster.py`, `toeplitz.py`, `matrix.py` and `fourier.py`
are other ways to the same sum.
"""

from nnds.conv.convolution import Conv2d, conv2d
from nnds.conv.faster import library_conv2d
from nnds.conv.fourier import fft_conv2d
from nnds.conv.lenet import LeNet5
from nnds.conv.matrix import conv_matrix
from nnds.conv.patches import locally_connected, patches
from nnds.conv.pooling import avg_pool2d, global_avg_pool, max_pool2d
from nnds.conv.receptive_field import receptive_field
from nnds.conv.separable import SeparableConv2d, depthwise_conv2d, separable_conv2d
from nnds.conv.toeplitz import band, banded_conv2d
from nnds.conv.transposed import ConvTranspose2d, conv_transpose2d
from nnds.conv.vgg import VGGBlock

__all__ = [
    "Conv2d",
    "ConvTranspose2d",
    "LeNet5",
    "SeparableConv2d",
    "VGGBlock",
    "avg_pool2d",
    "band",
    "banded_conv2d",
    "conv2d",
    "conv_matrix",
    "conv_transpose2d",
    "depthwise_conv2d",
    "fft_conv2d",
    "global_avg_pool",
    "library_conv2d",
    "locally_connected",
    "max_pool2d",
    "patches",
    "receptive_field",
    "separable_conv2d",
]
