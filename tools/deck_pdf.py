"""Print decks to PDF with a chromium that is already on the machine."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

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
