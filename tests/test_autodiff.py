"""Every engine gives the derivatives of JAX, on programs that nobody thought of."""

import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnds import autodiff
from nnds.activations import swish
from nnds.autodiff import dual, jaxprs, symbolic, tape

JAX = SimpleNamespace(
    exp=jnp.exp, log=jnp.log, sin=jnp.sin, cos=jnp.cos, tanh=jnp.tanh,
    relu=jax.nn.relu, total=lambda x, axis=None: jnp.sum(x, axis),
)  # fmt: skip
UNARY = {
    "exp": lambda m, x: m.exp(m.sin(x)),
    "log": lambda m, x: m.log(2.0 + m.cos(x)),
    "tanh": lambda m, x: m.tanh(x),
    "relu": lambda m, x: m.relu(x - 0.1),
    "power": lambda m, x: m.tanh(x) ** 3,
    "negative": lambda m, x: -x,
    "first sum": lambda m, x: x - m.total(x, 0) / 3,
    "last sum": lambda m, x: m.sin(m.total(x, 1)) * x,
}
BINARY = {
    "add": lambda m, x, y: x + y,
    "subtract": lambda m, x, y: x - y,
    "multiply": lambda m, x, y: m.sin(x) * y,
    "divide": lambda m, x, y: x / (1.5 + m.cos(y)),
    "matmul": lambda m, x, y: m.tanh(x) @ m.cos(y) / 3.0,
}
LINES = st.lists(
    st.tuples(st.sampled_from([*UNARY, *BINARY]), *[st.integers(0, 99)] * 2),
    min_size=1, max_size=12,
)  # fmt: skip


def program(lines, m, x):
    """Run lines, each on results of earlier ones, in the arithmetic of a module."""
    known = [x, 0.5 * x]
    for name, i, j in lines:
        a, b = known[i % len(known)], known[j % len(known)]
        known.append(UNARY[name](m, a) if name in UNARY else BINARY[name](m, a, b))
    return m.total(m.tanh(sum(known)))


@given(LINES, st.integers(0, 99))
@settings(max_examples=25)
def test_every_engine_gives_the_gradient_of_jax_on_random_programs(lines, seed):
    keys = jax.random.split(jax.random.key(seed))
    x, v = (jax.random.normal(k, (3, 3)) for k in keys)
    with jax.numpy_rank_promotion("allow"):
        expected = jax.grad(partial(program, lines, JAX))(x)
        by_tape = tape.grad(partial(program, lines, tape))(x)
        by_jaxpr = jaxprs.grad(partial(program, lines, JAX))(x)
        _, along = dual.jvp(partial(program, lines, dual), x, v)
    limit = 1e-5 * max(1, float(jnp.abs(expected).max()))
    np.testing.assert_allclose(by_tape, expected, rtol=0, atol=limit)
    np.testing.assert_allclose(by_jaxpr, expected, rtol=0, atol=limit)
    np.testing.assert_allclose(along, jnp.sum(v * expected), rtol=0, atol=9 * limit)


def test_the_engine_has_fifteen_primitives_in_250_lines():
    source = Path(tape.__file__).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 250
    assert len(re.findall(r"Primitive\(\n? *\"", source)) == 15


def test_a_deep_graph_is_no_deep_recursion():
    x = y = tape.node(1.0)
    for _ in range(3000):
        y = y + x
    assert tape.gradient(y, [x])[0] == 3001
    assert len(tape.order(y)) == 3001


def test_what_is_shared_is_visited_once_after_all_that_read_it():
    x = tape.node(2.0)
    a = x * x
    y = a * a + a * x  # x⁴ + x³
    names = [n.name for n in tape.order(y)]
    assert names.count("multiply") == 3
    assert tape.gradient(y, [x, tape.node(1.0)]) == [4 * 8 + 3 * 4, 0]


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (1, 1)])
def test_unbroadcast_is_the_transpose_of_broadcast(shape):
    g = jax.random.normal(jax.random.key(0), (2, 3))
    x = jax.random.normal(jax.random.key(1), shape)
    received = tape.unbroadcast(g, shape)
    assert received.shape == shape
    np.testing.assert_allclose(
        jnp.sum(received * x), jnp.sum(g * jnp.broadcast_to(x, (2, 3))), rtol=1e-5
    )


def test_what_has_no_gradient_is_refused():
    x = tape.node(jnp.ones(3))
    with pytest.raises(ValueError, match=r"a scalar; got \(3,\)"):
        tape.gradient(x * x, [x])
    with pytest.raises(ValueError, match="a scalar"):
        jaxprs.grad(lambda x: x)(jnp.ones(3))
    with pytest.raises(NotImplementedError, match="cumsum has no VJP"):
        jaxprs.grad(lambda x: jnp.cumsum(x)[0])(jnp.ones(3))
    with pytest.raises(ValueError, match="no rule"):
        symbolic.differentiate(("tan", "x"), "x")


def test_a_jaxpr_may_hold_others_and_count():
    def loss(w, x, label):
        logits = jax.nn.relu(x @ w["a"]) @ w["b"]
        best = jnp.argmax(logits)
        row = jax.nn.log_softmax(logits) * (jnp.arange(3) == label)
        bent = jnp.where(logits > 0, logits**2, jnp.sin(logits))
        return (
            jnp.sum(bent)
            - jnp.sum(row)
            + jnp.where(best == label, 1.0, 2.0) * jnp.max(logits)
        )

    keys = jax.random.split(jax.random.key(0), 3)
    w = {
        "a": jax.random.normal(keys[0], (4, 5)),
        "b": jax.random.normal(keys[1], (5, 3)),
    }
    x = jax.random.normal(keys[2], (4,))
    received, expected = (g(loss)(w, x, 1) for g in (jaxprs.grad, jax.grad))
    for name in w:
        np.testing.assert_allclose(received[name], expected[name], atol=1e-5)


@pytest.mark.parametrize("dims", [((1,), (0,)), ((0,), (1,)), ((1, 2), (0, 2))])
def test_a_contraction_over_any_axes(dims):
    a, b = (jax.random.normal(jax.random.key(i), (4, 4, 4)) for i in (0, 1))

    def f(a, axes):
        y = jax.lax.dot_general(a, b, (axes, ((), ())))
        return jnp.sum(jnp.sin(y))

    def batched(a):
        return jnp.sum(jnp.sin(jnp.einsum("bij,bjk->bik", a, a + b)))

    for g in (partial(f, axes=dims), batched):
        np.testing.assert_allclose(jaxprs.grad(g)(a), jax.grad(g)(a), atol=1e-5)


@given(st.floats(-3, 3, width=32), st.floats(-2, 2, width=32))
@settings(max_examples=20)
def test_the_rule_by_hand_is_that_of_the_formula(x, beta):
    at = (jnp.float32(x), jnp.float32(beta))
    by_hand, expected = (
        jax.grad(f, (0, 1))(*at) for f in (autodiff.swish_by_hand, swish)
    )
    np.testing.assert_allclose(by_hand, expected, atol=1e-5)
    assert autodiff.swish_by_hand(*at) == pytest.approx(float(swish(*at)), abs=1e-6)


def test_symbolic_equals_dual_and_grows():
    def f(x, m=dual):
        for _ in range(3):
            x = m.sin(x) * x + x
        return x

    e = "x"
    for _ in range(3):
        e = ("+", ("*", ("sin", e), e), e)
    slope = symbolic.evaluate(symbolic.differentiate(e, "x"), {"x": 0.7})
    _, expected = dual.jvp(f, jnp.array(0.7), jnp.array(1.0))
    assert slope == pytest.approx(float(expected), rel=1e-5)
    for e, want in (
        ("x", 1),
        (3, 0),
        (("exp", "x"), np.exp(2)),
        (("cos", "x"), -np.sin(2)),
    ):
        d = symbolic.evaluate(symbolic.differentiate(e, "x"), {"x": 2})
        assert d == pytest.approx(want)


def test_jacobians_and_curvature_are_those_of_jax():
    w = jax.random.normal(jax.random.key(0), (3, 5))
    x, v = (jax.random.normal(jax.random.key(i), (5,)) for i in (1, 2))

    def f(x):
        return jnp.tanh(w @ x) * jnp.sum(x)

    def loss(x):
        return jnp.sum(f(x) ** 2)

    for ours in (autodiff.jacobian_by_columns, autodiff.jacobian_by_rows):
        np.testing.assert_allclose(ours(f, x), jax.jacrev(f)(x), atol=1e-5)
    product = autodiff.hessian_vector_product(loss, x, v)
    np.testing.assert_allclose(product, jax.hessian(loss)(x) @ v, rtol=1e-4, atol=1e-4)
    near = autodiff.central_difference(loss, x)
    np.testing.assert_allclose(near, jax.grad(loss)(x), rtol=1e-2, atol=1e-2)
