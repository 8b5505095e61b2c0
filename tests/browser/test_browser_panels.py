"""Every panel of the site runs, keeps its keys, says what happened, and fits."""

import pytest
from conftest import DECKS, PAGES, SITE

HOLD = [
    path
    for path in [*DECKS, *PAGES]
    if 'class="nnds-panel"' in (SITE / path).read_text(encoding="utf-8")
]
PLACE = "window.Reveal ? Reveal.getSlidePastCount() : 0"
BOTTOM = """p => p.getBoundingClientRect().bottom
  - p.closest('section').getBoundingClientRect().top"""


def panels(page, path):
    """Yield each panel, in sight."""
    found = page.locator(".nnds-panel").all()
    assert found
    page.wait_for_function(
        "document.querySelectorAll('.nnds-panel:not(.is-live)').length === 0"
    )
    for panel in found:
        if path in DECKS:
            show = "s = p.closest('section'), i = Reveal.getIndices(s)"
            panel.evaluate(f"p => {{ const {show}; Reveal.slide(i.h, i.v); }}")
        else:
            panel.scroll_into_view_if_needed()
        yield panel


@pytest.mark.parametrize("path", HOLD)
def test_panels_run_keep_their_keys_and_fit(visit, path):
    page = visit(path)
    for panel in panels(page, path):
        name = panel.get_attribute("data-panel")
        assert not panel.locator(".nnds-still").is_visible(), name
        before = page.evaluate(PLACE)
        assert panel.locator(".nnds-control").count(), f"{name} has nothing to try"
        for control in panel.locator("input[type=range], select").all():
            label = control.evaluate("e => e.labels[0]?.innerText")
            assert label, f"{name}: a control without a label"
            told, value = panel.inner_html(), control.input_value()
            control.focus()
            control.press("Home")
            moved = control.input_value() != value
            control.press("End")
            assert moved or control.input_value() != value, f"{name}: {label}"
            assert panel.inner_html() != told, f"{name}: {label} shows nothing"
        for first in panel.locator("fieldset input:first-child").all():
            told = panel.inner_html()
            first.press("ArrowRight")
            assert panel.inner_html() != told, f"{name}: buttons show nothing"
        for svg in panel.locator("svg[role=img]").all():
            alt = svg.get_attribute("aria-label")
            assert len(alt.split()) > 3, f"{name}: {alt!r}"
        for button in panel.locator(".nnds-guess button").all():
            button.press("Enter")
            assert len(panel.locator(".nnds-told").inner_text()) > 30
            if path in DECKS:
                assert panel.evaluate(BOTTOM) <= 690, name
        assert page.evaluate(PLACE) == before, f"{name}: its keys changed the slide"
        wide = panel.evaluate("p => [p.scrollWidth, p.clientWidth]")
        assert wide[0] <= wide[1] + 1, f"{name}: {wide}"
        if path in DECKS:
            assert panel.evaluate(BOTTOM) <= 690, name


def test_without_scripts_a_panel_says_what_it_would_show(browser, base_url):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in HOLD:
        page.goto(f"{base_url}/{path}")
        for still in page.locator(".nnds-still").all():
            assert len(still.text_content().split()) > 4
    context.close()
