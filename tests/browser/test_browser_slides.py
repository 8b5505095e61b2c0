"""Every deck: it opens, can be read from the last row, moved by keys, and printed."""

from pathlib import Path

import pytest
from conftest import COLOURS, DECKS, SITE
from test_browser_pages import BROKEN, RAW

every = pytest.mark.parametrize("path", DECKS)
BODY, CODE = 18, 14  # px on a screen 1280 wide, at least
FOOT = 44  # px below the text, for the number of the slide

MEASURE = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
SLIDES = "Reveal.getTotalSlides()"


def turn(page):
    """Yield the number of each slide after showing it."""
    page.evaluate("Reveal.configure({fragments: false})")
    for number in range(page.evaluate(SLIDES)):
        slide = "const s = Reveal.getSlides()[n], i = Reveal.getIndices(s);"
        page.evaluate(f"n => {{ {slide} Reveal.slide(i.h, i.v) }}", number)
        yield number + 1


def title(page):
    return page.evaluate("Reveal.getCurrentSlide().querySelector('h1, h2')?.innerText")


def test_there_are_decks():
    assert DECKS


@every
def test_a_deck_opens_with_all_its_images_and_formulas(visit, path):
    page = visit(path)
    page.wait_for_load_state("networkidle")
    assert 15 <= page.evaluate(SLIDES) <= 30
    assert page.evaluate(BROKEN) == []
    assert page.evaluate("[...document.images].every(i => i.alt.split(' ').length > 3)")
    assert page.locator(".katex-error").count() == 0
    assert page.locator(".katex-html").count() > 3
    assert page.evaluate(RAW) == []


@every
def test_no_slide_overflows_and_all_text_is_large(visit, path):
    page = visit(path)
    wrong = {}
    for number in turn(page):
        if found := page.evaluate(MEASURE, [BODY, CODE, FOOT]):
            wrong[f"{number}: {title(page)}"] = found
    assert not wrong


@every
def test_every_slide_has_a_title_and_notes(visit, path):
    page = visit(path)
    for number in turn(page):
        assert title(page), number
        notes = page.evaluate("Reveal.getSlideNotes()")
        assert len(notes or "") > 20, f"{number}: {title(page)}"


@every
def test_keys_move_the_slides(visit, path):
    page = visit(path)
    now = "Reveal.getSlidePastCount()"
    assert page.evaluate(now) == 0
    page.evaluate("Reveal.configure({fragments: false})")
    for key, place in [
        ("ArrowRight", 1),
        ("Space", 2),
        ("PageDown", 3),
        ("ArrowLeft", 2),
        ("PageUp", 1),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        assert page.evaluate(now) == place, key
    page.keyboard.press("End")
    assert page.evaluate("Reveal.isLastSlide()")


@every
def test_the_presenter_view_shows_the_notes(visit, path):
    page = visit(path)
    page.keyboard.press("ArrowRight")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    view = popup.value
    notes = view.locator(".speaker-controls-notes:not(.hidden) .value")
    notes.wait_for()
    written = page.locator("section.present section.present aside.notes")
    assert not written.is_visible()
    told = written.text_content().split()[:8]
    view.wait_for_function(
        "text => document.querySelector('.speaker-controls-notes .value')"
        ".innerText.split(/\\s+/).join(' ').startsWith(text)",
        arg=" ".join(told),
    )
    view.close()


@every
def test_a_deck_is_accessible_in_light_and_dark(visit, axe, path):
    page = visit(path)
    wrong = {}
    for number in turn(page):
        found = axe(page)
        page.emulate_media(color_scheme="dark")
        found += axe(page, COLOURS)
        page.emulate_media(color_scheme="light")
        if found:
            wrong[f"{number}: {title(page)}"] = found
    assert not wrong


@every
def test_a_deck_fits_a_phone(visit, path):
    page = visit(path)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@every
def test_the_pdf_has_a_page_for_each_slide(visit, path):
    from pypdf import PdfReader

    slides = visit(path).evaluate(SLIDES)
    pdf = PdfReader(SITE / path.replace(".html", ".pdf"))
    assert len(pdf.pages) == slides
    for page in pdf.pages:
        assert round(page.mediabox.width / page.mediabox.height, 2) == 1.78
    assert len(pdf.pages[1].extract_text()) > 10
