"""A browser looks at the built site. Run by name: `python -m pytest tests/browser`.

First `python tools/site.py`. Needs `pip install -e ".[site,browser]"` and a chromium on
the PATH or in NNDS_CHROMIUM; skips where one of them is missing.
"""

import functools
import os
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("NNDS_SITE", ROOT / "_build" / "site"))  # or another build
sys.path.insert(0, str(ROOT / "tools"))

from deck_pdf import FLAGS, chromium, missing  # noqa: E402

DECKS = sorted(f"slides/{p.name}" for p in SITE.glob("slides/[0-9][0-9]_*.html"))
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if not path.is_relative_to(SITE / "slides") and "_static" not in path.parts
)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
COLOURS = ("color-contrast", "link-in-text-block")  # all that the dark mode changes

# A font is fetched when a slide first shows a letter of it; until then the letters are
# those of another font, and wider.
FONTS = "Promise.all([...document.fonts].map(font => font.load())).then(() => true)"

# Violations, and what axe could not judge since it lies over something else: in a
# formula and in a drawing that is so, by design.
JUDGE = """async options => {
  const found = await axe.run(document, options);
  const name = (v, n) => `${v.id}: ${n.target} ${n.failureSummary}`;
  const unseen = n => JSON.stringify(n).includes("bgOverlap") &&
    !document.querySelector(n.target[0])?.closest(".katex, svg, .nnds-panel");
  return [
    ...found.violations.flatMap(v => v.nodes.slice(0, 3).map(n => name(v, n))),
    ...found.incomplete.flatMap(v => v.nodes.filter(unseen).map(n => name(v, n))),
  ];
}"""


def lacking(name: str) -> str:
    """Return what a file of tests needs and is not there, or ""."""
    needed = ("pytest_playwright", "axe_playwright_python", "pypdf")
    absent = [module for module in needed if not find_spec(module)]
    if name != "test_panels.py" and not PAGES:
        return "the site is not built: python tools/site.py"
    if name == "test_static.py":
        return ""
    if absent:
        return f"{absent}: pip install -e '.[browser]'"
    return missing()


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and (reason := lacking(item.path.name)):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    size = {"width": 1280, "height": 720}
    return {**browser_context_args, "viewport": size, "color_scheme": "light"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def base_url():
    """Serve the site; yield its address."""
    handler = functools.partial(Quiet, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def visit(context, base_url):
    """Return a function that opens a page; at the end nothing may have gone wrong.

    That is: no request outside of the site, no error on the console, no missing file.
    """
    outside, errors = [], []

    def watch(request):
        if not request.url.startswith((base_url, "data:", "blob:", "about:")):
            outside.append(request.url)

    def listen(message):
        if message.type in ("error", "warning"):
            errors.append(f"{message.text} {message.location}")

    context.on("request", watch)
    context.on("console", listen)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.route(lambda url: not url.startswith(base_url), lambda route: route.abort())

    def open_(path, wait=True):
        page = context.new_page()
        page.goto(f"{base_url}/{path}")
        if wait:
            page.evaluate(FONTS)
        if path.startswith("slides/"):
            page.wait_for_function("window.Reveal && Reveal.isReady()")
        return page

    yield open_
    assert not outside, f"requests outside of the site: {outside}"
    assert not errors, errors


@pytest.fixture(scope="session")
def axe():
    """Return a function that lists the WCAG 2.1 A and AA violations of a page."""
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    def run(page, rules=None):
        if not page.evaluate("!!window.axe"):
            page.evaluate(script)
        only = {"type": "rule", "values": rules} if rules else WCAG
        options = {"runOnly": only, "resultTypes": ["violations", "incomplete"]}
        return page.evaluate(JUDGE, options)

    return run
