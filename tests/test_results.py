"""What a notebook states of its run: claims, values, arrays, and how they are read."""

import sys

import jax.numpy as jnp
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from nnds.commands.outputs import Value, outputs
from nnds.results import _output, claim, keep, value


@pytest.fixture
def said(monkeypatch):
    """Return what is said, as a notebook would hold it."""
    cells = []

    def say(text, mime, data):
        shown = new_output("display_data", {mime: data, "text/plain": text})
        cells.append(new_code_cell(outputs=[shown]))

    for module in ("claim", "value", "keep"):
        monkeypatch.setattr(sys.modules[f"nnds.results.{module}"], "say", say)
    return lambda: outputs(new_notebook(cells=cells))


def test_a_value_keeps_its_number_and_how_it_is_written(said):
    value("accuracy", jnp.float32(0.9756), ".1%", band=(0.96, 1))
    value("parameters", 61706, ",")
    read = said().values
    assert read["accuracy"].text == "97.6%"
    assert read["accuracy"].ok
    assert read["parameters"] == Value(61706.0, "61,706", True)


@pytest.mark.parametrize("number", [0.95, 1.1, float("nan"), float("inf")])
def test_a_value_outside_its_band_is_kept_and_raises(said, number):
    with pytest.raises(AssertionError, match="accuracy is"):
        value("accuracy", number, band=(0.96, 1))
    assert not said().values["accuracy"].ok


def test_a_value_needs_a_name_and_a_band_that_is_not_empty():
    with pytest.raises(ValueError, match="needs a name"):
        value("test accuracy", 1.0)
    with pytest.raises(ValueError, match="is empty: 1 to 0"):
        value("accuracy", 0.5, band=(1, 0))


@pytest.mark.parametrize("false", [False, np.bool_(False), jnp.array(False), None])
def test_a_claim_that_does_not_hold_raises_and_is_kept(said, false):
    claim("One is one", jnp.array(True))
    with pytest.raises(AssertionError, match="not so in this run: One is two"):
        claim("One is two", false)
    assert [(c.sentence, c.ok) for c in said().claims] == [
        ("One is one", True),
        ("One is two", False),
    ]
    with pytest.raises(ValueError, match="2 truth values"):
        claim("Both", np.array([True, True]))


def test_arrays_are_kept_small_and_right(said):
    exact = np.array([1 / 3, 1e6, np.nan, np.inf], np.float32)
    small = np.linspace(0, 1, 100)
    keep("run", exact=exact, small=small, label=np.arange(3))
    read = said().arrays["run"]
    np.testing.assert_array_equal(read["exact"], exact)
    np.testing.assert_allclose(read["small"], small, atol=1e-3)
    assert read["small"].dtype == np.float16
    np.testing.assert_array_equal(read["label"], [0, 1, 2])
    with pytest.raises(TypeError, match="expected numbers"):
        keep("run", names=["a"])


def test_a_name_twice_is_an_error(said):
    value("a", 1)
    keep("a", x=1)  # another kind
    value("a", 2)
    with pytest.raises(ValueError, match="two values of this notebook are named 'a'"):
        said()


def test_outside_jupyter_it_is_only_printed(capsys):
    _output.say("hello", "mime", {})
    assert capsys.readouterr().out == "hello\n"
