"""A worker computes a call as one program, unless that would hide or cost something."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnds.grading.isolate.worker.transforms import compilations, compiled, eagerly

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def softmax(x: jax.Array) -> jax.Array:
    e = jnp.exp(x - x.max())
    return e / e.sum()


def compiled_by(function, *args: np.ndarray, transform: str = "none") -> int:
    before = len(compilations())
    compiled(function, [*args], transform, 0)
    return len(compilations()) - before


def test_one_program_serves_all_calls_at_a_shape() -> None:
    assert compiled_by(lambda x: x, X) >= 1  # what is compiled once in a process
    assert compiled_by(softmax, X) == 1
    assert compiled_by(softmax, 2 * X) == 0
    assert compiled_by(softmax, X[:1]) == 1
    assert compiled_by(softmax, X, X, transform="grad") == 1
    assert compiled_by(softmax, 2 * X, -X, transform="grad") == 0


@pytest.mark.parametrize("transform", ["none", "grad", "vmap", "jacobian", "bf16"])
def test_it_gives_what_the_function_gives(transform: str) -> None:
    args = [X, np.cos(X)] if transform == "grad" else [X]
    for factor in (1, 2):
        args = [factor * a for a in args]
        (one,) = compiled(softmax, args, transform, 0)
        (other,) = eagerly(softmax, args, transform, 0)
        # rounded to bfloat16 after each step, or once for all of them
        np.testing.assert_allclose(
            one, other, atol=1e-2 if transform == "bf16" else 1e-6
        )


def test_what_jit_would_hide_stays() -> None:
    (out,) = compiled(lambda x: np.ones(3), [X], "none", 0)
    assert out.dtype == np.float64
    (out,) = compiled(lambda x: np.asarray(x, np.float64), [X], "none", 0)
    assert out.dtype == np.float64
    with pytest.raises(ZeroDivisionError):
        compiled(lambda x: 1 / 0, [X], "none", 0)
    (out,) = compiled(lambda x: x if x.sum() > 0 else -x, [X], "none", 0)
    np.testing.assert_array_equal(out, X)


def test_functions_and_arguments_are_told_apart() -> None:
    for factor in (2, 3):
        (out,) = compiled(lambda x, f=factor: f * x, [X], "none", 0)
        np.testing.assert_array_equal(out, factor * X)
        (out,) = compiled(jnp.multiply, [X, factor], "none", 0)
        np.testing.assert_array_equal(out, factor * X)


def test_an_unrolled_loop_is_not_one_program() -> None:
    step = jax.jit(lambda x: x - jnp.tanh(x) / 9)

    def train(x: jax.Array, steps: int) -> jax.Array:
        for _ in range(steps):
            x = step(x)
        return x

    assert compiled_by(lambda x: train(x, 100), X) == 1
    assert compiled_by(lambda x: train(x, 100), X, transform="jit") == 0  # same step
    assert compiled_by(lambda x: train(x, 5), X) == 1
    (out,) = compiled(lambda x: train(x, 100), [X], "jit", 0)
    np.testing.assert_array_equal(out, train(jnp.asarray(X), 100))


def test_under_jit_a_function_that_cannot_be_traced_fails() -> None:
    with pytest.raises(jax.errors.TracerBoolConversionError):
        compiled(lambda x: x if x.sum() > 0 else -x, [X], "jit", 0)
