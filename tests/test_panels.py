"""The arrays of the try-it panels: small, repeatable, and of what they say."""

import importlib.util
import json
from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pytest

from nnds.data import load

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "lectures" / "figures"
SCRIPTS = sorted((ROOT / "site" / "_static" / "panels").glob("*_panels.*.js"))
NAMES = [path.stem for path in SCRIPTS]
pytestmark = pytest.mark.slow  # each topic trains its networks


def figures(topic: str):
    spec = importlib.util.spec_from_file_location(topic, FIGURES / f"{topic}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


once = cache(figures)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_every_script_has_its_figure_and_every_figure_its_script():
    drawn = {
        f"{path.stem}.{name.removeprefix('data_')}"
        for path in FIGURES.glob("*_panels.py")
        for name in vars(once(path.stem))
        if name.startswith("data_")
    }
    assert drawn == set(NAMES)
    assert min(sum(n.startswith(t) for n in NAMES) for t in ("dense", "conv")) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_arrays_are_finite_small_and_the_figure_is_told(name):
    topic, figure = name.split(".")
    arrays = getattr(once(topic), f"data_{figure}")()
    assert all(np.isfinite(array).all() for array in arrays.values())
    lists = {key: array.tolist() for key, array in arrays.items()}
    assert len(json.dumps(lists, separators=(",", ":"))) < 300_000
    for array in arrays.values():  # four digits are all that a page is given
        rounded = [float(f"{v:.4g}") for v in np.ravel(array)]
        np.testing.assert_allclose(rounded, np.ravel(array), rtol=1e-6)
    drawn, alt = getattr(once(topic), f"draw_{figure}")(arrays)
    assert hasattr(drawn, "savefig")
    assert len(alt) > 60
    assert alt.endswith(".")
    assert any(character.isdigit() for character in alt)


@pytest.mark.parametrize("name", ["dense_panels.descent", "dense_panels.region"])
def test_a_second_run_gives_the_same(name):
    topic, figure = name.split(".")
    first = getattr(once(topic), f"data_{figure}")()
    second = getattr(figures(topic), f"data_{figure}")()
    assert first.keys() == second.keys()
    for key, array in first.items():
        # threads may add in another order; the panel shows three digits
        np.testing.assert_allclose(array, second[key], rtol=1e-3, atol=2e-3)


def test_the_rates_of_the_static_figure_do_what_it_says():
    arrays = once("dense_panels").data_descent()
    rates, losses = arrays["rates"], arrays["losses"]
    lowest, limit = arrays["lowest"], arrays["limit"]
    last = losses[:, -1]
    assert last[rates == 0.02] > 1.05 * lowest  # crawls
    assert last[rates == 0.25] < 1.001 * lowest  # converges
    falls = np.all(np.diff(losses, axis=1) <= 1e-3, axis=1)
    rises = np.all(np.diff(losses, axis=1) > 0, axis=1)
    assert np.all(falls == (rates < limit))
    assert np.all(rises == (rates > limit))


def test_one_hidden_unit_is_too_few_and_two_are_enough():
    module = once("dense_panels")
    arrays = module.data_region()

    def right(width: int, epoch: int, x: str, y: str) -> float:
        network = jax.vmap(module.region_network(arrays, width, epoch))
        z = (arrays[x] - arrays["mean"]) / arrays["std"]
        guesses = network(jnp.asarray(z, jnp.float32)).argmax(1)
        return float(np.mean(guesses == arrays[y]))

    last = module.EPOCHS[-1]
    assert right(1, last, "x", "y") < 0.85
    assert right(2, last, "x", "y") > 0.92
    # sixteen units learn by heart what they saw, and know less of what they did not
    assert right(16, last, "x", "y") > 0.97
    assert right(16, last, "new_x", "new_y") < right(2, last, "new_x", "new_y")


def test_the_pictures_are_what_the_kernel_panel_calls_them():
    module = once("conv_panels")
    fashion = load("fashion_mnist")
    labels = fashion.test["y"][[module.BOOT, module.PULLOVER]]
    assert [fashion.classes[y] for y in labels] == ["Ankle boot", "Pullover"]
    script = (SCRIPTS[0].parent / "conv_panels.kernel.js").read_text(encoding="utf-8")
    assert '["a seven", "an ankle boot", "a pullover"]' in script


def test_lenet_forgives_more_than_the_mlp():
    arrays = once("conv_panels").data_shift()
    assert np.all(arrays["lenet_right"] >= arrays["mlp_right"])
    at = dict(zip(arrays["shifts"].tolist(), arrays["lenet_right"], strict=True))
    assert at[0] > 0.93
    assert at[3] - at[8] > 0.3
    np.testing.assert_allclose(arrays["mlp"].sum(2), 1, atol=0.005)
