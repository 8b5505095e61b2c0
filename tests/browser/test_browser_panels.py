"""Every panel runs, keeps its keys, says what happened, and can do without scripts."""

import re

import pytest
from conftest import DECKS, PAGES, SITE

HOLD = [
    path
    for path in [*DECKS, *PAGES]
    if 'class="nnds-panel"' in (SITE / path).read_text(encoding="utf-8")
]
PLACE = "window.Reveal ? Reveal.getSlidePastCount() : 0"
every = pytest.mark.parametrize("path", HOLD)


def panels(page, path):
    """Yield each panel, in sight."""
    found = page.locator(".nnds-panel").all()
    assert found
    for panel in found:
        if path in DECKS:
            show = "s = p.closest('section'), i = Reveal.getIndices(s)"
            panel.evaluate(f"p => {{ const {show}; Reveal.slide(i.h, i.v); }}")
        else:
            panel.scroll_into_view_if_needed()
        yield panel


@every
def test_a_panel_runs_in_place_of_its_figure(visit, path):
    for panel in panels(visit(path), path):
        name = panel.get_attribute("data-panel")
        assert re.search(r"\bis-live\b", panel.get_attribute("class")), name
        assert not panel.locator("> img, > p > img, > a > img").first.is_visible(), name
        assert panel.locator("[aria-live=polite]").inner_text().strip(), name


@every
def test_keys_move_a_panel_and_not_the_slide(visit, path):
    page = visit(path)
    for panel in panels(page, path):
        name = panel.get_attribute("data-panel")
        sliders = panel.locator("input[type=range]").all()
        lists = panel.locator("select").all()
        buttons = panel.locator("button, input[type=radio]").all()
        assert sliders or lists or buttons, f"{name} has nothing to try"
        before = page.evaluate(PLACE)
        told = panel.locator(".nnds-live").inner_html()
        for slider in sliders:
            label = slider.evaluate("s => s.labels[0]?.innerText")
            assert label, f"{name}: a slider without a label"
            value = slider.input_value()
            slider.focus()
            slider.press("ArrowLeft")
            slider.press("ArrowLeft")
            slider.press("ArrowRight")
            changed = slider.input_value() != value
            slider.press("End")
            assert changed or slider.input_value() != value, f"{name}: {label}"
            output = panel.locator(f"output[for={slider.get_attribute('id')}]")
            assert output.inner_text().strip(), f"{name}: {label} says no value"
            assert slider.get_attribute("aria-valuetext"), f"{name}: {label}"
            assert panel.locator(".nnds-live").inner_html() != told, f"{name}: {label}"
        for choice in lists:
            assert choice.evaluate("s => s.labels[0]?.innerText"), name
            choice.focus()
            told = panel.locator(".nnds-live").inner_html()
            choice.press("ArrowUp")
            choice.press("ArrowUp")
            assert panel.locator(".nnds-live").inner_html() != told, f"{name}: a list"
        assert page.evaluate(PLACE) == before, f"{name}: its keys changed the slide"


@every
def test_a_panel_fits_while_it_is_used(visit, path):
    page = visit(path)
    for panel in panels(page, path):
        name = panel.get_attribute("data-panel")
        for slider in panel.locator("input[type=range]").all():
            for key in ("End", "Home"):
                slider.press(key)
                wide = panel.evaluate("p => [p.scrollWidth, p.clientWidth]")
                assert wide[0] <= wide[1] + 1, f"{name}: {wide}"
                if path in DECKS:
                    bottom = panel.evaluate(
                        "p => p.getBoundingClientRect().bottom"
                        " - p.closest('section').getBoundingClientRect().top"
                    )
                    assert bottom <= 690, f"{name} ends at {bottom}"


@every
def test_without_scripts_a_panel_is_its_figure(browser, base_url, path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base_url}/{path}")
    for panel in page.locator(".nnds-panel").all():
        image = panel.locator("img").first
        assert len(image.get_attribute("alt").split()) > 5
        if path in PAGES:
            assert image.is_visible()
    context.close()
