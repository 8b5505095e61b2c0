"""The try-it panels in a browser: keys move them, their numbers are those of nnds."""

import importlib.util
import json
import os
import shutil
from functools import cache
from itertools import product
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnds.conv import conv2d
from nnds.data import load

ROOT = Path(__file__).resolve().parents[2]
PANELS = ROOT / "site" / "_static" / "panels"
NAMES = sorted(path.stem for path in PANELS.glob("*_panels.*.js"))
CHROMIUM = os.environ.get("NNDS_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not importlib.util.find_spec("pytest_playwright"),
        reason="no pytest-playwright: pip install -e '.[browser]'",
    ),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium: set NNDS_CHROMIUM"),
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": switches}


@pytest.fixture(scope="session")
def base_url():
    """Stand in for that of pytest-base-url, of which pytest 9 warns."""


@cache
def figures(topic: str):
    path = ROOT / "lectures" / "figures" / f"{topic}.py"
    spec = importlib.util.spec_from_file_location(topic, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def arrays(name: str) -> dict[str, np.ndarray]:
    topic, figure = name.split(".")
    return getattr(figures(topic), f"data_{figure}")()


def as_json(name: str) -> str:
    """Return the arrays as the page holds them, with four significant digits."""

    def short(value):
        if isinstance(value, list):
            return [short(v) for v in value]
        return float(f"{value:.4g}") if isinstance(value, float) else value

    return json.dumps({k: short(v.tolist()) for k, v in arrays(name).items()})


def write(folder: Path, name: str, data: str | None = None) -> str:
    """Write a page with one panel, as the site builds it, and return its address."""
    folder.joinpath("page.html").write_text(
        f"""<!doctype html><html lang="en"><meta charset="utf-8">
        <meta name="viewport" content="width=device-width"><title>{name}</title>
        <link rel="stylesheet" href="{(PANELS / "panel.css").as_uri()}">
        <style>body {{ margin: 0 }} h2 {{ margin: 0; height: 131px }}</style>
        <div id="outside"><div class="nnds-panel" data-panel="{name}">
        <img alt="the static figure" width="10" height="10" src="data:,">
        <script type="application/json">{data or as_json(name)}</script>
        </div></div>
        <script defer src="{(PANELS / "panel.js").as_uri()}"></script>
        <script defer src="{(PANELS / f"{name}.js").as_uri()}"></script>""",
        encoding="utf-8",
    )
    return folder.joinpath("page.html").as_uri()


@pytest.fixture
def shown(page, tmp_path):
    """Return the function that opens a panel; the end checks what the page did."""
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def show(name: str):
        page.goto(write(tmp_path, name))
        page.wait_for_selector(".nnds-panel.is-live")
        return page

    yield show
    assert not complaints
    assert all(url.startswith(("file:", "data:")) for url in asked)


def result(page) -> str:
    """Return the sentence below a panel, its minus and times signs as on a keyboard."""
    text = page.locator(".nnds-result").inner_text()
    return text.replace("\u2212", "-").replace("\u00d7", "x")


def values(page, name: str, *given):
    script = "([name, given]) => document.querySelector('.nnds-panel').values[name]"
    return page.evaluate(f"{script}(...given)", [name, list(given)])


def put(page, **controls) -> None:
    """Set sliders by their value, and lists and options by their name or index."""
    for label, value in controls.items():
        named = page.get_by_label(label.replace("_", " "))
        control = page.locator(".nnds-live :is(input, select)").and_(named)
        if control.count() == 0 or label == "Padding":
            page.get_by_label(value, exact=True).check()
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(index=value)
        else:
            control.fill(str(value))


@pytest.mark.parametrize("name", NAMES)
def test_the_panel_takes_the_place_of_the_figure_and_is_described(name, shown):
    page = shown(name)
    assert not page.get_by_alt_text("the static figure").is_visible()
    assert len(result(page)) > 40
    labels = page.locator(".nnds-live svg").evaluate_all(
        "all => all.map(e => [e.getAttribute('role'), e.getAttribute('aria-label')])"
    )
    assert labels
    assert all(role == "img" and len(label) > 20 for role, label in labels)
    assert page.locator(".nnds-result").get_attribute("aria-live") == "polite"
    for control in page.locator(".nnds-live :is(input, select)").all():
        assert control.evaluate("e => e.labels.length") == 1


@pytest.mark.parametrize("name", NAMES)
def test_keys_move_every_slider_and_no_slide(name, shown):
    page = shown(name)
    page.evaluate(
        "() => { window.heard = [];"
        "document.addEventListener('keydown', e => window.heard.push(e.key)); }"
    )
    sliders = page.locator(".nnds-live input[type=range]")
    assert sliders.count() > 0
    page.keyboard.press("Tab")
    for i in range(sliders.count()):
        slider = sliders.nth(i)
        for _ in range(8):
            if slider.evaluate("e => e === document.activeElement"):
                break
            page.keyboard.press("Tab")
        before = slider.input_value(), result(page), label_of(page)
        last = slider.input_value() == slider.get_attribute("max")
        for _ in range(5):
            page.keyboard.press("ArrowLeft" if last else "ArrowRight")
        after = slider.input_value(), result(page), label_of(page)
        assert all(a != b for a, b in zip(before, after, strict=True))
        beside = "e => e.parentElement.querySelector('output').textContent"
        assert slider.get_attribute("aria-valuetext") == slider.evaluate(beside)
    assert set(page.evaluate("window.heard")) <= {"Tab"}


def label_of(page) -> str:
    return "".join(
        page.locator(".nnds-live svg").evaluate_all(
            "all => all.map(e => e.getAttribute('aria-label'))"
        )
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_does_not_scroll_sideways_and_a_slide_not_at_all(name, shown):
    page = shown(name)
    page.set_viewport_size({"width": 390, "height": 800})
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= 390
    # what lectures leave of 1280 by 720 to the body of a slide
    page.set_viewport_size({"width": 1152, "height": 720})
    page.evaluate("document.getElementById('outside').className = 'reveal'")
    assert page.locator(".nnds-live").bounding_box()["height"] <= 560
    assert page.evaluate(width) <= 1152


@pytest.mark.parametrize("name", NAMES)
def test_the_static_figure_stays_without_scripts(name, browser, tmp_path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(write(tmp_path, name))
    assert page.get_by_alt_text("the static figure").is_visible()
    assert page.locator(".nnds-live").count() == 0
    context.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_static_figure_stays_on_paper_and_after_an_error(name, page, tmp_path):
    page.goto(write(tmp_path, name))
    page.wait_for_selector(".nnds-panel.is-live")
    page.emulate_media(media="print")
    assert page.get_by_alt_text("the static figure").is_visible()
    assert not page.locator(".nnds-live").is_visible()
    page.emulate_media(media="screen")
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(write(tmp_path, name, data="{}"))
    page.wait_for_load_state("load")
    assert page.get_by_alt_text("the static figure").is_visible()
    assert errors


def test_the_kernel_computes_what_conv2d_does(shown):
    name = "conv_panels.kernel"
    page, data = shown(name), arrays(name)
    kernels = [*data["drawn"], *data["learned"]]
    assert page.get_by_label("Kernel").locator("option").count() == len(kernels)
    drawn = page.locator("optgroup").first.locator("option").all_inner_texts()
    assert drawn == list(figures("conv_panels").DRAWN)
    images = jnp.asarray(data["images"] / 255, jnp.float32)
    for kernel, stride, padding in product(
        range(len(kernels)), (1, 2, 3, 4), ("valid", "same")
    ):
        picture = kernel % len(images)
        put(page, Image=picture, Kernel=kernel, Stride=stride, Padding=padding)
        w = jnp.asarray(kernels[kernel], jnp.float32)[:, :, None, None]
        x = images[picture][:, :, None]
        want = conv2d(x, w, stride=stride, padding=padding)[:, :, 0]
        # the page has the kernel with 4 digits; 25 products of at most 1
        np.testing.assert_allclose(values(page, "output"), want, atol=2e-3)
        assert f"{len(want)} x {len(want)} outputs" in result(page)
    put(page, Image=2, Kernel=2, Stride=2, Padding="valid", Window=40)
    y = conv2d(
        images[2][:, :, None],
        jnp.asarray(kernels[2], jnp.float32)[:, :, None, None],
        stride=2,
    )
    assert (
        f"Output (3, 1) reads rows 6 to 8, columns 2 to 4: {y[3, 1, 0]:.2f}."
        in result(page)
    )


def test_the_window_stays_where_it_is_when_the_stride_changes(shown):
    page = shown("conv_panels.kernel")
    put(page, Padding="same", Window=28 * 14 + 7)
    assert "Output (14, 7) reads rows 13 to 15, columns 6 to 8" in result(page)
    put(page, Stride=2)
    assert "14 x 14 outputs" in result(page)
    assert "Output (7, 3) reads rows 14 to 16, columns 6 to 8" in result(page)


def test_descent_takes_the_steps_that_jax_takes(shown):
    page = shown("dense_panels.descent")
    module = figures("dense_panels")
    loss = jax.jit(jax.value_and_grad(module.weight_loss))
    for rate in (0.02, 0.25, 0.45, 0.61):
        put(page, Learning_rate=round(100 * rate) - 1)
        assert page.locator("output").first.inner_text() == f"{rate:.2f}"
        w, losses, path = jnp.array(module.START), [], []
        for _ in range(module.STEPS + 1):
            value, slope = loss(w)
            losses.append(float(value))
            path.append(np.asarray(w))
            w = w - rate * slope
        # the page has four digits; 40 steps of float32 differ when compiled as one
        np.testing.assert_allclose(values(page, "losses"), losses, rtol=1e-3)
        np.testing.assert_allclose(values(page, "weights"), path, rtol=1e-3, atol=1e-4)
    assert "It diverges" in result(page)
    assert f"{losses[-1]:.1f}" in result(page)
    put(page, Learning_rate=0)
    assert "It crawls" in result(page)


def test_the_region_is_that_of_the_network(shown):
    name = "dense_panels.region"
    page, data, module = shown(name), arrays(name), figures("dense_panels")
    legend = page.locator(".nnds-live svg text").all_text_contents()
    assert set(load("penguins").classes) <= set(legend)
    for (i, width), (j, epoch) in product(
        enumerate(module.WIDTHS), enumerate(module.EPOCHS)
    ):
        put(page, Hidden_units=i, Training_steps=j)
        network = jax.vmap(module.region_network(data, width, epoch))

        def scores(x, network=network):
            z = (x - data["mean"]) / data["std"]
            return np.asarray(network(jnp.asarray(z, jnp.float32)))

        some = data["x"][::40]
        found = [values(page, "scores", *map(float, x)) for x in some]
        np.testing.assert_allclose(found, scores(some), rtol=1e-3, atol=1e-3)
        right = [
            float(np.mean(scores(data[x]).argmax(1) == data[y]))
            for x, y in (("x", "y"), ("new_x", "new_y"))
        ]
        np.testing.assert_allclose(values(page, "accuracy"), right, atol=0.005)
        assert f"{100 * values(page, 'accuracy')[1]:.1f}\u00a0%" in result(page)


def test_the_digit_moves_and_the_networks_say_what_they_say(shown):
    name = "conv_panels.shift"
    page, data, module = shown(name), arrays(name), figures("conv_panels")
    readers = list(map(module._read, module._networks()))
    for digit, shift in product((0, 8), (-8, -1, 0, 3, 8)):
        put(page, Digit=digit, Move_it=shift)
        image = data["images"][digit][None, :, :, None] / np.float32(255)
        moved = module.moved(image, shift)
        np.testing.assert_allclose(values(page, "image"), 255 * moved[0, :, :, 0])
        # the page has three decimals
        want = [read(moved)[0] for read in readers]
        np.testing.assert_allclose(values(page, "said"), want, atol=1e-3)
        guesses = [int(np.argmax(p)) for p in want]
        for network, guess in zip(("MLP", "LeNet-5"), guesses, strict=True):
            word = "right" if guess == digit else "wrong"
            assert f"{network} reads {guess}, {word}" in result(page)
