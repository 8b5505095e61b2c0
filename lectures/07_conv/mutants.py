"""Wrong solutions of the exercises of this lecture, each with where it was seen."""

import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside
from jax import lax

solutions = solutions_beside(__file__)

# conv2d ------------------------------------------------------------------------


@mutant("conv2d", "values", "github claroche-r/DMBSR#4: convolution flips, this not")
def flips_the_kernel(x, k):
    return solutions.conv2d(x, k[::-1, ::-1])


@mutant("conv2d", "values", "github tensorflow/tensorflow#11864: 'same' for 'valid'")
def pads_to_the_same_size(x, k):
    i, j, _, _ = k.shape
    above, left = (i - 1) // 2, (j - 1) // 2
    pads = ((above, i - 1 - above), (left, j - 1 - left), (0, 0))
    return solutions.conv2d(jnp.pad(x, pads), k)


@mutant("conv2d", "values", "github hi-abhi/tensorflow-value-iteration-networks#2")
def swaps_the_axes_of_the_kernel(x, k):
    return solutions.conv2d(x, k.swapaxes(0, 1).reshape(k.shape))


@mutant("conv2d", "values", "github yonghenglh6/DepthwiseConvolution#12: depthwise")
def does_not_mix_channels(x, k):
    d = x.shape[-1]
    return solutions.conv2d(x.sum(-1, keepdims=True), k.sum(2, keepdims=True)) / max(
        d, 1
    )


@mutant("conv2d", "vmap", "constructed: float() of a value, which no tracer has")
def skips_a_kernel_of_zeros(x, k):
    if float(jnp.abs(k).sum()) == 0:
        return jnp.zeros_like(solutions.conv2d(x, k))
    return solutions.conv2d(x, k)


@mutant("conv2d", "no Python loop over h", "github jax-ml/jax#4436: two loops unrolled")
def loops_over_the_image(x, k):
    i, j, _, c = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    rows = []
    for y in range(h):
        row = [jnp.einsum("ijd,ijdc->c", x[y : y + i, z : z + j], k) for z in range(w)]
        rows.append(jnp.stack(row))
    return jnp.stack(rows).reshape(h, w, c)


@mutant("conv2d", "forbidden operations", "constructed: calls what it is to write")
def calls_the_library(x, k):
    return lax.conv_general_dilated(
        x[None], k, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )[0]


@mutant("conv2d", "gradients", "constructed: a kernel frozen by stop_gradient")
def freezes_the_kernel(x, k):
    return solutions.conv2d(x, lax.stop_gradient(k))


@mutant("conv2d", "linearity in k", "constructed: the activation left in the layer")
def adds_an_activation(x, k):
    return jnp.maximum(solutions.conv2d(x, k), 0)


# circular_conv -----------------------------------------------------------------


@mutant("circular_conv", "values", "numpy.convolve: its kernel is flipped")
def reads_backwards(x, k):
    return k @ jnp.stack([jnp.roll(x, s) for s in range(k.shape[0])])


@mutant("circular_conv", "circular translation equivariance", "zero padding for wrap")
def pads_with_zeros(x, k):
    m = k.shape[0]
    padded = jnp.pad(x, (0, m - 1))
    return k @ jnp.stack([padded[s : s + x.shape[0]] for s in range(m)])


@mutant("circular_conv", "values", "numpy.convolve mode='valid': shorter result")
def drops_the_end(x, k):
    n, m = x.shape[0], k.shape[0]
    return k @ jnp.stack([x[s : s + n - m + 1] for s in range(m)])


@mutant("circular_conv", "values", "scipy.ndimage: the kernel is centred by default")
def centres_the_kernel(x, k):
    return jnp.roll(solutions.circular_conv(x, k), k.shape[0] // 2)


@mutant("circular_conv", "values", "numpy.pad mode='reflect' where 'wrap' is meant")
def reflects_at_the_end(x, k):
    n, m = x.shape[0], k.shape[0]
    padded = jnp.pad(x, (0, m - 1), mode="reflect") if n > 1 else jnp.tile(x, m)
    return k @ jnp.stack([padded[s : s + n] for s in range(m)])


@mutant("circular_conv", "no Python loop over n", "github jax-ml/jax#402: unrolled")
def loops_over_the_signal(x, k):
    n, m = x.shape[0], k.shape[0]
    return jnp.stack([sum(k[s] * x[(t + s) % n] for s in range(m)) for t in range(n)])


# separable_count ---------------------------------------------------------------


@mutant("separable_count", "values", "github PaddlePaddle/Mobile#34")
def counts_every_filter_on_every_channel(i, j, d, c):
    return i * j * d * d + d * c


@mutant("separable_count", "values", "github yonghenglh6/DepthwiseConvolution#12")
def counts_a_full_convolution(i, j, d, c):
    return i * j * d * c


@mutant("separable_count", "values", "github huggingface/pytorch-image-models#241")
def groups_by_the_output(i, j, d, c):
    return i * j * c + d * c


@mutant(
    "separable_count", "values", "github alexandrosstergiou/keras-DepthwiseConv3D#7"
)
def one_filter_for_all_channels(i, j, d, c):
    return i * j + d * c


@mutant("separable_count", "values", "a bias counted where there is none")
def counts_a_bias(i, j, d, c):
    return i * j * d + d + d * c + c


@mutant("separable_count", "linear in the area", "constructed: square kernels assumed")
def takes_the_kernel_as_square(i, j, d, c):
    return i * i * d + d * c


# receptive_field ---------------------------------------------------------------


@mutant("receptive_field", "values", "github Fangyh09/pytorch-receptive-field#6")
def ignores_dilation(kernel, stride, dilation):
    return solutions.receptive_field(kernel, stride, jnp.ones_like(dilation))


@mutant("receptive_field", "values", "github ibab/tensorflow-wavenet#259: one too many")
def counts_one_too_many(kernel, stride, dilation):
    return 1 + solutions.receptive_field(kernel, stride, dilation)


@mutant("receptive_field", "the last stride is free", "constructed: its own too")
def counts_its_own_stride(kernel, stride, dilation):
    return 1 + jnp.sum((kernel - 1) * dilation * jnp.cumprod(stride))


@mutant("receptive_field", "values", "github AlexeyAB/darknet#1206: strides ignored")
def ignores_stride(kernel, stride, dilation):
    return 1 + jnp.sum((kernel - 1) * dilation)


@mutant("receptive_field", "values", "github frgfm/torch-scan#33: layers reversed")
def counts_from_the_output(kernel, stride, dilation):
    return solutions.receptive_field(kernel[::-1], stride[::-1], dilation[::-1])


@mutant("receptive_field", "values", "github sfzhang15/SFD#69: k for k - 1")
def adds_whole_kernels(kernel, stride, dilation):
    ones = jnp.ones(1, stride.dtype)
    before = jnp.cumprod(jnp.concatenate([ones, stride]))[:-1]
    return jnp.sum(kernel * dilation * before)


@mutant("receptive_field", "jit", "constructed: a Python number taken of a tracer")
def takes_python_numbers(kernel, stride, dilation):
    field, step = 1, 1
    for k, s, r in zip(kernel, stride, dilation, strict=True):
        field += (int(k) - 1) * int(r) * step
        step *= int(s)
    return jnp.array(field)
