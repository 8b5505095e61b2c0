"""Losses and scores of one example: what training makes small, and what we report.

Each takes the prediction first and the target second, both of one example, and returns
a scalar. Nothing is averaged here: `jax.vmap` a loss over the batch, then take the mean
you want. Logits are real numbers before a sigmoid or a softmax. At the end stand the
scores of many examples at once: `confusion_matrix`, `roc_curve` and `roc_auc`.
"""

from math import log, pi

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Integer, Num


def squared_error(
    prediction: Float[Array, ""], target: Float[Array, ""]
) -> Float[Array, ""]:
    """Return `(prediction - target)²`, without the factor 1/2.

    In the units of the target, squared. Source: the book, section 3.2.

    >>> squared_error(jnp.array(3.0), jnp.array(1.0)).item()
    4.0
    """
    return (prediction - target) ** 2


def absolute_error(
    prediction: Float[Array, ""], target: Float[Array, ""]
) -> Float[Array, ""]:
    """Return `|prediction - target|`, in the units of the target.

    Its gradient at zero error is 0. Source: the book, section 3.2.

    >>> absolute_error(jnp.array(3.0), jnp.array(5.0)).item()
    2.0
    """
    return jnp.abs(prediction - target)


def huber(
    prediction: Float[Array, ""], target: Float[Array, ""], delta: float = 1.0
) -> Float[Array, ""]:
    """Return `e²/2` where the error `|e| <= delta`, and `delta·(|e| - delta/2)` beyond.

    Squared for small errors and absolute for outliers, joined with equal slopes. A
    `delta` that is not positive raises ValueError. Source: Huber (1964), section 3.

    >>> huber(jnp.array(3.0), jnp.array(0.0)).item()
    2.5
    """
    if not delta > 0:
        raise ValueError(f"delta must be positive, in units of the target; got {delta}")
    error = jnp.abs(prediction - target)
    near = jnp.minimum(error, delta)  # no `where`, so no unused branch can overflow
    return near * (error - near / 2)


def hinge(score: Float[Array, ""], label: Num[Array, ""]) -> Float[Array, ""]:
    """Return `max(0, 1 - label·score)` for a label -1 or +1.

    Zero once the score is on the right side by a margin of 1. A label 0 gives the
    constant 1: map labels {0, 1} to `2·label - 1` first. Source: the book, section 4.2.

    >>> hinge(jnp.array(0.25), jnp.array(-1)).item()
    1.25
    """
    return jnp.maximum(0.0, 1.0 - label.astype(score.dtype) * score)


def cross_entropy(
    logits: Float[Array, " c"], label: Integer[Array, ""]
) -> Float[Array, ""]:
    """Return `-log softmax(logits)[label]`, in nats.

    Stable for logits of any finite size. A label outside 0..c-1 gives NaN, and a NaN
    gradient, because a traced value cannot raise and must not pass unseen. Source: the
    book, section 4.2.

    >>> round(cross_entropy(jnp.zeros(2), jnp.array(1)).item(), 4)
    0.6931
    """
    count = logits.shape[0]
    if count == 0:
        raise ValueError("cross_entropy needs at least one class; got logits of size 0")
    label = label.astype(jnp.int32)  # eight bits cannot be compared with 300 classes
    inside = (label >= 0) & (label < count)
    shifted = logits - jax.lax.stop_gradient(logits.max())
    loss = jnp.log(jnp.exp(shifted).sum()) - shifted[label]
    return loss * jnp.where(inside, 1.0, jnp.nan).astype(loss.dtype)


def binary_cross_entropy(
    logit: Float[Array, ""], label: Num[Array, ""] | Bool[Array, ""]
) -> Float[Array, ""]:
    """Return `-label·log σ(logit) - (1 - label)·log σ(-logit)`, in nats.

    The label is 0 or 1, or a probability between. Stable for logits of any finite size.
    Source: the book, section 4.2.

    >>> round(binary_cross_entropy(jnp.array(0.0), jnp.array(1)).item(), 4)
    0.6931
    """
    target = label.astype(logit.dtype)
    # softplus(logit) - label·logit is shorter, and cancels to 0 from logit = 17 on
    return -target * jax.nn.log_sigmoid(logit) - (1 - target) * jax.nn.log_sigmoid(
        -logit
    )


def gaussian_nll(
    mean: Float[Array, ""], log_variance: Float[Array, ""], target: Float[Array, ""]
) -> Float[Array, ""]:
    """Return `(log 2π + s + (target - mean)²·exp(-s)) / 2` for `s = log_variance`.

    The negative log likelihood, in nats, of a normal distribution whose variance the
    model predicts too; predicting its logarithm keeps it positive. Finite without an
    error, whatever the variance. Source: Nix & Weigend (1994), eq. 3.

    >>> round(gaussian_nll(jnp.array(1.0), jnp.array(0.0), jnp.array(1.0)).item(), 4)
    0.9189
    """
    error = target - mean
    s = jnp.where(error == 0, 0, log_variance)  # 0 times an infinity is NaN
    return (log(2 * pi) + log_variance + (error * jnp.exp(-s / 2)) ** 2) / 2


def accuracy(logits: Float[Array, " c"], label: Integer[Array, ""]) -> Float[Array, ""]:
    """Return 1 if the largest logit is that of the label, else 0.

    Ties go to the lowest class. A NaN logit, or a label outside 0..c-1, scores 0.

    >>> accuracy(jnp.array([0.1, 0.7, 0.2]), jnp.array(1)).item()
    1.0
    """
    right = (jnp.argmax(logits) == label) & ~jnp.isnan(logits).any()
    return right.astype(logits.dtype)


def confusion_matrix(
    predictions: Integer[Array, " n"], labels: Integer[Array, " n"], classes: int
) -> Int[Array, "{classes} {classes}"]:
    """Return how many examples of class i (row) were predicted as class j (column).

    A pair with a class outside 0..classes-1 is counted nowhere, so the sum is then less
    than n. Fewer than one class raises ValueError.

    >>> confusion_matrix(jnp.array([0, 1, 1]), jnp.array([0, 0, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    if classes < 1:
        raise ValueError(f"classes must be at least 1; got {classes}")
    rows, columns = (
        jnp.where(t < 0, classes, t.astype(jnp.int32)) for t in (labels, predictions)
    )  # -1 would count from the end
    counts = jnp.zeros((classes, classes), jnp.int32)
    return counts.at[rows, columns].add(1, mode="drop")


def roc_curve(
    scores: Float[Array, " n"], labels: Integer[Array, " n"] | Bool[Array, " n"]
) -> tuple[Float[Array, " n+1"], Float[Array, " n+1"], Float[Array, " n+1"]]:
    """Return `FP(t) / N`, `TP(t) / P` and the thresholds `t`, from infinity downwards.

    TP and FP count the examples with label 1 and 0 whose score is at least t; P and N
    are all with label 1 and 0. Both rates rise from 0 to 1. Examples of equal score
    share one point, which is repeated, so that the shapes depend on n alone. All is NaN
    where the curve is not defined: with one class only, a NaN score, or a label that is
    neither 0 nor 1. No example raises ValueError. Source: Fawcett (2006), section 5.

    >>> scores, labels = jnp.array([0.9, 0.6, 0.6, 0.1]), jnp.array([1, 1, 0, 0])
    >>> false_rate, true_rate, _ = roc_curve(scores, labels)
    >>> false_rate.tolist(), true_rate.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0, 1.0])
    """
    if not scores.shape[0]:
        raise ValueError("roc_curve needs at least one score; got none")
    order = jnp.argsort(-scores)
    falling = scores[order]
    last = jnp.searchsorted(-falling, -falling, side="right") - 1  # of equal scores
    rates = [
        jnp.append(0.0, jnp.cumsum(hits)[last] / hits.sum())
        for hits in (labels[order] == 0, labels[order] == 1)
    ]
    bad = jnp.isnan(scores).any() | ~((labels == 0) | (labels == 1)).all()
    void = jnp.where(bad | (labels == 0).all() | (labels == 1).all(), jnp.nan, 0.0)
    false_rate, true_rate, thresholds = (
        (t + void).astype(scores.dtype) for t in (*rates, jnp.append(jnp.inf, falling))
    )
    return false_rate, true_rate, thresholds


def roc_auc(
    scores: Float[Array, " n"], labels: Integer[Array, " n"] | Bool[Array, " n"]
) -> Float[Array, ""]:
    """Return the area under `roc_curve`, from 0 to 1.

    It is the probability that an example of label 1 scores higher than one of label 0,
    where a tie counts half: 0.5 for scores that say nothing. NaN where the curve is.
    Source: Fawcett (2006), section 7.

    >>> roc_auc(jnp.array([0.9, 0.6, 0.6, 0.1]), jnp.array([1, 1, 0, 0])).item()
    0.875
    """
    false_rate, true_rate, _ = roc_curve(scores, labels)
    return jnp.trapezoid(true_rate, false_rate)
