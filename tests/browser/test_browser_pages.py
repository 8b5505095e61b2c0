"""Pages in a browser: all open; those of one template are looked at in three sizes."""

from collections import defaultdict

import pytest
from conftest import COLOURS, PAGES, SITE

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


def samples() -> list[str]:
    """Return the smallest, median and largest page of each folder; all of the top."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in PAGES:
        folders[path.rpartition("/")[0]].append(path)
    chosen = folders.pop("", [])
    for paths in folders.values():
        by_size = sorted(paths, key=lambda path: (SITE / path).stat().st_size)
        chosen += {by_size[0], by_size[len(by_size) // 2], by_size[-1]}
    return sorted(chosen)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_and_fits_a_phone(visit, path):
    page = visit(path, wait=False)
    assert page.title()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(WIDE) == [], f"{path} is too wide for a phone"


@pytest.mark.parametrize("path", samples())
def test_a_page_is_accessible_in_light_and_dark(visit, axe, path):
    page = visit(path)
    page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_load_state("networkidle")
    assert page.evaluate(BROKEN) == []
    formulas = page.locator(".katex-html").all()[:20]
    assert all(formula.bounding_box()["width"] > 3 for formula in formulas)
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
