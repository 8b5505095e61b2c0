"""Wrong solutions that no `Mistake` of an exercise stands for already."""

import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside
from jax import lax

solutions = solutions_beside(__file__)

# conv2d ------------------------------------------------------------------------


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


# circular_conv -----------------------------------------------------------------


@mutant(
    "circular_conv",
    "values",
    "JAX: an index out of bounds is clamped",
    says="repeats the last number",
)
def reads_past_the_end(x, k):
    places = jnp.arange(x.shape[0])
    return sum(k[s] * x[places + s] for s in range(k.shape[0]))


@mutant("circular_conv", "no Python loop over n", "github jax-ml/jax#402: unrolled")
def loops_over_the_signal(x, k):
    n, m = x.shape[0], k.shape[0]
    return jnp.stack([sum(k[s] * x[(t + s) % n] for s in range(m)) for t in range(n)])


# separable_conv ----------------------------------------------------------------


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


@mutant("receptive_field", "jit", "constructed: a Python number taken of a tracer")
def takes_python_numbers(kernel, stride, dilation):
    field, step = 1, 1
    for k, s, r in zip(kernel, stride, dilation, strict=True):
        field += (int(k) - 1) * int(r) * step
        step *= int(s)
    return jnp.array(field)
