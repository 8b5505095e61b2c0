"""Every deck: it opens, can be read from the last row, moved by keys, and printed."""

from pathlib import Path

import pytest
from conftest import COLOURS, DECKS, SITE
from test_browser_pages import BROKEN

every = pytest.mark.parametrize("path", DECKS)
LEAST = 24  # px of any text on a screen 1280 wide
FOOT = 44  # px below the text, for the number of the slide

MEASURE = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
SLIDES = "Reveal.getTotalSlides()"
# a slide after the next, each with all its fragments, measured in one call
ALL = f"""async given => {{
  const measure = {MEASURE};
  Reveal.configure({{fragments: false}});
  const wrong = {{}};
  for (const [n, slide] of Reveal.getSlides().entries()) {{
    const {{h, v}} = Reveal.getIndices(slide);
    Reveal.slide(h, v);
    const title = slide.querySelector("h1, h2")?.innerText;
    const faults = await measure(given);
    if (!title) faults.push("it has no title");
    if ((Reveal.getSlideNotes() ?? "").length <= 20) faults.push("it has no notes");
    if (faults.length) wrong[`${{n + 1}}: ${{title}}`] = faults;
  }}
  return wrong;
}}"""


def test_there_are_decks():
    assert DECKS


@every
def test_a_deck_opens_and_all_its_slides_can_be_read(visit, path):
    page = visit(path)
    page.wait_for_load_state("networkidle")
    if page.locator(".nnds-panel").count():
        page.wait_for_function(
            "document.querySelectorAll('.nnds-panel:not(.is-live)').length === 0"
        )
    assert 15 <= page.evaluate(SLIDES) <= 45
    assert page.evaluate(BROKEN) == []
    assert page.locator(".katex-html").count() > 3
    assert page.evaluate(ALL, [LEAST, FOOT]) == {}
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@every
def test_keys_move_the_slides_and_their_steps(visit, path):
    page = visit(path)
    now = "Reveal.getSlidePastCount()"
    assert page.evaluate(now) == 0
    steps = page.evaluate("document.querySelectorAll('.slides .fragment').length")
    assert steps >= 3, "answers and derivations come step by step"
    first = "document.querySelector('.slides .fragment')"
    show = f"i = Reveal.getIndices({first}.closest('section'))"
    page.evaluate(f"() => {{ const {show}; Reveal.slide(i.h, i.v); }}")
    place = page.evaluate(now)
    seen = f"{first}.classList.contains('visible')"
    assert not page.evaluate(seen)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(seen)
    assert page.evaluate(now) == place, "a step is on the same slide"
    page.evaluate("Reveal.configure({fragments: false}); Reveal.slide(0)")
    keys = ["ArrowRight", "Space", "PageDown", "ArrowLeft", "PageUp", "Home"]
    for key, at in zip(keys, (1, 2, 3, 2, 1, 0), strict=True):
        page.keyboard.press(key)
        assert page.evaluate(now) == at, key
    page.keyboard.press("End")
    assert page.evaluate("Reveal.isLastSlide()")


@pytest.mark.parametrize("path", DECKS[:1])  # one template for all
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
def test_a_deck_is_accessible(visit, axe, path):
    """All slides at once, as they are printed; decks are light in dark mode too."""
    page = visit(f"{path}?print-pdf")
    page.wait_for_selector(".pdf-page")
    plain = "opacity: 1 !important; will-change: auto !important; transition: none"
    page.add_style_tag(content=f".reveal .slides section .fragment {{ {plain} }}")
    assert axe(page) == []
    margins = page.locator(".pdf-page h2").evaluate_all(
        "all => all.map(h => h.offsetLeft + h.offsetParent.offsetLeft)"
    )
    assert set(margins) == {64}
    paper = "getComputedStyle(document.querySelector('.pdf-page')).backgroundColor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) == light
    assert axe(page, COLOURS[:1]) == []


@every
def test_the_pdf_has_a_page_for_each_slide(visit, path):
    from pypdf import PdfReader

    page = visit(path)
    slides, answers = page.evaluate(SLIDES), page.locator(".answer").count()
    pdf = PdfReader(SITE / path.replace(".html", ".pdf"))
    assert len(pdf.pages) == slides
    for page in pdf.pages:
        assert round(page.mediabox.width / page.mediabox.height, 2) == 1.78
    texts = [page.extract_text() for page in pdf.pages]
    assert len(texts[1]) > 10
    assert sum(text.count("Answer") for text in texts) == answers
