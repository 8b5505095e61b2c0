"""Graphs: dense and CSR give the same numbers and gradients; edges of all kinds."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnds.graph import GCN, graph_conv, normalise
from nnds.graph.sparse import CSR, SLOTS

KEY = jax.random.key(0)
both = pytest.mark.parametrize("form", ["dense", "CSR"])


def random_graph(n, edges, seed=0):
    """Return a weighted graph with repeated edges and self-loops, dense and as CSR."""
    rng = np.random.default_rng(seed)
    i, j = rng.integers(0, n, (2, edges))
    values = rng.uniform(0.5, 1.5, edges).astype(np.float32)
    dense = np.zeros((n, n), np.float32)
    np.add.at(dense, (i, j), values)
    return jnp.asarray(dense), CSR.from_edges(i, j, n, values)


def star(n):
    """Return a graph whose middle reads everyone: more edges in a row than SLOTS."""
    return CSR.from_edges(np.zeros(n - 1, int), np.arange(1, n), n)


GRAPHS = {
    "small": random_graph(6, 11),
    "crowded": random_graph(5, 200),  # every pair, many times over
    "long rows": (star(3 * SLOTS).to_dense(), star(3 * SLOTS)),
    "long columns": (
        star(3 * SLOTS).to_dense().T,
        CSR.from_dense(star(3 * SLOTS).to_dense().T),
    ),
    "no edge": (jnp.zeros((4, 4)), CSR.from_edges([], [], 4)),
    "no node": (jnp.zeros((0, 0)), CSR.from_edges([], [], 0)),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_csr_equals_dense_with_all_gradients(name):
    dense, sparse = GRAPHS[name]
    n = len(dense)
    np.testing.assert_allclose(sparse.to_dense(), dense, rtol=1e-6)
    x, w = jax.random.normal(KEY, (n, 3)), jax.random.normal(KEY, (3, 2))

    def with_dense(dense, x, w):
        return (graph_conv(x, dense, w) ** 3).sum()

    def with_csr(values, x, w):
        a = dataclasses.replace(sparse, values=values)
        return (graph_conv(x, a, w) ** 3).sum()

    loss, (da, dx, dw) = jax.value_and_grad(with_dense, (0, 1, 2))(dense, x, w)
    got, (dv, gx, gw) = jax.jit(jax.value_and_grad(with_csr, (0, 1, 2)))(
        sparse.values, x, w
    )
    # sums of up to 48 terms in another order, cubed: a few last digits of the largest
    for ours, theirs in [
        (got, loss),
        (gx, dx),
        (gw, dw),
        (dv, da[sparse.pattern.row, sparse.pattern.column]),
    ]:
        scale = jnp.abs(theirs).max(initial=1e-3)
        np.testing.assert_allclose(ours / scale, theirs / scale, atol=2e-5)


def test_the_gradient_can_be_differentiated_again():
    dense, sparse = GRAPHS["small"]
    x = jax.random.normal(KEY, (6, 2))

    def hessian_product(a):
        return jax.grad(
            lambda x: (jax.grad(lambda x: ((a @ x) ** 3).sum())(x) ** 2).sum()
        )(x)

    np.testing.assert_allclose(
        hessian_product(sparse), hessian_product(dense), rtol=1e-4, atol=1e-3
    )


def test_what_a_node_does_not_read_cannot_reach_it():
    """Slots that a row does not fill read the first entry: its NaN must not spread."""
    a = CSR.from_edges([0, 2], [0, 1], 3)
    x = jnp.array([[jnp.nan], [1.0], [2.0]])
    np.testing.assert_array_equal((a @ x)[:, 0], [jnp.nan, 0.0, 1.0])


def test_no_scatter_in_the_gradient_of_short_rows():
    _, a = GRAPHS["small"]
    program = jax.make_jaxpr(jax.grad(lambda x: (a @ x).sum()))(jnp.ones((6, 2)))
    assert "scatter" not in str(program)
    long = GRAPHS["long rows"][1]
    program = jax.make_jaxpr(lambda x: long @ x)(jnp.ones((48, 2)))
    assert "scatter" in str(program)  # so the words above are those of jax


@settings(max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_both_forms_of_normalise_agree(pairs):
    i, j = np.array(pairs, int).reshape(-1, 2).T
    sparse = CSR.from_edges(i, j, 4)
    dense = sparse.to_dense()
    for how in ("sym", "row"):
        for loops in (True, False):
            got = normalise(sparse, how, loops)
            expected = normalise(dense, how, loops)
            np.testing.assert_allclose(got.to_dense(), expected, atol=1e-6)


@both
def test_normalised_rows_sum_to_one_and_isolated_nodes_give_zeros(form):
    dense = jnp.array([[0.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    a = dense if form == "dense" else CSR.from_dense(dense)

    def read(a):
        return a if form == "dense" else a.to_dense()

    rows = read(normalise(a, "row", self_loops=False)).sum(1)
    np.testing.assert_array_equal(rows, [1.0, 1.0, 0.0])
    np.testing.assert_allclose(read(normalise(a, "row")).sum(1), 1, rtol=1e-6)
    by_hand = [[1 / 3, 2 / 3, 0], [2 / 3, 1 / 3, 0], [0, 0, 1]]
    np.testing.assert_allclose(read(normalise(a)), by_hand, rtol=1e-6)
    no_loops = read(normalise(a, self_loops=False))
    np.testing.assert_allclose(no_loops, dense / 2, rtol=1e-6)


@both
@pytest.mark.parametrize("how", ["sym", "row"])
def test_the_gradient_of_normalise_is_finite_and_the_same(form, how):
    dense, sparse = random_graph(5, 6)
    weights = jax.random.normal(KEY, (5, 5))

    def of_dense(dense):
        return (normalise(dense, how) * weights).sum()

    def of_values(values):
        a = normalise(dataclasses.replace(sparse, values=values), how)
        return (a.to_dense() * weights).sum()

    expected = jax.grad(of_dense)(dense)
    assert jnp.isfinite(expected).all()
    isolated = jax.grad(lambda a: normalise(a, how, self_loops=False).sum())
    assert jnp.isfinite(isolated(dense.at[2].set(0))).all()
    if form == "CSR":
        got = jax.grad(of_values)(sparse.values)
        expected = expected[sparse.pattern.row, sparse.pattern.column]
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_symmetric_normalisation_has_eigenvalues_of_at_most_one():
    dense, _ = random_graph(8, 20)
    a = normalise(dense + dense.T)
    np.testing.assert_allclose(a, a.T, atol=1e-7)
    assert jnp.abs(jnp.linalg.eigvalsh(a)).max() <= 1 + 1e-5


def test_gcn_on_both_forms_under_jit_and_vmap():
    dense, sparse = GRAPHS["small"]
    model = GCN.init([3, 4, 2], jnp.tanh, key=KEY)
    x = jax.random.normal(KEY, (2, 6, 3))
    first, last = model.layers
    by_hand = jax.vmap(lambda x: last(jnp.tanh(first(x, dense)), dense))(x)
    batched = jax.jit(jax.vmap(GCN.__call__, (None, 0, None)))(model, x, sparse)
    np.testing.assert_allclose(batched, by_hand, atol=1e-5)


def test_csr_keeps_bfloat16():
    dense, sparse = GRAPHS["crowded"]
    low = dataclasses.replace(sparse, values=sparse.values.astype(jnp.bfloat16))
    y = low @ jnp.ones((5, 2), jnp.bfloat16)
    assert y.dtype == jnp.bfloat16
    # values rounded to 8 bits, 0.4 %, added in float32, rounded once more
    np.testing.assert_allclose(y.astype(jnp.float32)[:, 0], dense.sum(1), rtol=0.008)


def test_sums_of_many_edges_keep_their_digits_in_bfloat16():
    ones, n = jnp.ones(1000, jnp.bfloat16), 1000
    row = CSR.from_edges([0] * n, range(n), n, ones)
    scaled = normalise(row, "row", self_loops=False)
    # 1/1000 in 8 bits is off by at most 0.4 %
    np.testing.assert_allclose(scaled.values.astype(jnp.float32).sum(), 1, rtol=4e-3)
    repeated = CSR.from_edges([0] * 3000, [0] * 3000, 1, jnp.ones(3000, jnp.bfloat16))
    assert repeated.values.tolist() == [3008]  # the nearest in 8 bits
    hub = jnp.ones((1, 70_000), jnp.float16)  # more than the largest float16
    hub = CSR.from_edges([0] * 70_000, range(70_000), 70_000, hub[0])
    assert normalise(hub, self_loops=False).values.dtype == jnp.float16
    assert (normalise(hub, "row", self_loops=False).values > 0).all()


def test_a_csr_multiplies_numbers_of_any_kind_and_vectors():
    a = CSR.from_edges([0, 0, 1], [0, 1, 2], 3, [0.5, 0.5, 0.25])
    dense = a.to_dense()
    whole = jnp.array([[1, 2], [4, 1], [3, 5]])
    for x in (whole, whole > 2, np.asarray(whole), np.asarray(whole, np.float32)):
        y = a @ x
        assert y.dtype == jnp.float32
        np.testing.assert_array_equal(y, dense @ x)
        np.testing.assert_array_equal(a @ x[:, 0], dense @ x[:, 0])
    with pytest.raises(TypeError, match=r"cannot multiply an array \(3, 1, 1\)"):
        a @ jnp.ones((3, 1, 1))


def test_an_infinity_stays_an_infinity():
    a = CSR.from_edges([0, 1], [0, 1], 2)
    x = jnp.array([[jnp.inf], [1.0]])
    np.testing.assert_array_equal(a @ x, x)
    _, slope = jax.vjp(lambda x: a @ x, x)
    np.testing.assert_array_equal(slope(x)[0], x)


def test_edges_that_are_none_are_refused():
    for error, match, edges in [
        (ValueError, r"read\[1\] = 3 is no node of 0..2", ([0, 1], [1, 3], 3)),
        (ValueError, r"reader\[0\] = -1 is no node", ([-1], [1], 3)),
        (ValueError, "equally long; got 2, 1", ([0, 1], [1], 3)),
        (ValueError, "equally long", ([0, 1], [1, 0], 3, [1.0])),
        (ValueError, "0 nodes or more", ([], [], -1)),
        (TypeError, "whole numbers; got float", ([0.5], [1.0], 3)),
        (TypeError, "whole numbers", (np.zeros((1, 1), int), [0], 3)),
    ]:
        with pytest.raises(error, match=match):
            CSR.from_edges(*edges)
    with pytest.raises(ValueError, match=r"n by n; got shape \(2, 3\)"):
        CSR.from_dense(np.zeros((2, 3)))


def test_sizes_and_choices_that_do_not_fit_are_refused():
    dense, sparse = GRAPHS["small"]
    with pytest.raises(TypeError, match="6"):
        sparse @ jnp.ones((5, 2))
    with pytest.raises(TypeError):
        graph_conv(jnp.ones((5, 2)), dense, jnp.ones((2, 1)))
    unchecked = getattr(normalise, "__wrapped__", normalise)  # as a student runs it
    with pytest.raises((ValueError, TypeError), match="column"):
        unchecked(dense, "column")
    with pytest.raises(ValueError, match="outside jit"):
        jax.jit(normalise)(sparse)
    with pytest.raises(ValueError, match="sizes must hold"):
        GCN.init([3], key=KEY)
    scaled = jax.jit(lambda a: normalise(a, self_loops=False))(sparse)
    np.testing.assert_allclose(
        scaled.to_dense(), normalise(dense, self_loops=False), rtol=1e-5
    )
