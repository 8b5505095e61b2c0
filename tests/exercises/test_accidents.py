"""Slips of the hand: one clear sentence, once, and no hint of a law beside it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnds.grading import check
from nnds.grading.load import exercises

from . import score

conv2d = score.solutions()["conv2d"]


def forgets_return(x, k):
    conv2d(x, k)


def prints(x, k):
    print(conv2d(x, k))


def returns_a_list(x, k):
    out = conv2d(x, k)
    return [[[float(v) for v in pixel] for pixel in row] for row in out]


def returns_a_list_of_one(x, k):
    return [conv2d(x, k)]


def returns_rows(x, k):
    return list(conv2d(x, k))


def returns_a_pair(x, k):
    return conv2d(x, k), k


def yields(x, k):
    yield conv2d(x, k)


def returns_a_function(x, k):
    return lambda: conv2d(x, k)


def returns_text(x, k):
    return str(conv2d(x, k))


def uses_numpy(x, k):
    out = np.zeros((x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1))
    return out[:, :, None] + np.asarray(conv2d(x, k))


def uses_numpy_in_float32(x, k):
    return np.asarray(conv2d(x, k), np.float32)


def assigns_in_place(x, k):
    out = jnp.zeros(conv2d(x, k).shape)
    out[0] = conv2d(x, k)[0]
    return out


def assigns_in_the_argument(x, k):
    x[0] = 0
    return conv2d(x, k)


def misspells(x, kernel):
    return conv2d(x, kernal)


def misspells_a_function(x, k):
    return conv2d(x, jnp.flipp(k))


def reads_too_early(x, k):
    total = total + 1  # noqa: F841
    return conv2d(x, k)


def takes_one_argument(x):
    return x


def calls_itself(x, k):
    return calls_itself(x, k)


def transposes(x, k):
    return conv2d(x, k).swapaxes(0, 2)


def rounds(x, k):
    return conv2d(x, k).astype(int)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (forgets_return, "returns None: end it with `return`"),
        (prints, "prints its result and returns nothing"),
        (returns_a_list, "returns a list"),
        (returns_a_list_of_one, "returns a list"),
        (returns_rows, "a list"),
        (returns_a_pair, "is 2 arrays, expected one array"),
        (yields, "returns a generator"),
        (returns_a_function, "returns a function"),
        (returns_text, "returns a str"),
        (uses_numpy, "write jnp (jax.numpy) in place of np"),
        (assigns_in_place, "`x = x.at[i].set(value)`"),
        (assigns_in_the_argument, "`x = x.at[i].set(value)`"),
        (misspells, "`kernal` is not defined"),
        (misspells, "Did you mean `kernel`?"),
        (misspells_a_function, "`jax.numpy` has no `flipp`"),
        (misspells_a_function, "Did you mean `flip`?"),
        (reads_too_early, "`total` is read before it has a value"),
        (takes_one_argument, "it takes (x), "),
        (calls_itself, "calls itself without an end"),
        (transposes, "has shape"),
        (rounds, "holds integers (int32), expected floats"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_one_sentence_once_and_no_hint(function, says: str) -> None:
    report = check(function, "conv2d")
    for text in (repr(report), report._repr_html_().replace("&#x27;", "'")):
        assert text.count(says) == 1, text
        assert "book, section" not in text
        assert "error of the grader" not in text
    assert report.earned == 0
    failed = [o for o in report.outcomes if o.status != "not tried"]
    assert [outcome.law for outcome in failed] == ["values"]


def subtracts_truth_values(x, heights, start, stop):
    return heights @ ((x >= start) - (x >= stop))


def names_no_argument(key, d, c):
    return jax.random.normal(key, (d, c), scale=2.0), jnp.ones(c)


def multiplies_the_wrong_way(x, w, v, u):
    return u @ (jax.nn.silu(w @ x) * (v @ x))


def multiplies_numbers_as_vectors(x, w, v, u):
    return (x @ w @ x) @ u


def adds_what_does_not_fit(x, w, v, u):
    return (x @ w) * jnp.zeros(7) * jnp.zeros(8)


def takes_a_slope_of_many(x, beta):
    return jax.value_and_grad(lambda x: x * beta)(x)


def returns_lists_in_a_pair(x, beta):
    return list(x), list(beta)


def uses_math(x, beta):
    return x / (1 + math.exp(-beta * x))


def names_a_dtype(x, w, v, u):
    x, w, v, u = (a.astype(jnp.float32) for a in (x, w, v, u))
    return (jax.nn.silu(x @ w) * (x @ v)) @ u


def reads_the_numbers(kernel, stride, dilation):
    field, step = 1, 1
    for i in range(len(kernel)):
        field += (int(kernel[i]) - 1) * int(dilation[i]) * step
        step *= int(stride[i])
    return jnp.array(field)


def chooses_by_a_value(x, beta):
    return x * jax.nn.sigmoid(beta * x) if x > -1e9 else x * 0


def counts_past_the_end(kernel, stride, dilation):
    return jnp.sum(kernel) * list(stride)[len(stride)]


def has_an_index_too_many(x, beta):
    return x[0] * beta


@pytest.mark.parametrize(
    ("function", "exercise", "says"),
    [
        (names_a_dtype, "swiglu", "name no dtype"),
        (reads_the_numbers, "receptive_field", "neither int(), float() nor range()"),
        (chooses_by_a_value, "swish", "a value cannot choose a branch"),
        (counts_past_the_end, "receptive_field", "There is no such place"),
        (has_an_index_too_many, "swish", "fewer axes than there are indices"),
        (subtracts_truth_values, "step_network", "Truth values cannot be subtracted"),
        (names_no_argument, "init_units", "`normal()` has no argument `scale`"),
        (multiplies_the_wrong_way, "swiglu", "it sums over axes of the sizes"),
        (multiplies_numbers_as_vectors, "swiglu", "one side is a single number"),
        (adds_what_does_not_fit, "swiglu", "do not fit together"),
        (takes_a_slope_of_many, "swish_units", "Only one number has a derivative"),
        (returns_lists_in_a_pair, "swish_units", "Part 0 of your result"),
        (uses_math, "swish", "A function of `math` takes a plain number"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_jax_says_is_said_in_words(function, exercise: str, says: str) -> None:
    text = repr(check(function, exercise))
    assert text.count(says) == 1, text
    assert "hint" not in text
    assert "Error" not in text


def test_a_number_of_python_is_not_one_of_numpy() -> None:
    """Its result without bins is the 0.0 it began with: that is right."""

    def loops(x, heights, start, stop):
        total, width = 0.0, (stop - start) / max(len(heights), 1)
        for i in range(len(heights)):
            inside = (x >= start + i * width) & (x < start + (i + 1) * width)
            total = total + heights[i] * jnp.where(inside, 1.0, 0.0)
        return total

    report = check(loops, "step_network")
    assert [o.law for o in report.outcomes if o.status == "failed"] == [
        "no Python loop over m"
    ]


def test_numpy_behind_right_values_is_said_once() -> None:
    """Its values are right; every transformation breaks on it, for one reason."""
    report = check(uses_numpy_in_float32, "conv2d")
    text = repr(report)
    assert report.outcomes[0].status == "passed"
    assert text.count("use jnp (jax.numpy)") == 1, text
    assert "compiled, exported" not in text
    assert "error of the grader" not in text
    assert "jit cannot choose" not in text


ODD = [
    lambda *args: None,
    lambda *args: (),
    lambda *args: [],
    lambda *args: {},
    lambda *args: {"a": args[0]},
    lambda *args: args,
    lambda *args: (None, None),
    lambda *args: object(),
    lambda *args: float("nan"),
    lambda *args: 1j,
    lambda *args: True,
    lambda *args: np.array(["a"]),
    lambda *args: np.array([None]),
    lambda *args: jnp.zeros((0,)),
    lambda *args: jnp.zeros((2, 2, 2, 2)),
    lambda *args: jnp.array(1.0),
    lambda *args: jax.random.key(0),
    lambda *args: jnp.float32,
    lambda: 0,
    lambda *args: 1 / 0,
    lambda *args: jnp.zeros(3) @ jnp.zeros(4),
    lambda *args: iter(args),
    lambda *args: (jnp.zeros(2), 3),
    jnp.asarray,
    print,
    len,
    str,
    dict,
]


@pytest.mark.parametrize("name", [*exercises()])
def test_nothing_is_an_error_of_the_grader(name: str) -> None:
    exercise = exercises()[name]
    for function in ODD:
        report = score.report(exercise, function)
        assert "grader error" not in {o.status for o in report.outcomes}, f"\n{report}"
        assert not report.passed
