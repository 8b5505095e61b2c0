"""The engine of try-it panels: every view, from small data, in a browser."""

import re
import sys
from itertools import product
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from nnds.conv import conv2d
from nnds.plot.panel import (
    Bars,
    Choice,
    Guess,
    Heat,
    Images,
    Lines,
    Panel,
    Plane,
    Slider,
    Table,
)

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "site" / "_static" / "panels"
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "site")]

import panels  # noqa: E402
import tryit  # noqa: E402

X = np.arange(24.0).reshape(2, 3, 4)
CASES = {"case": Choice("Case", ["first", "second"]), "step": Slider("Step", "012")}
VIEWS = {
    "images": Images(["x[case]", "rgb"], ["{case}", ""], top=23, title="Two"),
    "signed": Images(["minus[case]"], signed=True),
    "lines": Lines({"a": "x[case, 0]", "b": "x[case, 1]"}, until="step", mark="step"),
    "log": Lines({"a": "steep[case]"}, log=True, x_label="t", y_label="v"),
    "bars": Bars(
        {"of {case}": "x[case, step]"}, list("abcd"), right="step", spec=".0f"
    ),
    "heat": Heat("x[case]", list("pqr"), list("abcd"), spec=".0f"),
    "plane": Plane(
        x_range=(0, 1), y_range=(0, 1), names=["A", "B"], regions="cells[case]",
        points="places", classes="kinds", segments="edges", contours="rings",
        track="places", until="step", marks={"here": (0.5, 0.5)},
    ),
    "table": Table(["n", "case"], [["{x[case, step, 1]:.2f}", "**{case}**"]]),
}  # fmt: skip
ARRAYS = {
    "x": X,
    "minus": X - 12,
    "rgb": np.arange(27).reshape(3, 3, 3),
    "steep": np.array([[1, 10, 1e4], [np.nan, np.inf, 1e-2]]),
    "cells": np.array([[[0, 0], [0, 1]], [[1, 1], [0, 1]]]),
    "places": np.array([[0.1, 0.2], [0.5, 0.5], [0.9, 0.1]]),
    "kinds": np.array([0, 1, 1]),
    "edges": np.array([[0, 0, 1, 1], [np.nan, 0, 1, 1]]),
    "rings": np.array([[[0.2, 0.2], [0.4, 0.4], [0.2, 0.4]]]),
    "name": np.array(["up", "down"]),
    "odd": np.array([-0.0, 1234.5, 1e-3, -2.6, np.nan, np.inf]),
    "pick": np.array([[1, 0, 2], [2, 2, 0]]),
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>panel</title>
<link rel="stylesheet" href="{engine}/panel.css"><style>body {{ margin: 0 }}</style>
{scripts}<main>{panel}</main></html>"""


@pytest.fixture(scope="session")
def base_url():
    """Stand in for the site, which is not needed here."""


@pytest.fixture
def shown(page, tmp_path):
    """Return the function that opens a panel; the end checks what the page did."""
    asked, complaints = [], []
    page.set_default_timeout(8000)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def show(declared: Panel, name: str = "small", script: str = ""):
        files = [f"{ENGINE.as_uri()}/{part}.js" for part in tryit.ENGINE]
        scripts = "".join(f'<script defer src="{file}"></script>' for file in files)
        panel = tryit.markup(name, *tryit.packed(declared), script)
        place = tmp_path / "page.html"
        text = PAGE.format(engine=ENGINE.as_uri(), scripts=scripts, panel=panel)
        place.write_text(text, encoding="utf-8")
        page.goto(place.as_uri())
        page.wait_for_selector(".nnds-panel .nnds-live, .nnds-panel.failed")
        assert not complaints
        return page

    yield show
    assert not complaints
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def put(page, case: int, step: int) -> None:
    page.locator("input[type=radio]").nth(case).check()
    page.locator("input[type=range]").fill(str(step))


@pytest.mark.parametrize("name", VIEWS)
def test_each_view_draws_every_position_and_says_it(shown, name):
    page = shown(
        Panel(controls=CASES, views=[VIEWS[name]], say="{step}", arrays=ARRAYS)
    )
    drawn = set()
    for case, step in product(range(2), range(3)):
        put(page, case, step)
        figure = page.locator(".nnds-figures > *")
        drawn.add(re.sub(r"nnds-\d+", "", figure.inner_html()))
        assert "NaN" not in figure.inner_html()
        if name != "table":
            assert len(figure.get_attribute("aria-label")) > 12
    changes = {"lines": 6, "bars": 6, "plane": 6, "table": 6}
    assert len(drawn) == changes.get(name, 2)


def test_views_show_the_numbers(shown):
    views = [VIEWS[name] for name in ("bars", "heat", "table", "log")]
    page = shown(Panel(controls=CASES, views=views, say="{step}", arrays=ARRAYS))
    put(page, 1, 2)
    bars, heat, log = (page.locator("svg[role=img]").nth(k) for k in range(3))
    assert (
        bars.get_attribute("aria-label")
        == "of second: d with 23, c with 22, b with 21."
    )
    heights = bars.locator(".bar").evaluate_all(
        "b => b.map(e => +e.getAttribute('height'))"
    )
    np.testing.assert_allclose(np.array(heights) / heights[3], X[1, 2] / 23, rtol=1e-3)
    assert bars.locator(".bar.right").count() == 1
    assert "largest 23 at r, d" in heat.get_attribute("aria-label")
    assert heat.locator("text").all_text_contents()[-1] == "23"
    assert page.locator("td").all_inner_texts() == ["21.00", "second"]
    assert "0.01" in log.get_attribute("aria-label")


def test_pixels_are_those_of_the_array(shown):
    view = Images(["x[case]"], top=23)
    page = shown(Panel(controls=CASES, views=[view], say="{step}", arrays=ARRAYS))
    put(page, 1, 0)
    grey = page.evaluate(
        """async () => {
          const image = new Image();
          image.src = document.querySelector('.nnds-live image').getAttribute('href');
          await image.decode();
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [image.width, image.height];
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          return [...context.getImageData(0, 0, image.width, image.height).data];
        }"""
    )
    got = np.array(grey).reshape(3, 4, 4)[:, :, 0]
    np.testing.assert_allclose(got, 255 * X[1] / 23, atol=1)


def test_texts_are_written_as_in_python(shown):
    say = (
        "{case} {step} {name[case]} {x[case, step, 1]:.2f} {x[1, pick[case, step], 0]}"
    )
    say += "".join(f" {{odd[{k}]{s}}}" for k in range(6) for s in ("", ":.1f", ":.1%"))
    say += " {odd[1]:,} {odd[3]:d}"
    declared = Panel(controls=CASES, say=say, arrays=ARRAYS)
    page, reader = shown(declared), tryit.checked(declared)
    for case, step in product(range(2), range(3)):
        put(page, case, step)
        expected = reader.text(say, {"case": case, "step": step})
        assert page.locator(".nnds-result").inner_text() == expected.replace("**", "")


def test_a_guess_is_judged_and_explained(shown):
    declared = Panel(
        controls={"case": CASES["case"]},
        views=[VIEWS["heat"]],
        say="It was {case}.",
        guess=Guess(
            "Which?",
            ["zero", "one"],
            "right[case]",
            "{why[case, guess]}",
            evidence=[Table(["e"], [["seen"]])],
        ),
        arrays={
            **ARRAYS,
            "right": np.array([1, 0]),
            "why": np.array([["a", "b"], ["c", "d"]]),
        },
    )
    page = shown(declared)
    told, result = page.locator(".nnds-told"), page.locator(".nnds-result")
    assert told.inner_text() == result.inner_text() == ""
    assert not page.locator("td").is_visible()
    page.get_by_role("button", name="zero").press("Enter")
    assert told.inner_text() == "✗ No. a"
    assert not page.locator("td").is_visible()
    page.get_by_role("button", name="one").press(" ")
    assert told.inner_text() == "✓ Right. b"
    assert result.inner_text() == "It was first."
    assert page.locator("td").is_visible()
    assert page.locator("button[aria-pressed=true]").inner_text() == "one"
    page.get_by_label("second").check()
    assert told.inner_text() == "", "another case, a new guess"


def test_a_phone_shows_all_of_it(shown):
    controls = {**CASES, "digit": Choice("Digit", range(10))}
    page = shown(
        Panel(controls=controls, views=[*VIEWS.values()], say="{step}", arrays=ARRAYS)
    )
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 720})


def test_many_options_are_a_list_and_groups_are_named(shown):
    controls = {
        "case": Choice("Case", {"odd": ["one"], "even": ["two"]}, 1),
        "step": Choice("Step", [f"number {k}" for k in range(6)], 5),
    }
    page = shown(Panel(controls=controls, say="{case}, {step}", arrays={}))
    assert page.locator("optgroup").count() == 2
    assert page.locator(".nnds-result").inner_text() == "two, number 5"
    page.get_by_label("Step").select_option(index=0)
    assert page.locator(".nnds-result").inner_text() == "two, number 0"


@pytest.fixture
def kernel(shown):
    script = (ROOT / "lectures" / "07_conv" / "kernel.js").read_text(encoding="utf-8")
    return lambda: shown(panels.panel("07_conv.kernel"), "07_conv.kernel", script)


def convolved(k: np.ndarray, stride: int, padding: str) -> np.ndarray:
    boot = panels.panel("07_conv.kernel").arrays["images"][1] / 255
    x, w = (jnp.asarray(a, jnp.float32) for a in (boot[:, :, None], k))
    y = conv2d(x, w[:, :, None, None], stride=stride, padding=padding)
    return np.asarray(y)[:, :, 0]


OUTPUT = "document.querySelector('.nnds-panel').values.output()"


def test_the_kernel_panel_computes_what_conv2d_does(kernel):
    page, arrays = kernel(), panels.panel("07_conv.kernel").arrays
    learned = arrays["learned"]
    for which, stride, padding in product((2, 6), (1, 2), ("valid", "same")):
        page.get_by_label("Kernel", exact=True).first.select_option(index=which)
        page.get_by_label("Stride").fill(str(stride))
        page.get_by_label(padding).check()
        k = learned[0] if which == 6 else arrays["drawn"][which]
        got = np.array(page.evaluate(OUTPUT))
        np.testing.assert_allclose(got, convolved(k, stride, padding), atol=3e-3)


def test_a_kernel_that_is_typed_in_is_used(kernel):
    page = kernel()
    page.get_by_label("weight, row 0, column 0").fill("-1.5")
    assert page.locator("select").nth(1).evaluate("s => s.value") == "your own"
    k = np.array([[-1.5, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    got = np.array(page.evaluate(OUTPUT))
    np.testing.assert_allclose(got, convolved(k, 1, "valid"), atol=3e-3)
    page.get_by_label("weight, row 0, column 0").fill("")
    assert np.array(page.evaluate(OUTPUT)).shape == (26, 26)
