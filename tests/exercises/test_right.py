"""Right solutions, however they are written: each has all points."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jaxtyping import Array, Float

from nnds.grading import check
from nnds.grading.load import exercises

from . import rooms, score

SOLUTIONS = score.solutions()
TAUGHT = [name for name, e in exercises().items() if e.topic in ("dense", "conv")]
STATIC = {"init_units": (1, 2)}  # arguments that are no arrays

# Other habits, the same function -------------------------------------------------


def as_lambda(solution):
    return lambda *args: solution(*args)


def as_partial(solution):
    def longer(flag, *args):
        return solution(*args) if flag else None

    return functools.partial(longer, True)


def as_instance(solution):
    class Solver:
        def __call__(self, *args):
            return solution(*args)

    return Solver()


def as_method(solution):
    class Solver:
        def solve(self, *args):
            return solution(*args)

    return Solver().solve


def as_jitted(solution):
    return jax.jit(solution, static_argnums=STATIC.get(solution.__name__, ()))


def as_wrapped(solution):
    @functools.wraps(solution)
    def printing(*args):
        print("called")
        return solution(*args)

    return printing


def as_a_batch_of_one(solution):
    def alone(*args):
        arrays = [x for x in args if not isinstance(x, int)]
        batch = [x[None] for x in arrays]

        def full(*arrays):
            given = iter(arrays)
            return solution(*(x if isinstance(x, int) else next(given) for x in args))

        return jax.tree.map(lambda x: x[0], jax.vmap(full)(*batch))

    return alone


def as_checkpointed(solution):
    return jax.checkpoint(
        solution, static_argnums=STATIC.get(solution.__name__.removeprefix("my_"), ())
    )


HABITS = [
    *(as_lambda, as_partial, as_instance, as_method, as_jitted, as_wrapped),
    *(as_a_batch_of_one, as_checkpointed),
]


def plain(name: str) -> Callable[..., Any]:
    solution = SOLUTIONS[name]

    @functools.wraps(solution)
    def function(*args):
        return solution(*args)

    function.__name__ = name
    return function


def each_pair() -> list[Any]:
    """Return every exercise with every habit: by day each of them twice, at night all.

    What a habit changes is how a function is called, which hardly depends on what it
    computes.
    """
    return [
        pytest.param(
            name,
            habit,
            id=f"{name}-{habit.__name__}",
            marks=[pytest.mark.nightly] if (i - 2 * j) % len(TAUGHT) > 1 else [],
        )
        for i, name in enumerate(TAUGHT)
        for j, habit in enumerate(HABITS)
    ]


@pytest.mark.parametrize(("name", "habit"), each_pair())
def test_habits(name: str, habit) -> None:
    report = check(habit(plain(name)), name)
    assert report.passed, f"\n{report}"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.nightly] if i % 3 else [])
        for i, n in enumerate(TAUGHT)
    ],
)
def test_with_64_bits_switched_on(name: str) -> None:
    with jax.enable_x64(True):
        report = check(plain(name), name)
    assert report.passed, f"\n{report}"


# Other programs, the same values -------------------------------------------------


def by_einsum(x, k):
    i, j, _, _ = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    rows = jnp.stack([x[a : a + h] for a in range(i)])
    patches = jnp.stack([rows[:, :, b : b + w] for b in range(j)])
    return jnp.einsum("jihwd,ijdc->hwc", patches, k)


def by_tensordot(x, k):
    i, j, _, c = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    out = jnp.zeros((h, w, c))
    for a in range(i):
        for b in range(j):
            out = out + jnp.tensordot(x[a : a + h, b : b + w], k[a, b], 1)
    return out


def by_indices(x: Float[Array, "h w d"], k: Float[Array, "i j d c"]):
    i, j, _, _ = k.shape
    y = jnp.arange(x.shape[0] - i + 1)[:, None, None, None]
    z = jnp.arange(x.shape[1] - j + 1)[None, :, None, None]
    patches = x[
        y + jnp.arange(i)[None, None, :, None], z + jnp.arange(j)[None, None, None, :]
    ]
    return jnp.einsum("hwijd,ijdc->hwc", patches, k)


def by_vmap_over_places(x, k):
    i, j, d, _ = k.shape

    def pixel(y, z):
        patch = lax.dynamic_slice(x, (y, z, 0), (i, j, d))
        return jnp.einsum("ijd,ijdc->c", patch, k)

    ys, zs = jnp.arange(x.shape[0] - i + 1), jnp.arange(x.shape[1] - j + 1)
    return jax.vmap(lambda y: jax.vmap(lambda z: pixel(y, z))(zs))(ys)


def by_one_matrix_product(x, k):
    i, j, d, c = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    patches = [
        x[a : a + h, b : b + w].reshape(h * w, d) for a in range(i) for b in range(j)
    ]
    return (jnp.concatenate(patches, 1) @ k.reshape(-1, c)).reshape(h, w, c)


def by_setting(x, k):
    i, j, _, c = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    out = jnp.zeros((h, w, c), x.dtype)
    for a, b in np.ndindex(i, j):  # NumPy for what is no array of the exercise
        out = out.at[:, :].add(x[a : a + h, b : b + w, :] @ k[a, b])
    return out


def circular_by_indices(x, k):
    n, m = x.shape[0], k.shape[0]
    return x[(jnp.arange(n)[:, None] + jnp.arange(m)[None, :]) % n] @ k


def circular_by_fourier(x, k):
    n = x.shape[0]
    padded = jnp.zeros(n, x.dtype).at[: k.shape[0]].set(k)
    product = jnp.fft.rfft(x) * jnp.conj(jnp.fft.rfft(padded))
    return jnp.fft.irfft(product, n)


def circular_by_padding(x, k):
    m = k.shape[0]
    longer = jnp.concatenate([x, x[: m - 1]])
    return sum(k[s] * longer[s : s + x.shape[0]] for s in range(m))


def separable_by_einsum(x, k, p):
    i, j, _ = k.shape
    h, w = x.shape[0] - i + 1, x.shape[1] - j + 1
    patches = jnp.stack(
        [x[a : a + h, b : b + w] for a in range(i) for b in range(j)], 0
    )
    each = jnp.einsum("shwd,sd->hwd", patches, k.reshape(i * j, -1))
    return jnp.einsum("hwd,dc->hwc", each, p)


def separable_by_vmap(x, k, p):
    def channel(image, kernel):
        i, j = kernel.shape
        h, w = image.shape[0] - i + 1, image.shape[1] - j + 1
        parts = (
            kernel[a, b] * image[a : a + h, b : b + w]
            for a in range(i)
            for b in range(j)
        )
        return sum(parts)

    return jax.vmap(channel, in_axes=2, out_axes=2)(x, k) @ p


def field_by_scan(kernel, stride, dilation):
    def layer(carry, sizes):
        field, step = carry
        k, s, r = sizes
        return (field + (k - 1) * r * step, step * s), None

    layers = (kernel, stride, dilation)
    return lax.scan(layer, (jnp.int32(1), jnp.int32(1)), layers)[0][0]


def field_by_a_loop(kernel, stride, dilation):
    field, step = 1, 1
    for t in range(kernel.shape[0]):
        field = field + (kernel[t] - 1) * dilation[t] * step
        step = step * stride[t]
    return jnp.asarray(field)


def swish_by_silu(x, beta):
    safe = jnp.where(beta == 0, 1.0, beta)
    return jnp.where(beta == 0, x / 2, jax.nn.silu(safe * x) / safe)


def swish_by_tanh(x, beta):
    return x * (1 + jnp.tanh(beta * x / 2)) / 2


def units_in_closed_form(x, beta):
    gate = jax.nn.sigmoid(beta * x)
    return x * gate, gate + beta * x * gate * (1 - gate)


def units_as_a_list(x, beta):
    unit = jax.value_and_grad(lambda x, beta: x * jax.nn.sigmoid(beta * x))
    return [*jax.vmap(unit)(x, beta)]


def units_by_jvp(x, beta):
    def values(x):
        return x * jax.nn.sigmoid(beta * x)

    return jax.jvp(values, (x,), (jnp.ones_like(x),))


def drawn_at_once(key, d, c):
    a, b = jax.random.split(key, 2)
    w = jax.random.normal(a, shape=(d, c)) * (2 / (d + c)) ** 0.5
    return w, jax.random.normal(b, shape=(c,)) * 0.1 + 1.0


def gated_by_einsum(x, w, v, u):
    gate, value = jnp.einsum("d,dh->h", x, w), jnp.einsum("d,dh->h", x, v)
    return jnp.einsum("h,hc->c", gate * jax.nn.sigmoid(gate) * value, u)


def gated_transposed(x, w, v, u):
    return u.T @ (jax.nn.swish(w.T @ x) * (v.T @ x))


def steps_by_difference(x, heights, start, stop):
    m = heights.shape[0]
    edges = jnp.linspace(start, stop, m + 1)
    up = (x >= edges).astype(heights.dtype)
    return jnp.dot(heights, up[:-1] - up[1:])


def steps_by_product(x, heights, start, stop):
    edges = start + (stop - start) * jnp.arange(heights.shape[0] + 1) / max(
        heights.shape[0], 1
    )
    inside = (x >= edges[:-1]) & (x < edges[1:])
    return jnp.sum(heights * inside)


OTHERS = {
    "conv2d": [
        *(by_einsum, by_tensordot, by_indices, by_vmap_over_places),
        *(by_one_matrix_product, by_setting),
    ],
    "circular_conv": [circular_by_indices, circular_by_fourier, circular_by_padding],
    "separable_conv": [separable_by_einsum, separable_by_vmap],
    "receptive_field": [field_by_scan, field_by_a_loop],
    "swish": [swish_by_silu, swish_by_tanh],
    "swish_units": [units_in_closed_form, units_as_a_list, units_by_jvp],
    "init_units": [drawn_at_once],
    "swiglu": [gated_by_einsum, gated_transposed],
    "step_network": [steps_by_difference, steps_by_product],
}


@pytest.mark.parametrize(
    ("name", "function"),
    [(name, function) for name, each in OTHERS.items() for function in each],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_programs(name: str, function) -> None:
    report = check(function, name)
    assert report.passed, f"\n{report}"


def test_each_exercise_has_ten_right_solutions() -> None:
    assert {*OTHERS} == {*TAUGHT}
    for name in TAUGHT:
        assert 2 + len(HABITS) + len(OTHERS[name]) >= 10  # the notebook's, and 64 bits


def test_an_answer_borrowed_by_a_partial_is_still_seen() -> None:
    from nnds.conv import conv2d as library

    def borrowed(x, k):
        n = x.shape[0]
        row = jnp.concatenate([x, x[: k.shape[0] - 1]])[None, :, None]
        return library(row, k[None, :, None, None])[0, :n, 0]

    for function in (borrowed, functools.partial(borrowed), jax.jit(borrowed)):
        law = {o.law: o.status for o in check(function, "circular_conv").outcomes}
        assert law["own work"] == "failed", function


def test_each_room_is_looked_at() -> None:
    assert all((room / "mutants.py").exists() for room in rooms.ROOMS)


def test_where_an_answer_is_borrowed_it_has_no_points_and_says_so() -> None:
    from nnds.gated import swiglu as library

    def my_swiglu(x, w, v, u):
        return library(x, w, v, u)

    report = check(my_swiglu)
    assert report.earned == 0
    assert "without library of nnds" in report.sentence


def test_the_layer_that_the_notebook_imports_may_be_used() -> None:
    from nnds.dense import dense

    def my_swiglu(x, w, v, u):
        def layer(x, w):
            return dense(x, w, jnp.zeros(w.shape[1], w.dtype))

        return layer(jax.nn.silu(layer(x, w)) * layer(x, v), u)

    assert check(my_swiglu).passed
