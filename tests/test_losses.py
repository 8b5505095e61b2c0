"""Losses: equal to optax, stable far out, and never silent about a bad label."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from nnds import losses

numbers = st.floats(-50, 50, width=32)
values = st.tuples(numbers, numbers)
# float32 holds 7 digits; two formulas of the same number differ in the last one or two
TOLERANCE = {"rtol": 2e-6, "atol": 2e-6}


def scalars(pair):
    return tuple(jnp.float32(t) for t in pair)


@given(values)
def test_regression_losses_equal_optax(pair):
    p, t = scalars(pair)
    for ours, theirs in [
        (losses.squared_error, optax.losses.squared_error),
        (losses.absolute_error, lambda p, t: jnp.abs(p - t)),
        (losses.huber, optax.losses.huber_loss),
    ]:
        np.testing.assert_allclose(ours(p, t), theirs(p, t), **TOLERANCE)
        np.testing.assert_allclose(
            jax.grad(ours)(p, t), jax.grad(theirs)(p, t), **TOLERANCE
        )


@given(numbers, st.sampled_from([-1, 1]))
def test_hinge_equals_optax(score, label):
    score, label = jnp.float32(score), jnp.int32(label)
    theirs = optax.losses.hinge_loss(score, label)
    np.testing.assert_allclose(losses.hinge(score, label), theirs, **TOLERANCE)


@given(st.lists(numbers, min_size=3, max_size=3), st.integers(0, 2))
def test_cross_entropy_equals_optax(logits, label):
    logits = jnp.array(logits, jnp.float32)

    def theirs(logits):
        return optax.losses.softmax_cross_entropy_with_integer_labels(logits, label)

    def ours(logits):
        return losses.cross_entropy(logits, jnp.int32(label))

    np.testing.assert_allclose(ours(logits), theirs(logits), rtol=2e-6, atol=2e-5)
    grads = jax.grad(ours)(logits), jax.grad(theirs)(logits)
    np.testing.assert_allclose(*grads, atol=2e-6)


@given(numbers, st.floats(0, 1, width=32))
def test_binary_cross_entropy_equals_optax(logit, label):
    logit, label = scalars((logit, label))
    theirs = optax.losses.sigmoid_binary_cross_entropy(logit, label)
    ours = losses.binary_cross_entropy(logit, label)
    np.testing.assert_allclose(ours, theirs, **TOLERANCE)


@pytest.mark.parametrize("size", [1e3, 3e38])
def test_cross_entropies_are_stable_far_out(size):
    logits = jnp.array([size, -size / 3, -size / 3], jnp.float32)
    loss, grad = jax.value_and_grad(losses.cross_entropy)(logits, jnp.array(0))
    assert loss == 0
    np.testing.assert_array_equal(grad, 0)
    loss, grad = jax.value_and_grad(losses.cross_entropy)(logits / 2, jnp.array(1))
    np.testing.assert_allclose(loss, size * 2 / 3, rtol=1e-6)
    np.testing.assert_array_equal(grad, [1, -1, 0])
    for label, expected in [(0, size), (1, 0)]:
        loss, slope = jax.value_and_grad(losses.binary_cross_entropy)(
            jnp.float32(size), jnp.array(label)
        )
        np.testing.assert_allclose(loss, expected, rtol=1e-6)
        assert slope == 1 - label


def test_binary_cross_entropy_keeps_small_numbers():
    loss = losses.binary_cross_entropy(jnp.array(20.0), jnp.array(1))
    np.testing.assert_allclose(loss, np.exp(-20.0), rtol=1e-5)


@pytest.mark.parametrize("label", [-1, 3, 255, -(2**31)])
def test_a_label_out_of_range_gives_nan_everywhere(label):
    call = jax.jit(jax.value_and_grad(losses.cross_entropy))
    loss, grad = call(jnp.zeros(3), jnp.int32(label))
    assert jnp.isnan(loss)
    assert jnp.isnan(grad).all()
    assert losses.accuracy(jnp.zeros(3), jnp.int32(label)) == 0


def test_labels_of_eight_bits_work():
    label = jnp.array(200, jnp.uint8)
    assert losses.cross_entropy(jnp.zeros(201), label) == pytest.approx(np.log(201))
    assert losses.cross_entropy(jnp.zeros(300), label) == pytest.approx(np.log(300))
    assert jnp.isnan(losses.cross_entropy(jnp.zeros(200), label))


def test_cross_entropy_of_no_classes_raises():
    with pytest.raises(ValueError, match="at least one class"):
        losses.cross_entropy(jnp.zeros(0), jnp.array(0))


@given(values, st.floats(-5, 5, width=32))
def test_gaussian_nll_is_the_negative_log_density(pair, log_variance):
    mean, target = (t / 10 for t in pair)
    density = jax.scipy.stats.norm.logpdf(target, mean, np.exp(log_variance / 2))
    ours = losses.gaussian_nll(*scalars((mean, log_variance, target)))
    np.testing.assert_allclose(ours, -density, rtol=2e-5, atol=2e-5)


def test_gaussian_nll_is_least_at_the_true_variance():
    slope = jax.grad(losses.gaussian_nll, 1)
    error, log_variance = 0.5, 2 * np.log(0.5)
    at_least = slope(*scalars((0.0, log_variance, error)))
    np.testing.assert_allclose(at_least, 0, atol=1e-6)


def test_huber_joins_smoothly_and_refuses_a_bad_delta():
    p, zero = jnp.array(1.5), jnp.array(0.0)
    assert losses.huber(p, zero, delta=1.5) == 1.125
    assert jax.grad(losses.huber)(jnp.array(1e20), zero) == 1
    assert jax.grad(losses.huber)(zero, zero) == 0
    with pytest.raises(ValueError, match="delta must be positive"):
        losses.huber(p, zero, delta=0.0)


def test_accuracy():
    assert losses.accuracy(jnp.array([1.0, 1.0]), jnp.array(0)) == 1  # a tie
    assert losses.accuracy(jnp.array([1.0, 1.0]), jnp.array(1)) == 0
    assert losses.accuracy(jnp.array([jnp.nan, 1.0]), jnp.array(0)) == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=9))
def test_confusion_matrix_counts(pairs):
    labels, predictions = np.array(pairs, np.int32).reshape(-1, 2).T
    slow = np.zeros((3, 3), int)
    for i, j in pairs:
        slow[i, j] += 1
    fast = losses.confusion_matrix(jnp.asarray(predictions), jnp.asarray(labels), 3)
    np.testing.assert_array_equal(fast, slow)


def test_confusion_matrix_leaves_out_what_is_no_class():
    bad = jnp.array([-1, 3, 0])
    assert losses.confusion_matrix(bad, jnp.zeros(3, int), 3).sum() == 1
    assert losses.confusion_matrix(jnp.zeros(3, int), bad, 3).sum() == 1
    labels = jnp.array([200, 255], jnp.uint8)
    assert losses.confusion_matrix(labels, labels, 201)[200, 200] == 1
    with pytest.raises(ValueError, match="at least 1"):
        losses.confusion_matrix(bad, bad, 0)


scored = st.lists(
    st.tuples(st.integers(-3, 3).map(float), st.integers(0, 1)), min_size=2, max_size=40
).filter(lambda rows: 0 < sum(label for _, label in rows) < len(rows))


@given(scored)
def test_roc_and_auc_equal_scikit_learn_with_ties(rows):
    """Seven different scores only, so that ties within and across classes abound."""
    scores, labels = np.float32([s for s, _ in rows]), np.int32([y for _, y in rows])
    theirs = metrics.roc_curve(labels, scores, drop_intermediate=False)
    ours = losses.roc_curve(jnp.asarray(scores), jnp.asarray(labels))
    points = np.unique(np.stack(ours, 1), axis=0)  # a tied point is repeated
    expected = np.unique(np.stack(theirs, 1), axis=0)
    np.testing.assert_allclose(points, expected, rtol=1e-6)
    area = losses.roc_auc(jnp.asarray(scores), jnp.asarray(labels))
    # counts are exact, and a quotient of them has 7 digits
    np.testing.assert_allclose(area, metrics.roc_auc_score(labels, scores), atol=1e-6)


@given(scored)
def test_auc_is_the_probability_of_the_right_order(rows):
    positive = [s for s, label in rows if label]
    negative = [s for s, label in rows if not label]
    wins = [(p > n) + (p == n) / 2 for p in positive for n in negative]
    scores, labels = map(jnp.array, zip(*rows, strict=True))
    area = jax.jit(losses.roc_auc)(scores, labels)
    np.testing.assert_allclose(area, np.mean(wins), atol=1e-6)
    np.testing.assert_allclose(losses.roc_auc(scores, labels == 1), area)
    np.testing.assert_allclose(losses.roc_auc(-scores, labels), 1 - area, atol=1e-6)


def test_auc_of_many_examples_keeps_its_digits():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 100_000)
    scores = np.float32(labels + rng.normal(size=100_000)).round(1)
    area = losses.roc_auc(jnp.asarray(scores), jnp.asarray(labels))
    np.testing.assert_allclose(area, metrics.roc_auc_score(labels, scores), atol=1e-5)


@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        ([1, 2], [1, 1]),
        ([1, 2], [0, 0]),
        ([np.nan, 2], [0, 1]),
        ([1, 2, 3], [0, 1, 2]),
        ([1, 2], [-1, 1]),
    ],
)
def test_no_auc_where_there_is_no_pair_or_no_order(scores, labels):
    scores, labels = jnp.array(scores, jnp.float32), jnp.array(labels, jnp.int32)
    assert jnp.isnan(losses.roc_auc(scores, labels))
    assert all(jnp.isnan(part).all() for part in losses.roc_curve(scores, labels))


def test_roc_of_no_example_raises():
    with pytest.raises(ValueError, match="at least one score"):
        losses.roc_auc(jnp.zeros(0), jnp.zeros(0, jnp.int32))
