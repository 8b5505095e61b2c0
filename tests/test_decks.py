"""Decks quote the package and draw its figures; what is gone fails their build."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from subprocess import CompletedProcess

import nbformat
import pytest
import rooms
from test_site import ROOT, Page, pytestmark, shown, sphinx

sys.path.insert(0, str(ROOT / "site"))
if not pytestmark[1].args[0]:
    import quotes

HTML = Path("_build", "site", "slides", "07_test.html")
FIGURES = """
import matplotlib.pyplot as plt

def draw_scheme():
    fig, ax = plt.subplots()
    ax.plot([0, 1])
    return ax, "A line that rises."
"""
VALUE = "# A number\n\nIt reads {value}`08_value.accuracy` of them.\n"
RUN = "# A run\n\n```{plotted} 09_run.kernel\n```\n"
DRAWING = "# A drawing\n\n```{plotted} 10_drawing.scheme\n```\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9"><title>{}</title></svg>'


def notebook(number: int) -> str:
    return f"# %% [markdown]\n# # Lecture {number}: a test\n\n# %%\nx = 1\n"


def run_output(text: str) -> list[nbformat.NotebookNode]:
    """Return the output of a cell that shows the figure kernel and states a value."""
    data = {
        "application/vnd.nnds.figure+json": {
            "name": "kernel",
            "alt": "A kernel of 3.",
            "svg": SVG.format(text),
        },
        "application/vnd.nnds.value+json": {
            "name": "accuracy",
            "value": "0.976",
            "text": text,
            "ok": True,
        },
    }
    return [nbformat.v4.new_output("display_data", data=data)]


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

```{plotted} 07_test.kernel
:width: 50%
```

```{plotted} 07_test.scheme
```

It reads {value}`07_test.accuracy` of them.

See {page}`the notebook <notebooks/07_test>`, {page}`all data <data>`
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

```{plotted} 07_test.gone
```

```{plotted} 08_gone.kernel
```

{value}`07_test.gone`

{page}`the notebook <notebooks/06_gone>`
"""


def place_deck(place: Path, text: str, stem: str = "07_test") -> Path:
    """Write a room with a deck, its drawings and a notebook that has run."""
    if not (place / "lectures").exists():
        rooms.prepare(place)
    path = rooms.lecture(place, stem, notebook(int(stem[:2])), [run_output("97.6%")])
    path.with_name("deck.md").write_text(text, encoding="utf-8")
    path.with_name("figures.py").write_text(FIGURES, encoding="utf-8")
    return path


def build(place: Path) -> CompletedProcess[str]:
    command = [sys.executable, "tools/site.py", "--only", "decks", "--no-pdf"]
    return subprocess.run(command, cwd=place, capture_output=True, encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("decks")
    place_deck(place, DECK)
    run = build(place)
    assert run.returncode == 0, run.stderr + run.stdout
    return place


@pytest.fixture(scope="module")
def deck(place) -> str:
    return (place / HTML).read_text(encoding="utf-8")


def test_a_deck_shows_formulas_code_and_figures(place, deck):
    page = Page(place / HTML)
    assert page.images == ["A kernel of 3.", "A line that rises."]
    assert deck.count('class="katex"') >= 1
    text = shown(place / HTML)
    assert "It reads 97.6% of them." in text
    assert "Return wᵀx + b:" in text
    assert "return x @ w + b" in text
    assert "Renumber the nodes, and the outputs are renumbered with them." in text
    assert "$" not in re.sub(r"<(script|annotation).*?</\1>", "", deck, flags=re.S)
    links = {link for link in page.links if link.startswith("../")}
    code = "../api/conv.html#nnds.conv.conv2d"
    assert links == {"../notebooks/07_test.html", code, "../data.html"}


def test_a_deck_loads_nothing_from_elsewhere(place):
    path = place / HTML
    for address in Page(path).loads:
        assert (path.parent / address.partition("?")[0]).is_file(), address
    for path in (place / HTML).parent.joinpath("_static").rglob("*.css"):
        used = path.name in ("deck.css", "white.css", "katex.min.css", "reveal.css")
        text = path.read_text(encoding="utf-8")
        for address in re.findall(r"url\([\"']?([^\"')]+)", text) if used else ():
            if not address.startswith("data:"):
                assert (path.parent / address).is_file(), f"{path.name}: {address}"


def test_speaker_notes_are_in_the_deck_only(place, deck):
    notes = re.findall(r'<aside class="notes">(.*?)</aside>', deck, flags=re.S)
    assert len(notes) == 1
    assert "<strong>hello</strong>" in notes[0]
    assert "<math" in notes[0]
    assert "katex-html" not in notes[0]  # the presenter view has no style for it
    run = sphinx(place, "_build/decks", "pages", "-b", "html", "-t", "slides")
    assert run.returncode == 0, run.stderr
    page = (place / "pages/07_test.html").read_text(encoding="utf-8")
    assert "A figure" in page
    assert "hello" not in page


def test_a_deck_is_built_again_when_its_run_or_its_drawings_changed(place):
    other = [run_output("95.1%")]
    build_anew = {"08_value": VALUE, "09_run": RUN, "10_drawing": DRAWING}
    for stem, text in build_anew.items():
        place_deck(place, text, stem)
    assert build(place).returncode == 0
    pages = place / HTML.parent
    unchanged = (place / HTML).stat().st_mtime_ns
    rooms.lecture(place, "08_value", notebook(8), other)
    rooms.lecture(place, "09_run", notebook(9), other)
    drawings = place / "lectures/10_drawing/figures.py"
    drawings.write_text(FIGURES.replace("rises", "falls"), encoding="utf-8")
    assert build(place).returncode == 0
    assert (place / HTML).stat().st_mtime_ns == unchanged
    assert "It reads 95.1% of them." in shown(pages / "08_value.html")
    (source,) = re.findall(
        r"_images/kernel[^\"]*svg", (pages / "09_run.html").read_text()
    )
    assert "95.1%" in (pages / source).read_text(encoding="utf-8")
    assert Page(pages / "10_drawing.html").images == ["A line that falls."]


def test_a_deck_first_runs_a_notebook_that_changed(tmp_path):
    path = place_deck(tmp_path, DECK)
    path.write_text(notebook(7) + "raise SystemError('anew')\n", encoding="utf-8")
    run = build(tmp_path)
    assert run.returncode != 0
    assert "to run first: 07_test" in run.stdout
    assert "SystemError: anew" in run.stdout
    assert not (tmp_path / HTML).exists()


def test_what_is_gone_fails_the_build(tmp_path):
    place_deck(tmp_path, WRONG)
    run = build(tmp_path)
    assert run.returncode != 0
    for problem in (
        "nnds.conv.conv2dd is gone",
        "nnds.alchemy.gold is gone",
        "only nnds is quoted, by its full name; got os.path.join",
        "nnds.dense.Dense declares no symmetry",
        "Invalid option value for 'part'",
        "no figure 07_test.gone: the notebook names kernel; and figures.py has no draw",
        "plotted: there is no figure 08_gone.kernel: there is no lectures/08_gone",
        "no value 07_test.gone: the notebook of 07_test states accuracy",
        "notebooks/06_gone",
    ):
        assert problem in run.stderr, problem
    assert len(re.findall("(ERROR|WARNING):", run.stderr)) == 9


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


WHOLE = [
    path
    for path in sorted(ROOT.glob("lectures/[0-9]*/deck.md"))
    if not path.read_text(encoding="utf-8").startswith("% skeleton")
]


@pytest.mark.parametrize("path", WHOLE, ids=[path.parent.name for path in WHOLE])
def test_a_whole_deck_has_a_plan_a_recap_questions_and_timed_notes(path):
    text = path.read_text(encoding="utf-8")
    slides = re.split(r"^##? ", text, flags=re.M)[1:]
    assert 20 <= len(slides) <= 32
    minutes, questions = [], [0]
    for slide in slides:
        assert slide.count("{revealjs-notes}") == 1, slide.splitlines()[0]
        notes = slide.split("{revealjs-notes}")[1]
        times = re.findall(r"^(\d):(\d\d)", notes.strip())
        assert times, f"no time in the notes of {slide.splitlines()[0]}"
        minutes.append(60 * int(times[0][0]) + int(times[0][1]))
        questions += minutes[-1:] if "{question}" in slide else []
        assert not re.search(r"```(python|\{code)", slide), "quote code, do not type it"
    assert minutes == sorted(minutes)
    assert minutes[0] == 0
    assert 80 <= minutes[-1] <= 90
    assert max(b - a for a, b in pairwise([*questions, 90])) <= 10
    assert text.count("{question}") == text.count("{answer}")
    for block in ("{plan}", "{recap}", "{panel}"):
        assert block in text, block
    assert "goes wrong" in text
    assert f"notebooks/{path.parent.name}>" in slides[-1]
