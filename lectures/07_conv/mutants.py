"""Wrong solutions of the exercises of this lecture, each with where it was seen."""

import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside
from jax import lax

solutions = solutions_beside(__file__)

# conv2d ------------------------------------------------------------------------


@mutant(
    "conv2d",
    "values",
    "github claroche-r/DMBSR#4: convolution flips, this not",
    says="flipped the kernel",
)
def flips_the_kernel(x, k):
    return solutions.conv2d(x, k[::-1, ::-1])


@mutant(
    "conv2d",
    "values",
    "github tensorflow/tensorflow#11864: 'same' for 'valid'",
    says="padded the image",
)
def pads_to_the_same_size(x, k):
    i, j, _, _ = k.shape
    above, left = (i - 1) // 2, (j - 1) // 2
    pads = ((above, i - 1 - above), (left, j - 1 - left), (0, 0))
    return solutions.conv2d(jnp.pad(x, pads), k)


@mutant(
    "conv2d",
    "values",
    "github hi-abhi/tensorflow-value-iteration-networks#2",
    says="exchanged the two axes",
)
def swaps_the_axes_of_the_kernel(x, k):
    return solutions.conv2d(x, k.swapaxes(0, 1).reshape(k.shape))


@mutant(
    "conv2d",
    "values",
    "github yonghenglh6/DepthwiseConvolution#12: depthwise",
    says="mean over the channels",
)
def does_not_mix_channels(x, k):
    d = x.shape[-1]
    return solutions.conv2d(x.sum(-1, keepdims=True), k.sum(2, keepdims=True)) / max(
        d, 1
    )


@mutant(
    "conv2d",
    "values",
    "constructed: axis -1 summed too early",
    says="summed the channels",
)
def sums_channels_apart(x, k):
    return solutions.conv2d(x.sum(-1, keepdims=True), k.sum(2, keepdims=True))


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


@mutant(
    "conv2d",
    "linearity in k",
    "constructed: the activation left in the layer",
    says="applied an activation",
)
def adds_an_activation(x, k):
    return jnp.maximum(solutions.conv2d(x, k), 0)


@mutant(
    "conv2d",
    "values",
    "scipy.signal.convolve2d: mode='full' by default",
    says="hang over all edges",
)
def pads_all_around(x, k):
    i, j, _, _ = k.shape
    return solutions.conv2d(jnp.pad(x, ((i - 1, i - 1), (j - 1, j - 1), (0, 0))), k)


@mutant(
    "conv2d",
    "values",
    "constructed: rolled images, not cut",
    says="start again at its edges",
)
def rolls_the_image(x, k):
    i, j, _, _ = k.shape
    places = [(a, b) for a in range(i) for b in range(j)]
    return sum(jnp.roll(x, (-a, -b), (0, 1)) @ k[a, b] for a, b in places)


@mutant("conv2d", "values", "constructed: a mean for the sum", says="over the window")
def takes_the_mean(x, k):
    return solutions.conv2d(x, k) / (k.shape[0] * k.shape[1])


# circular_conv -----------------------------------------------------------------


@mutant(
    "circular_conv", "values", "numpy.convolve: its kernel is flipped", says="backwards"
)
def reads_backwards(x, k):
    return k @ jnp.stack([jnp.roll(x, s) for s in range(k.shape[0])])


@mutant(
    "circular_conv",
    "circular translation equivariance",
    "zero padding for wrap",
    says="zeros at its end",
)
def pads_with_zeros(x, k):
    m = k.shape[0]
    padded = jnp.pad(x, (0, m - 1))
    return k @ jnp.stack([padded[s : s + x.shape[0]] for s in range(m)])


@mutant(
    "circular_conv",
    "values",
    "numpy.convolve mode='valid': shorter result",
    says="as long as the signal",
)
def drops_the_end(x, k):
    n, m = x.shape[0], k.shape[0]
    return k @ jnp.stack([x[s : s + n - m + 1] for s in range(m)])


@mutant(
    "circular_conv",
    "values",
    "scipy.ndimage: the kernel is centred by default",
    says="centred",
)
def centres_the_kernel(x, k):
    return jnp.roll(solutions.circular_conv(x, k), k.shape[0] // 2)


@mutant(
    "circular_conv",
    "values",
    "numpy.pad mode='reflect' where 'wrap' is meant",
    says="reflected",
)
def reflects_at_the_end(x, k):
    n, m = x.shape[0], k.shape[0]
    padded = jnp.pad(x, (0, m - 1), mode="reflect") if n > 1 else jnp.tile(x, m)
    return k @ jnp.stack([padded[s : s + n] for s in range(m)])


@mutant(
    "circular_conv",
    "values",
    "JAX: an index out of bounds is clamped",
    says="repeats the last number",
)
def reads_past_the_end(x, k):
    places = jnp.arange(x.shape[0])
    return sum(k[s] * x[places + s] for s in range(k.shape[0]))


@mutant(
    "circular_conv", "values", "constructed: counted from 1", says="one place too far"
)
def starts_one_late(x, k):
    return jnp.roll(solutions.circular_conv(x, k), -1)


@mutant("circular_conv", "no Python loop over n", "github jax-ml/jax#402: unrolled")
def loops_over_the_signal(x, k):
    n, m = x.shape[0], k.shape[0]
    return jnp.stack([sum(k[s] * x[(t + s) % n] for s in range(m)) for t in range(n)])


# separable_conv ----------------------------------------------------------------


@mutant(
    "separable_conv",
    "values",
    "github yonghenglh6/DepthwiseConvolution#12",
    says="summed over the channels",
)
def sums_channels_first(x, k, p):
    each = jnp.broadcast_to(x.sum(2, keepdims=True), x.shape)
    return solutions.separable_conv(each, k, p)


@mutant(
    "separable_conv",
    "values",
    "github alexandrosstergiou/keras-DepthwiseConv3D#7",
    says="one kernel for all",
)
def shares_one_kernel(x, k, p):
    return solutions.separable_conv(x, jnp.broadcast_to(k[:, :, :1], k.shape), p)


@mutant(
    "separable_conv",
    "values",
    "github claroche-r/DMBSR#4: convolution flips",
    says="flipped the kernel",
)
def flips_each_kernel(x, k, p):
    return solutions.separable_conv(x, k[::-1, ::-1], p)


@mutant(
    "separable_conv",
    "values",
    "constructed: p of shape (c, d), as PyTorch has it",
    says="by its columns",
)
def reads_p_by_columns(x, k, p):
    return solutions.separable_conv(x, k, p.T.reshape(p.shape))


@mutant(
    "separable_conv",
    "values",
    "github huggingface/pytorch-image-models#241",
    says="left out the second step",
)
def is_depthwise_only(x, k, p):
    return solutions.separable_conv(x, k, jnp.eye(x.shape[2]))


@mutant(
    "separable_conv",
    "values",
    "Chollet (2017), Xception, fig. 10: ReLU between",
    says="activation between",
)
def activates_between(x, k, p):
    return jnp.maximum(solutions.separable_conv(x, k, jnp.eye(x.shape[2])), 0) @ p


@mutant(
    "separable_conv",
    "values",
    "tensorflow/tensorflow#11864: 'same' for 'valid'",
    says="padded the image",
)
def pads_the_image(x, k, p):
    i, j, _ = k.shape
    above, left = (i - 1) // 2, (j - 1) // 2
    pads = ((above, i - 1 - above), (left, j - 1 - left), (0, 0))
    return solutions.separable_conv(jnp.pad(x, pads), k, p)


@mutant(
    "separable_conv",
    "values",
    "github hi-abhi/tensorflow-value-iteration-networks#2",
    says="exchanged the two axes",
)
def swaps_the_axes_of_each_kernel(x, k, p):
    return solutions.separable_conv(x, k.swapaxes(0, 1).reshape(k.shape), p)


@mutant(
    "separable_conv",
    "values",
    "constructed: the activation left in the layer",
    says="applied an activation",
)
def activates_at_the_end(x, k, p):
    return jnp.maximum(solutions.separable_conv(x, k, p), 0)


@mutant("separable_conv", "cheaper than a full kernel", "constructed: one full kernel")
def builds_the_full_kernel(x, k, p):
    i, j, _ = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    full = k[:, :, :, None] * p[None, None]
    return sum(x[a : a + h, b : b + w] @ full[a, b] for a in range(i) for b in range(j))


@mutant("separable_conv", "forbidden operations", "constructed: grouped by the library")
def calls_the_library_in_groups(x, k, p):
    d = x.shape[2]
    if d == 0:
        return solutions.separable_conv(x, k, p)
    each = lax.conv_general_dilated(
        x[None],
        k[:, :, None, :],
        (1, 1),
        "VALID",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=d,
    )
    return each[0] @ p


@mutant("separable_conv", "no Python loop over h", "github jax-ml/jax#4436: unrolled")
def loops_over_all_rows(x, k, p):
    i = k.shape[0]
    rows = range(x.shape[0] - i + 1)
    return jnp.concatenate([solutions.separable_conv(x[y : y + i], k, p) for y in rows])


@mutant("separable_conv", "gradients", "constructed: p frozen, not trained")
def freezes_p(x, k, p):
    return solutions.separable_conv(x, k, lax.stop_gradient(p))


# receptive_field ---------------------------------------------------------------


@mutant(
    "receptive_field",
    "values",
    "github Fangyh09/pytorch-receptive-field#6",
    says="ignored the dilation",
)
def ignores_dilation(kernel, stride, dilation):
    return solutions.receptive_field(kernel, stride, jnp.ones_like(dilation))


@mutant(
    "receptive_field",
    "values",
    "github ibab/tensorflow-wavenet#259: one too many",
    says="one too high",
)
def counts_one_too_many(kernel, stride, dilation):
    return 1 + solutions.receptive_field(kernel, stride, dilation)


@mutant(
    "receptive_field",
    "the last stride is free",
    "constructed: its own too",
    says="for that layer itself",
)
def counts_its_own_stride(kernel, stride, dilation):
    return 1 + jnp.sum((kernel - 1) * dilation * jnp.cumprod(stride))


@mutant(
    "receptive_field",
    "values",
    "github AlexeyAB/darknet#1206: strides ignored",
    says="ignored the strides",
)
def ignores_stride(kernel, stride, dilation):
    return 1 + jnp.sum((kernel - 1) * dilation)


@mutant(
    "receptive_field",
    "values",
    "github frgfm/torch-scan#33: layers reversed",
    says="last to the first",
)
def counts_from_the_output(kernel, stride, dilation):
    return solutions.receptive_field(kernel[::-1], stride[::-1], dilation[::-1])


@mutant(
    "receptive_field",
    "values",
    "github sfzhang15/SFD#69: k for k - 1",
    says="whole kernels",
)
def adds_whole_kernels(kernel, stride, dilation):
    ones = jnp.ones(1, stride.dtype)
    before = jnp.cumprod(jnp.concatenate([ones, stride]))[:-1]
    return jnp.sum(kernel * dilation * before)


@mutant("receptive_field", "values", "constructed: the 1 left out", says="one too low")
def leaves_out_the_one(kernel, stride, dilation):
    return solutions.receptive_field(kernel, stride, dilation) - 1


@mutant(
    "receptive_field", "values", "constructed: k·t wide", says="stretched the whole"
)
def stretches_the_kernel(kernel, stride, dilation):
    wide = kernel * dilation
    return solutions.receptive_field(wide, stride, jnp.ones_like(dilation))


@mutant(
    "receptive_field",
    "values",
    "constructed: sum for product",
    says="added the strides",
)
def adds_the_strides(kernel, stride, dilation):
    before = jnp.cumsum(stride) - stride
    return 1 + jnp.sum((kernel - 1) * dilation * before)


@mutant(
    "receptive_field",
    "values",
    "constructed: no product",
    says="stride of one layer before",
)
def counts_one_stride_before(kernel, stride, dilation):
    before = jnp.append(jnp.ones(1, stride.dtype), stride)[:-1]
    return 1 + jnp.sum((kernel - 1) * dilation * before)


@mutant(
    "receptive_field",
    "the last stride is free",
    "constructed: the product over all layers",
    says="all strides for all layers",
)
def counts_all_strides(kernel, stride, dilation):
    return 1 + jnp.sum((kernel - 1) * dilation) * jnp.prod(stride)


@mutant("receptive_field", "jit", "constructed: a Python number taken of a tracer")
def takes_python_numbers(kernel, stride, dilation):
    field, step = 1, 1
    for k, s, r in zip(kernel, stride, dilation, strict=True):
        field += (int(k) - 1) * int(r) * step
        step *= int(s)
    return jnp.array(field)
