"""Print decks to PDF, and draw one slide, with a chromium that is on the machine."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

HOME = "07_conv.translation"  # on the home page, as a figure and as a slide
# nothing of the browser's own may go to the network
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-extensions"),
]


def chromium() -> str | None:
    """Return the path of chromium: $NNDS_CHROMIUM, or the first on the PATH."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    if given := os.environ.get("NNDS_CHROMIUM"):
        names = [given]
    return next(filter(None, map(shutil.which, names)), None)


def missing() -> str:
    """Return what is missing to drive a browser, or ""."""
    if not find_spec("playwright"):
        return "playwright is not installed: pip install -e '.[browser]'"
    if not chromium():
        return "there is no chromium on the PATH, nor in NNDS_CHROMIUM"
    return ""


def stale(page: Path) -> bool:
    """Whether a deck has no PDF, or one that is older than what it is made from."""
    pdf, static = page.with_suffix(".pdf"), page.parent / "_static"
    files = [page, static / "deck.css", *static.glob("panels/*")]
    files += page.parent.glob("_images/*")
    return not pdf.exists() or pdf.stat().st_mtime < max(
        file.stat().st_mtime for file in files
    )


def draw_slide(page: Path, figure: str, picture: Path) -> bool:
    """Write the slide that shows a figure as PNG; say whether there is one."""
    from playwright.sync_api import sync_playwright  # pyright: ignore

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 720})
        tab.goto(page.as_uri())
        tab.wait_for_function("Reveal.isReady() && document.fonts.ready")
        there = tab.evaluate(
            """figure => {
                const slides = Reveal.getSlides();
                const one = `img.plotted[src$="/${figure}.svg"]`;
                const slide = slides.find(s => s.querySelector(one));
                if (!slide) return false;
                const { h, v } = Reveal.getIndices(slide);
                Reveal.configure({ controls: false, progress: false });
                Reveal.slide(h, v, 99);  // with all fragments
                return true;
            }""",
            figure,
        )
        if there:
            picture.parent.mkdir(parents=True, exist_ok=True)
            tab.wait_for_timeout(300)
            tab.screenshot(path=picture)
        browser.close()
    return there


def print_decks(folder: Path) -> list[Path]:
    """Print each deck of `folder` that is newer than its PDF; return the new PDFs."""
    from playwright.sync_api import sync_playwright  # pyright: ignore

    pages = sorted(folder.glob("[0-9][0-9]_*.html"))
    for old in {*folder.glob("*.pdf")} - {page.with_suffix(".pdf") for page in pages}:
        old.unlink()
    pages = [page for page in pages if stale(page)]
    if not pages:
        return []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        for path in pages:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(f"{path.as_uri()}?print-pdf")
            page.wait_for_function("Reveal.isReady() && document.fonts.ready")
            page.wait_for_selector(".pdf-page")
            page.pdf(
                path=path.with_suffix(".pdf"),
                prefer_css_page_size=True,
                print_background=True,
                tagged=True,
                outline=True,
            )
            page.close()
        browser.close()
    return [page.with_suffix(".pdf") for page in pages]
