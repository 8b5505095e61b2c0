"""Every page: it opens, shows all it should, is accessible, and fits a phone."""

import pytest
from conftest import COLOURS, PAGES, ROOT, SITE

every = pytest.mark.parametrize("path", PAGES)

# text that a formula would leave if it were not drawn; code may hold a dollar
RAW = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const text = walk.currentNode;
    const skip = "pre, code, script, style, annotation, .highlight, .nnds-panel";
    if (!text.parentElement.closest(skip) && /\\$|\\\\\\(|\\\\\\[/.test(text.data))
      found.push(text.data.trim());
  }
  return found;
}"""
# what scrolls sideways; code, tables and formulas may, on their own
WIDE = """[document.documentElement, ...document.querySelectorAll("body, body *")]
  .filter(e => !e.closest("pre, .table-wrapper, div.math"))
  .filter(e => !e.closest(".sidebar-drawer, .toc-drawer"))
  .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
  .filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX) ||
    e === document.documentElement)
  .map(e => `${e.tagName}.${e.className}: ${e.scrollWidth} > ${e.clientWidth}`)"""
BROKEN = """[...document.images].filter(i => !(i.complete && i.naturalWidth))
  .map(i => i.src.slice(0, 99))"""


@every
def test_a_page_opens_and_fits_a_phone(visit, path):
    page = visit(path)
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    page.wait_for_load_state("networkidle")
    assert page.title()
    assert page.evaluate(BROKEN) == []
    assert page.locator(".katex-error").count() == 0
    assert page.evaluate(RAW) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(WIDE) == [], f"{path} is too wide for a phone"


@every
def test_a_page_is_accessible_in_light_and_dark(visit, axe, path):
    page = visit(path)
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page, COLOURS) == []


def test_the_dark_mode_is_dark(visit):
    page = visit("index.html")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    assert light == "rgb(255, 255, 255)"
    assert page.evaluate(colour) != light


def test_formulas_are_drawn(visit):
    notebooks = [path for path in PAGES if path.startswith("notebooks/")]
    assert notebooks, "no notebook page was built: python tools/nb.py execute"
    for path in notebooks:
        formulas = visit(path).locator(".katex-html").all()
        assert len(formulas) > 3
        assert all(formula.bounding_box()["width"] > 3 for formula in formulas)


def test_search_finds_and_leads_to_a_page(visit):
    page = visit("index.html")
    box = page.locator(".sidebar-search")
    box.fill("convolution")
    box.press("Enter")
    first = page.locator("#search-results a").first
    first.wait_for()
    first.click()
    page.wait_for_load_state()
    assert "search.html" not in page.url
    assert "convolution" in page.locator("article").inner_text().lower()


def test_the_keyboard_reaches_the_text_and_the_links(visit):
    page = visit("index.html")
    page.keyboard.press("Tab")
    focus = "document.activeElement"
    assert page.evaluate(f"{focus}.textContent.trim()") == "Skip to content"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(f"{focus}.getAttribute('href')"))
    assert any(link and link.startswith("notebooks/") for link in seen)


def test_no_solution_is_in_any_file():
    pytest.importorskip("jupytext")
    from nb_check import secrets
    from nb_release import sources

    lines = {
        line.replace("**", "")
        for source in sources(ROOT)
        for block in secrets(source)
        for line in block
        if len(line) >= 30
    }
    assert len(lines) > 5
    kinds = {".html", ".ipynb", ".js", ".txt", ".md"}
    import re
    from html import unescape

    for path in SITE.rglob("*"):
        if path.suffix in kinds and "_static" not in path.parts:
            text = re.sub("<[^>]+>", "", path.read_text(encoding="utf-8"))
            shown = unescape(text)
            assert not [line for line in lines if line in shown], path
