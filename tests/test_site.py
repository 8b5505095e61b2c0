"""The web site builds without a warning, by itself, from an executed notebook."""

import re
import shutil
import subprocess
import sys
import tomllib
from html import unescape
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import rooms

from nnds.data import EMBEDDED

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("sphinx", "myst_nb", "furo", "sphinx_revealjs")
MISSING = [name for name in NEEDED if not find_spec(name)]
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
SOLUTION, STUB = "return 2 * x  # secret-answer", "raise NotImplementedError"
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


SOURCE = f"""# %% [markdown]
# # Lecture 7: convolution
#
# Here $w^\\top x$.

# %%
ax, alt = plot.images(x)
plot.show(ax, alt)

# %%
value("accuracy", 0.97)

# %%
def my_double(x):
    ### BEGIN SOLUTION
    {SOLUTION}
    ### END SOLUTION


check(my_double)

# %%
### BEGIN HIDDEN TESTS
hidden = {SOLUTION!r}
### END HIDDEN TESTS
"""


def shown_outputs() -> list[list[nbformat.NotebookNode]]:
    """Return what the cells of `SOURCE` showed when they ran."""
    new = nbformat.v4
    picture = new.new_output(
        "display_data",
        data={"image/png": PIXEL, "text/plain": "<Figure>"},
        metadata={"image/png": {"alt": ALT}},
    )
    number = {
        "application/vnd.nnds.value+json": {
            "name": "accuracy",
            "value": "0.97",
            "text": "0.97",
            "ok": True,
        },
        "text/plain": "accuracy = 0.97",
    }
    bar = new.new_output("stream", name="stderr", text="progress 100%")
    report = new.new_output("execute_result", data={"text/plain": "10 of 10 points"})
    return [
        [picture],
        [bar, new.new_output("display_data", data=number)],
        [report],
        [],
    ]


def sphinx(place: Path, source: str, out: str, *more: str) -> CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "site"]
    command += ["-d", f"trees/{out}", *more, source, out]
    return subprocess.run(command, cwd=place, capture_output=True, encoding="utf-8")


def build(place: Path, source: str, outputs: list) -> CompletedProcess:
    """Build the site with one lecture in `place`, so that the checkout stays as it is.

    What the guides show must be there too.
    """
    rooms.prepare(place)
    rooms.lecture(place, "07_conv", source, outputs)
    for page in (place / "site").glob("*.md"):
        for file in re.findall(
            r"\{literalinclude\} \.\./(\S+)", page.read_text("utf-8")
        ):
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, place / file)
    return sphinx(place, "site", "html")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("site")
    slides = place / "html" / "slides"  # stand-ins; real decks are in test_decks.py
    slides.mkdir(parents=True)
    for kind in ("html", "pdf"):
        (slides / f"07_conv.{kind}").write_text("<title>7</title>", encoding="utf-8")
    (place / "benchmarks").mkdir()
    (place / "benchmarks" / "README.md").write_text(
        "# nnds and peers", encoding="utf-8"
    )
    run = build(place, SOURCE, shown_outputs())
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
    names = {name for name in names if not name.startswith("_")} - {"commands"}
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
    assert "Return the tape with the cotangent" in shown(site / "api" / "autodiff.html")
    order = (site / "api.html").read_text(encoding="utf-8")
    names = ("init", "dense", "conv", "checks", "train")
    places = [order.index(f'href="api/{name}.html"') for name in names]
    assert places == sorted(places)


def test_home_and_data_pages_are_taken_from_the_package(site):
    home = (site / "index.html").read_text(encoding="utf-8")
    assert "Convolution" in home
    assert "Looking inside" in home
    assert 'href="notebooks/07_conv.html"' in home
    assert 'href="notebooks/05_dense.html"' not in home
    assert 'href="slides/07_conv.html"' in home
    assert 'href="slides/07_conv.pdf"' in home
    assert "nnds and peers" in shown(site / "benchmarks.html")
    data = (site / "data.html").read_text(encoding="utf-8")
    assert all(f">{name}</span>" in data for name in EMBEDDED)


def test_a_notebook_page_draws_maths_and_says_where_to_work(site):
    text = (site / "notebooks" / "07_conv.html").read_text(encoding="utf-8")
    assert 'class="katex"' in text
    assert "accuracy = 0.97" in text
    assert "of 10 points" not in text  # below a stub
    assert "find_spec" not in text
    assert "progress 100%" not in text
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    address = metadata["project"]["urls"]["Repository"]
    file = f"{address}/blob/main/notebooks/07_conv.ipynb"
    assert f'href="https://kaggle.com/kernels/welcome?src={file}"' in text
    colab = file.replace(
        "https://github.com", "https://colab.research.google.com/github"
    )
    assert f'href="{colab}"' in text
    assert 'href="../slides/07_conv.html"' in text


def test_no_solution_is_published(site):
    text = shown(site / "notebooks" / "07_conv.html")
    assert f"def my_double(x): {STUB}" in text
    files = [path for path in site.rglob("*") if path.is_file()]
    assert any(path.suffix == ".ipynb" for path in files)
    for path in files:
        assert b"secret-answer" not in path.read_bytes(), path


def test_a_figure_without_words_and_a_wrong_formula_fail_the_build(tmp_path):
    wrong = SOURCE.replace("Here $w", "Wrong: $\\frac{1$. Here $w")
    outputs = shown_outputs()
    del outputs[0][0].metadata["image/png"]
    run = build(tmp_path, wrong, outputs)
    assert run.returncode != 0
    assert "a figure without alt text" in run.stderr
    assert "KaTeX parse error" in run.stderr


def test_a_run_of_another_program_fails_the_build(tmp_path):
    rooms.prepare(tmp_path)
    path = rooms.lecture(tmp_path, "07_conv", SOURCE, shown_outputs())
    path.write_text(SOURCE.replace("0.97", "0.98"), encoding="utf-8")
    run = sphinx(tmp_path, "site", "html")
    assert run.returncode != 0
    assert "no run of 07_conv as it is now" in run.stderr
