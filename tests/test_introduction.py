"""Lecture 1: the perceptron, signatures, scaling laws, bigrams; and right solutions."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnds.bigram import bigram_logits, generate, next_token
from nnds.grading import check
from nnds.perceptron import mistake_bound, perceptron_path, widest_margin
from nnds.scaling import bootstrap_power_law, fit_power_law, power_law
from nnds.signatures import AUDIO, CLASS, IMAGE, TOKENS, VECTOR, Typed

SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999))
def test_no_order_makes_more_mistakes_than_the_bound(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(12, 2)).astype(np.float32)
    y = np.where(x @ [1, -2] > 0.3, 1, -1).astype(np.float32)
    w, b = widest_margin(x.astype(float), y.astype(float))
    assert (y * (x @ w + b)).min() == pytest.approx(1, abs=1e-6)
    x, y = jnp.asarray(x), jnp.asarray(y)
    bound = mistake_bound(x, y, jnp.asarray(w, jnp.float32), jnp.float32(b))
    wrong = perceptron_path(x, y, 30)[2]
    assert wrong.sum() <= bound * 1.001
    other = mistake_bound(x, y, jnp.array([1.0, -2.0]), jnp.float32(-0.3))
    assert bound <= other * 1.001  # no line has a lower one


def test_for_two_points_the_margin_and_the_bound_are_those_by_hand():
    w, b = widest_margin(np.array([[0.0, 2.0], [0.0, -2.0]]), np.array([1.0, -1.0]))
    np.testing.assert_allclose([*w, b], [0, 0.5, 0], atol=1e-9)
    x, y = jnp.array([[0.0, 2.0], [0.0, -2.0]]), jnp.array([1.0, -1.0])
    assert mistake_bound(x, y, jnp.array([0.0, 0.5]), jnp.zeros(())) == 5 / 4
    assert jnp.isinf(mistake_bound(x, y, jnp.array([1.0, 0.0]), jnp.zeros(())))


@pytest.mark.parametrize("labels", [*product((-1.0, 1.0), repeat=4)])
def test_of_all_functions_of_two_bits_only_xor_and_its_opposite_are_refused(labels):
    y = np.array(labels, np.float32)
    wrong = perceptron_path(jnp.asarray(SQUARE), jnp.asarray(y), 30)[2]
    if labels in ((-1, 1, 1, -1), (1, -1, -1, 1)):
        assert wrong[-4:].any()
        with pytest.raises(ValueError, match=r"\[0.5, 0.5\] is an average of points"):
            widest_margin(SQUARE.astype(float), y.astype(float))
    else:
        assert not wrong[-4:].any()
        widest_margin(SQUARE.astype(float), y.astype(float))


def test_the_step_that_is_given_is_the_one_that_learns():
    x, y = jnp.asarray(SQUARE), jnp.array([-1.0, 1.0, 1.0, 1.0])
    frozen = perceptron_path(x, y, 2, step=lambda w, b, x, y: (w, b))
    assert frozen[2].all()
    assert not frozen[0].any()


def test_signatures_compose_and_keep_what_is_known():
    flat = Typed("flat", IMAGE.of(2, 2, 1), VECTOR.of(4), jnp.ravel)
    bend = Typed("bend", VECTOR, VECTOR, jnp.abs)
    whole = flat >> bend >> Typed("best", VECTOR, CLASS, jnp.argmax)
    assert str(flat >> bend) == "image (2, 2, 1) -> vector (4)"
    assert whole(jnp.array([[[1.0], [2.0]], [[-5.0], [0.0]]])) == 2
    wider = Typed("widen", VECTOR.of("d"), VECTOR.of("c"), jnp.tile)
    twice = wider >> wider
    assert twice.takes.axes != twice.gives.axes  # c of the second is not d of the first


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (IMAGE, VECTOR, "Between them: flatten it"),
        (AUDIO, CLASS, "No layer goes between"),
        (VECTOR.of(3), VECTOR.of(4), "3 is not 4"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would_help(first, second, says):
    f = Typed("f", TOKENS, first, jnp.array)
    g = Typed("g", second, CLASS, jnp.array)
    with pytest.raises(TypeError, match=f"f gives .* but g takes .*{says}"):
        f >> g
    with pytest.raises(TypeError, match="2 axes, not 1"):
        f(jnp.ones((2, 2)))


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 2.0), st.floats(0.0, 2.0), st.floats(0.5, 5.0))
def test_a_law_without_noise_is_recovered(b, floor, a):
    c = jnp.array([1.0, 3.0, 10.0, 40.0, 200.0])
    found = fit_power_law(c, power_law(c, *map(jnp.float32, (a, b, floor))))
    np.testing.assert_allclose(found, [a, b, floor], atol=0.02)
    more = fit_power_law(1000 * c, power_law(c, *map(jnp.float32, (a, b, floor))))
    assert abs(more[1] - b) < 0.02  # the unit of size changes a alone


def test_the_interval_is_wider_where_runs_differ_more():
    c = jnp.array([1.0, 4.0, 16.0, 64.0])
    noise = jax.random.normal(jax.random.key(0), (4, 8))
    runs = power_law(c, *map(jnp.float32, (2, 0.5, 1)))[:, None]
    spread = [
        bootstrap_power_law(jax.random.key(1), c, runs + s * noise, 50)[:, 1].std()
        for s in (0.001, 0.01)
    ]
    assert 3 * spread[0] < spread[1]
    with pytest.raises(ValueError, match="three sizes or more"):
        fit_power_law(c[:2], runs[:2, 0])


def test_tokens_come_as_often_as_their_probability():
    logits = jnp.log(jnp.array([0.1, 0.6, 0.3]))
    u = (jnp.arange(1000) + 0.5) / 1000
    drawn = jax.vmap(lambda u: next_token(logits, jnp.ones(()), u))(u)
    np.testing.assert_allclose(jnp.bincount(drawn, length=3), [100, 600, 300], atol=1)
    text = generate(jnp.stack([logits] * 3), jnp.array(0), 2000, jnp.ones(()), u_key())
    shares = jnp.bincount(text, length=3) / 2000
    np.testing.assert_allclose(shares, [0.1, 0.6, 0.3], atol=0.06)


def u_key():
    return jax.random.key(3)


def test_bigrams_are_distributions_near_the_counts():
    tokens = jnp.array([0, 1, 2, 0, 1, 0])
    p = jnp.exp(bigram_logits(tokens, 4, prior=0.01))
    np.testing.assert_allclose(p.sum(1), jnp.ones(4), atol=1e-5)
    np.testing.assert_allclose(p[1], [0.5, 0, 0.5, 0], atol=0.01)
    usual = jnp.array([4, 3, 2, 1]) / 10  # never seen before: how common each is
    np.testing.assert_allclose(p[3], usual, atol=1e-5)


# Right solutions, written otherwise ----------------------------------------------


def by_select(w, b, x, y):
    wrong = (y * (jnp.dot(x, w) + b) <= 0).astype(w.dtype)
    return w + wrong * y * x, b + wrong * y


def by_cond(w, b, x, y):
    line = (w, b)
    return jax.lax.cond(
        y * (w @ x + b) > 0,
        lambda: line,
        lambda: jax.tree.map(jnp.add, line, (y * x, y)),
    )


def by_numpy(side, kernel, sizes):
    shape = np.r_[1, np.asarray(sizes)]
    left = (side // 2 - kernel + 1) // 2
    reads = np.array([kernel**2, kernel**2 * shape[1], left**2 * shape[2], *shape[3:5]])
    return int(((reads + 1) * shape[1:]).sum())


def by_polyfit(c, loss, floor):
    return -jnp.polyfit(jnp.log2(c), jnp.log2(loss - floor), 1)[0]


def by_least_squares(c, loss, floor):
    columns = jnp.stack([jnp.ones_like(c), jnp.log10(c)], 1)
    return -jnp.linalg.lstsq(columns, jnp.log10(loss - floor))[0][1]


def by_search(logits, temperature, u):
    weights = jnp.exp((logits - logits.max()) / temperature)
    sums = jnp.cumsum(weights)
    return jnp.searchsorted(sums, u * sums[-1], side="right")


def by_argmax(logits, temperature, u):
    p = jnp.exp(jax.nn.log_softmax(logits / temperature))
    return jnp.argmax(jnp.cumsum(p).at[-1].set(1.0) > u)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("perceptron_step", by_select),
        ("perceptron_step", by_cond),
        ("perceptron_step", jax.jit(by_select)),
        ("count_lenet", by_numpy),
        ("exponent", by_polyfit),
        ("exponent", by_least_squares),
        ("next_token", by_search),
        ("next_token", by_argmax),
    ],
)  # fmt: skip
def test_a_right_solution_has_all_points(name, function):
    report = check(function, name)
    assert report.passed, f"\n{report}"
