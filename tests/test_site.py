"""The web site builds without a warning, by itself, from an executed notebook."""

import re
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from nnds.data import EMBEDDED
from nnds.lectures import LECTURES

ROOT = Path(__file__).resolve().parents[1]
MISSING = [name for name in ("sphinx", "myst_nb", "furo") if not find_spec(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"{MISSING}: pip install -e '.[site]'"),
    pytest.mark.skipif(not shutil.which("node"), reason="node draws the formulas"),
]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAA"
    "SUVORK5CYII="
)
ALT = "One grey pixel."
# Elements that make a browser load something, and the attribute that names it.
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """What one page shows, loads, links to and can be linked at."""

    def __init__(self, path: Path):
        super().__init__()
        self.images: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = {key: value or "" for key, value in attrs}
        self.ids.add(found.get("id", ""))
        if tag == "img":
            self.images.append(found.get("alt", ""))
        if address := found.get(LOADS.get(tag, "")):
            self.loads.append(address)
        if tag == "link" and "href" in found:
            drawn = {"stylesheet", "icon", "preload"} & set(found["rel"].split())
            (self.loads if drawn else self.links).append(found["href"])
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])


def executed() -> nbformat.NotebookNode:
    """Return a notebook as `tools/nb.py execute` leaves it."""
    new = nbformat.v4
    picture = new.new_output(
        "display_data",
        data={"image/png": PIXEL, "text/plain": "<Figure>"},
        metadata={"image/png": {"alt": ALT}},
    )
    number = {"application/vnd.nnds.headline+json": {}, "text/plain": "accuracy 0.97"}
    figure = new.new_code_cell("plot.show(ax, alt)", outputs=[picture])
    figure.metadata["mystnb"] = {"image": {"alt": ALT}}
    exercise = new.new_code_cell("def double(x):\n    return 2 * x")
    exercise["id"] = "exercise-double"
    bar = new.new_output("stream", name="stderr", text="progress 100%")
    python = {"name": "python"}
    return new.new_notebook(
        metadata={"language_info": python},
        cells=[
            new.new_markdown_cell("# Lecture 7: convolution\n\nHere $w^\\top x$."),
            new.new_code_cell("import_the_course", metadata={"tags": ["setup"]}),
            figure,
            new.new_code_cell(
                "headline()", outputs=[bar, new.new_output("display_data", data=number)]
            ),
            exercise,
        ],
    )


def build(place: Path, notebook: nbformat.NotebookNode) -> subprocess.CompletedProcess:
    """Build a copy of `site/` in `place`, so that the checkout stays as it is."""
    made = shutil.ignore_patterns("api", "notebooks", "downloads", "__pycache__")
    shutil.copytree(ROOT / "site", place / "site", ignore=made)
    folder = place / "_build" / "executed"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "07_conv.ipynb")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "site", "html"]
    return subprocess.run(command, cwd=place, capture_output=True, encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("site")
    run = build(place, executed())
    assert run.returncode == 0, run.stderr
    return place / "html"


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_image_says_what_it_shows(pages):
    shown = [(path.name, alt) for path, page in pages.items() for alt in page.images]
    assert ("07_conv.html", ALT) in shown
    for name, alt in shown:
        assert alt, f"{name}: an image without alt text"
        assert not alt.endswith((".png", ".svg")), f"{name}: {alt} is a file name"


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for path, page in pages.items():
        for address in page.loads:
            assert not re.match(r"(\w+:)?//", address), f"{path.name} loads {address}"
            file = path.parent / unquote(urlsplit(address).path)
            assert address.startswith("data:") or file.is_file(), (path.name, address)
    for path in site.rglob("*.css"):
        for address in re.findall(
            r"""(?:url\(|@import)\s*["']?([^"')]+)""", path.read_text(encoding="utf-8")
        ):
            assert not re.match(r"(https?:)?//", address), f"{path.name}: {address}"
            if not address.startswith(("data:", "#")):
                assert (path.parent / urlsplit(address).path).is_file(), address


def test_every_link_inside_the_site_arrives(pages):
    known = {path.resolve(): page for path, page in pages.items()}
    count = 0
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            count += 1
            target = (path.parent / unquote(parts.path)) if parts.path else path
            assert target.is_file(), f"{path.name} links to {link}"
            other = known.get(target.resolve())
            if parts.fragment and other:
                found = unquote(parts.fragment) in other.ids
                assert found, f"{path.name} links to {link}, which has no such place"
    assert count > 100


def test_each_module_has_its_page(site):
    package = ROOT / "nnds"
    names = {p.stem for p in package.glob("*.py")}
    names |= {p.parent.name for p in package.glob("*/__init__.py")}
    names = {name for name in names if not name.startswith("_")} - {"cli"}
    assert {path.stem for path in site.glob("api/*.html")} == names
    for name in names:
        text = (site / "api" / f"{name}.html").read_text(encoding="utf-8")
        assert f'id="module-nnds.{name}"' in text


def shown(path: Path) -> str:
    """Return the text of a page without its tags."""
    text = re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))
    return " ".join(unescape(text).split())


def test_api_pages_read_like_the_source(site):
    for path in site.glob("api/*.html"):
        text = shown(path)
        for wrong in ("jaxlib._jax", " at 0x", "<function", "~jaxtyping"):
            assert wrong not in text, f"{path.name} shows {wrong}"
    text = shown(site / "api" / "dense.html")
    assert "w: Float[Array, 'd c']" in text
    assert "Return wᵀx + b: output j is a weighted sum" in text
    order = (site / "api.html").read_text(encoding="utf-8")
    names = ("init", "dense", "conv", "train", "data", "batches")
    places = [order.index(f'href="api/{name}.html"') for name in names]
    assert places == sorted(places)


def test_home_and_data_pages_are_taken_from_the_package(site):
    home = (site / "index.html").read_text(encoding="utf-8")
    assert all(lecture.title in home for lecture in LECTURES)
    assert 'href="notebooks/07_conv.html"' in home
    assert 'href="notebooks/05_dense.html"' not in home
    data = (site / "data.html").read_text(encoding="utf-8")
    assert all(f">{name}</span>" in data for name in EMBEDDED)


def test_a_notebook_page_folds_solutions_and_draws_maths(site):
    text = (site / "notebooks" / "07_conv.html").read_text(encoding="utf-8")
    assert 'class="katex"' in text
    assert "accuracy 0.97" in text
    assert "Show a solution" in text
    assert "import_the_course" not in text
    assert "progress 100%" not in text
    student = list(site.glob("_downloads/*/07_conv.ipynb"))
    assert len(student) == 1
    assert student[0].read_bytes() == (ROOT / "notebooks/07_conv.ipynb").read_bytes()


def test_a_figure_without_words_and_a_wrong_formula_fail_the_build(tmp_path):
    notebook = executed()
    notebook.cells[0].source += "\n\nWrong: $\\frac{1$."
    del notebook.cells[2].metadata["mystnb"]
    run = build(tmp_path, notebook)
    assert run.returncode != 0
    assert "a figure without alt text" in run.stderr
    assert "KaTeX parse error" in run.stderr
