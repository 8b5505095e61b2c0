"""Decks quote the package and draw its figures; what is gone fails their build."""

import json
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from test_site import PIXEL, ROOT, Page, executed, pytestmark, shown, sphinx

sys.path.insert(0, str(ROOT / "site"))
if not pytestmark[1].args[0]:
    import drawings
    import quotes

# stands for site/figures.py: a figure that needs no training
FIGURES = f"""
import base64
import numpy as np
from pathlib import Path

def arrays(name):
    if name != "test.kernel":
        raise KeyError(name)
    return {{"x": np.array([[1.23456, np.nan]]), "n": np.array(3)}}

def drawn(name, format="svg"):
    arrays(name)
    path = Path(__file__).parents[1] / "_build" / "figures" / "test.kernel.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(base64.b64decode("{PIXEL}"))
    return path, "A kernel of 3."
"""
DECK = """\
# A deck

```{revealjs-notes}
Say **hello** to $x$.
```

## A formula

$$ y = x^2 $$

```{quote} nnds.dense.dense
:part: formula
```

```{quote} nnds.dense.dense
```

```{quote} nnds.graph.GCN
:part: symmetry
```

## A figure

```{plotted} test.kernel
:width: 50%
```

```{panel} test.kernel
```

```{panel} test.kernel
```

See {page}`the notebook <notebooks/07_conv>`, {page}`all data <data>`
and {page}`the code <api/conv#nnds.conv.conv2d>`.
"""
WRONG = """\
# A deck

```{quote} nnds.conv.conv2dd
```

```{quote} nnds.alchemy.gold
```

```{quote} os.path.join
```

```{quote} nnds.dense.Dense
:part: symmetry
```

```{quote} nnds.dense.Dense
:part: lines
```

```{plotted} test.gone
```

```{panel} test.gone
```

{page}`the notebook <notebooks/06_gone>`
"""


def place_deck(place: Path, text: str) -> None:
    made = shutil.ignore_patterns("api", "notebooks", "downloads", "__pycache__")
    shutil.copytree(ROOT / "site", place / "site", ignore=made)
    (place / "site" / "figures.py").write_text(FIGURES, encoding="utf-8")
    panels = place / "site" / "_static" / "panels"
    panels.mkdir(exist_ok=True)
    for name in ("panel.js", "panel.css", "test.kernel.js"):
        (panels / name).write_text("/* a stand-in */", encoding="utf-8")
    for folder in ("lectures", "notebooks"):
        (place / folder).mkdir()
    nbformat.write(executed(), place / "notebooks" / "07_conv.ipynb")
    (place / "lectures" / "07_test.md").write_text(text, encoding="utf-8")
    index = "# Decks\n\n```{toctree}\n:glob:\n\n[0-9]*\n```\n"
    (place / "lectures" / "index.md").write_text(index, encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("decks")
    place_deck(place, DECK)
    run = sphinx(place, "lectures", "html/slides", "-b", "revealjs", "-t", "slides")
    assert run.returncode == 0, run.stderr
    return place


@pytest.fixture(scope="module")
def deck(place) -> str:
    return (place / "html/slides/07_test.html").read_text(encoding="utf-8")


def test_a_deck_shows_formulas_code_and_figures(place, deck):
    page = Page(place / "html/slides/07_test.html")
    assert page.images == ["A kernel of 3."] * 3
    assert deck.count('class="katex"') >= 1
    text = shown(place / "html/slides/07_test.html")
    assert "Return wᵀx + b:" in text
    assert "return x @ w + b" in text
    assert "Renumber the nodes, and the outputs are renumbered with them." in text
    assert "$" not in re.sub(r"<(script|annotation).*?</\1>", "", deck, flags=re.S)
    links = {link for link in page.links if link.startswith("../")}
    code = "../api/conv.html#nnds.conv.conv2d"
    assert links == {"../notebooks/07_conv.html", code, "../data.html"}


def test_a_deck_loads_nothing_from_elsewhere(place):
    path = place / "html/slides/07_test.html"
    for address in Page(path).loads:
        assert (path.parent / address.partition("?")[0]).is_file(), address
    for path in (place / "html/slides/_static").rglob("*.css"):
        used = path.name in ("deck.css", "white.css", "katex.min.css", "reveal.css")
        text = path.read_text(encoding="utf-8")
        for address in re.findall(r"url\([\"']?([^\"')]+)", text) if used else ():
            if not address.startswith("data:"):
                assert (path.parent / address).is_file(), f"{path.name}: {address}"


def test_a_panel_holds_its_arrays_and_loads_its_script_once(deck):
    data = re.findall(r'<script type="application/json">(.*?)</script>', deck)
    assert [json.loads(text) for text in data] == [{"x": [[1.235, None]], "n": 3}] * 2
    for name in ("panel.js", "test.kernel.js", "panel.css"):
        assert deck.count(f"_static/panels/{name}") == 1
    assert deck.count('data-panel="test.kernel"') == 2


def test_speaker_notes_are_in_the_deck_only(place, deck):
    notes = re.findall(r'<aside class="notes">(.*?)</aside>', deck, flags=re.S)
    assert len(notes) == 1
    assert "<strong>hello</strong>" in notes[0]
    assert "<math" in notes[0]
    assert "katex-html" not in notes[0]  # the presenter view has no style for it
    run = sphinx(place, "lectures", "pages", "-b", "html", "-t", "slides")
    assert run.returncode == 0, run.stderr
    page = (place / "pages/07_test.html").read_text(encoding="utf-8")
    assert "A figure" in page
    assert "hello" not in page


def test_nothing_is_built_again_that_has_not_changed(place):
    path = place / "html/slides/07_test.html"
    before = path.stat().st_mtime_ns
    slides = ("html/slides", "-b", "revealjs", "-t", "slides")
    assert sphinx(place, "lectures", *slides).returncode == 0
    assert path.stat().st_mtime_ns == before


def test_what_is_gone_fails_the_build(tmp_path):
    place_deck(tmp_path, WRONG)
    run = sphinx(tmp_path, "lectures", "slides", "-b", "revealjs", "-t", "slides")
    assert run.returncode != 0
    for problem in (
        "nnds.conv.conv2dd is gone",
        "nnds.alchemy.gold is gone",
        "only nnds is quoted, by its full name; got os.path.join",
        "nnds.dense.Dense declares no symmetry",
        "Invalid option value for 'part'",
        "plotted: there is no figure test.gone",
        "panel: there is no figure test.gone",
        "notebooks/06_gone",
    ):
        assert problem in run.stderr, problem
    assert len(re.findall("(ERROR|WARNING):", run.stderr)) == 8


def test_the_parts_of_a_function_and_of_a_class():
    signature = quotes.quoted("nnds.dense.Dense", "signature")
    assert signature.splitlines() == [
        "class Dense(eqx.Module):",
        '    w: Float[Array, "d c"]',
        '    b: Float[Array, " c"]',
    ]
    body = quotes.quoted("nnds.dense.Dense.init", "body")
    assert body == "return cls(w=he(key, d, c), b=jnp.zeros(c))"
    source = quotes.quoted("nnds.conv.conv2d", "source")
    head = quotes.quoted("nnds.conv.conv2d", "signature")
    assert source.startswith(head)
    assert '"""' not in source
    assert "Return" not in source
    compile(source, "conv2d", "exec")
    assert head.endswith(') -> Float[Array, "h2 w2 c"]:')
    formula = quotes.quoted("nnds.conv.conv2d", "formula")
    assert formula.startswith("Return `y[p, q]")
    assert formula.endswith("w[i, j]`.")


def test_a_formula_is_a_sentence_whatever_its_code_holds():
    text = quotes.quoted("nnds.attention.attention", "formula")
    assert text == "Return `softmax(q kᵀ / sqrt(k)) v`: one head of one example."


def test_numbers_of_a_panel_are_short_and_safe_in_a_page():
    assert drawings.rounded([0.000123456, 2, [True, float("inf")]]) == [
        *(0.0001235, 2),
        [True, None],
    ]
    assert drawings.as_json({"<": ["</script>"]}) == r'{"<":["<\/script>"]}'
