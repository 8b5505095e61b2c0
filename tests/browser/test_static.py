"""The built site as files, without a browser: links, images, formulas, solutions."""

import re
import sys
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import DECKS, PAGES, ROOT, SITE

sys.path.insert(0, str(ROOT / "tools"))
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src"}
UNREAD = {"pre", "code", "script", "style", "annotation", "title"}  # a dollar may stand
VOID = {"img", "br", "hr", "input", "link", "meta", "source", "wbr", "col", "path"}
RAW = re.compile(r"\$|\\\(|\\\[")
every = pytest.mark.parametrize("path", [*PAGES, *DECKS])


class Page(HTMLParser):
    """What a page loads, links to, can be linked at, and says."""

    def __init__(self, path: str):
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = {""}
        self.alts: list[str | None] = []
        self.raw: list[str] = []
        self.errors: list[str] = []
        self.open: list[str] = []
        self.feed((SITE / path).read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = {key: value or "" for key, value in attrs}
        self.ids |= {given.get("id", ""), given.get("name", "")}
        if tag == "img":
            self.alts.append(given.get("alt"))
        if address := given.get(LOADS.get(tag, "")):
            self.loads.append(address)
        if tag == "link" and {"stylesheet", "icon"} & set(given["rel"].split()):
            self.loads.append(given["href"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        classes = given.get("class", "").split()
        if "katex-error" in classes or "system-message" in classes:
            self.errors.append(f"{tag}.{'.'.join(classes)} {given.get('title', '')}")
        if tag not in VOID:
            self.open.append(tag if "highlight" not in classes else "pre")

    def handle_endtag(self, tag):
        if tag not in VOID and self.open:
            self.open.pop()

    def handle_data(self, data):
        if RAW.search(data) and not UNREAD & set(self.open):
            self.raw.append(data.strip()[:80])


@cache
def read(path: str) -> Page:
    return Page(path)


def target(path: str, address: str) -> tuple[Path, str] | None:
    """Return the file that an address names and the place in it; None if outside."""
    parts = urlsplit(address)
    if parts.scheme or address.startswith("//"):
        return None
    file = SITE / path if not parts.path else (SITE / path).parent / unquote(parts.path)
    return file.resolve(), unquote(parts.fragment)


def test_there_is_a_site():
    assert PAGES
    assert DECKS


@every
def test_what_a_page_loads_and_links_to_is_there(path):
    page, wrong = read(path), []
    for address in page.loads:
        if address.startswith("data:"):
            continue
        found = target(path, address)
        if found is None or not found[0].is_file():
            wrong.append(f"loads {address}")
    for address in page.links:
        found = target(path, address)
        if found is None:
            continue
        file, place = found
        if not file.is_file():
            wrong.append(f"links to {address}")
        elif place and file.suffix == ".html" and file.is_relative_to(SITE.resolve()):
            name = file.relative_to(SITE.resolve()).as_posix()
            known = name in PAGES  # places in a deck are made by its script
            if known and place not in read(name).ids:
                wrong.append(f"links to {address}: no such place")
    assert wrong == []


@every
def test_images_have_words_and_formulas_are_drawn(path):
    page = read(path)
    assert page.errors == []
    assert page.raw == [], "a formula that is not drawn"
    short = [alt for alt in page.alts if alt is None or len(alt.split()) < 4]
    assert short == [], "an image without a sentence for those who cannot see it"


def test_formulas_are_in_notebooks_and_decks():
    for path in [*DECKS, *(p for p in PAGES if p.startswith("notebooks/"))]:
        text = (SITE / path).read_text(encoding="utf-8")
        assert text.count('class="katex-html"') > 3, path


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
    for path in SITE.rglob("*"):
        if path.suffix in kinds and "_static" not in path.parts:
            text = re.sub("<[^>]+>", "", path.read_text(encoding="utf-8"))
            shown = unescape(text)
            assert not [line for line in lines if line in shown], path
