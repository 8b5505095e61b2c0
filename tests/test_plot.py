"""Figures: alt text from the data, no global state, classes told apart by shape too."""

import inspect
import types
from pathlib import Path

import jax.numpy as jnp
import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import networkx as nx
import numpy as np
import pytest
from matplotlib.colors import to_hex
from nbformat.v4 import new_code_cell, new_notebook
from sklearn.datasets import load_digits, load_iris

from nnds import plot
from nnds.commands.execution import execute

plt.get_backend()  # chosen now, lest a figure seem to change the setting
DIGITS = load_digits()
IRIS = load_iris()
KARATE = nx.karate_club_graph()
EDGES = np.array(KARATE.edges)
PLACES = np.array(list(nx.circular_layout(KARATE).values()))
CLUB = np.array([KARATE.nodes[k]["club"] != "Mr. Hi" for k in KARATE]).astype(int)
X2, Y = IRIS.data[:, 2:], IRIS.target
NAMES = list(IRIS.target_names)
HISTORY = types.SimpleNamespace(
    train={"loss": [3.0, 2.0, 1.0], "accuracy": [0.3, 0.6, 0.9]},
    validation={"loss": [3.0, 1.5, 1.75], "accuracy": [0.25, 0.75, 0.5]},
)


def nearest(points):
    """Classify by nearest class mean."""
    means = np.stack([X2[k == Y].mean(0) for k in range(3)])
    return ((points[:, None] - means) ** 2).sum(-1).argmin(1)


CALLS = {
    "curves": lambda ax=None: plot.curves(HISTORY, ax=ax),
    "confusion": lambda ax=None: plot.confusion(np.eye(3) * 5, NAMES, ax=ax),
    "decision_regions": lambda ax=None: plot.decision_regions(
        nearest, X2, Y, NAMES, ax=ax
    ),
    "bars": lambda ax=None: plot.bars(
        NAMES, {"a": [3, 1, 2], "b": [0.5, 0, 5]}, x_label="share", ax=ax
    ),
    "images": lambda ax=None: plot.images(DIGITS.images[:8], list("01234567"), ax=ax),
    "filters": lambda ax=None: plot.filters(jnp.ones((3, 3, 2, 4)), ax=ax),
    "attention_map": lambda ax=None: plot.attention_map(
        jnp.eye(3, dtype=jnp.bfloat16), "abc", "abc", ax=ax
    ),
    "graph": lambda ax=None: plot.graph(EDGES, PLACES, CLUB, ax=ax),
    "lines": lambda ax=None: plot.lines(
        np.arange(3), {"a": [3, 1, 2], "b": [0, 0, 5]}, x_label="t", y_label="v", ax=ax
    ),
}


@pytest.fixture(autouse=True)
def close():
    plt.close("all")  # those of doctests
    yield
    plt.close("all")


def test_every_public_figure_is_tested_here():
    names = {n for n in plot.__all__ if n.islower()} - {"row", "show", "vector"}
    assert names == CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
def test_figure_contract(name):
    """New Axes only when none is given, no setting touched, alt a full sentence."""
    before = mpl.rcParams.copy()
    ax, alt = CALLS[name]()
    assert len(plt.get_fignums()) == 1
    assert mpl.rcParams == before
    assert alt[0].isupper() or alt[0].isdigit()
    assert alt.endswith(".")
    assert len(alt.split()) > 8
    mine = plt.subplots()[1]
    same, again = CALLS[name](ax=mine)
    assert same is mine
    assert again == alt
    assert len(plt.get_fignums()) == 2
    ax.figure.canvas.draw()  # no warning: warnings are errors


def ticks_out_of_view(axes):
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


@pytest.mark.parametrize("name", CALLS)
def test_text_is_readable_and_inside(name):
    """At least 12 points on every text, and none cut off by the edge of the figure."""
    ax = CALLS[name]()[0]
    figure = ax.figure
    figure.canvas.draw()
    page = figure.bbox.padded(2)
    unseen = {label for axes in figure.axes for label in ticks_out_of_view(axes)}
    for text in set(figure.findobj(mpl.text.Text)) - unseen:
        if text.get_visible() and text.get_text().strip():
            assert text.get_fontsize() >= 12, text
            box = text.get_window_extent()
            assert page.contains(*box.min), text
            assert page.contains(*box.max), text


def test_curves_tell_the_best_epoch():
    ax, alt = plot.curves(HISTORY)
    assert "best validation loss is 1.5, at epoch 2" in alt
    alt = plot.curves(HISTORY, "accuracy")[1]
    assert "best validation accuracy is 0.75, at epoch 2" in alt
    lines = ax.get_lines()
    assert len({line.get_linestyle() for line in lines[:2]}) == 2
    assert lines[0].get_xdata().tolist() == [1, 2, 3]


def test_curves_without_validation_and_with_a_diverged_epoch():
    only = types.SimpleNamespace(train={"loss": [2.0, float("nan")]}, validation={})
    alt = plot.curves(only)[1]
    assert "from 2 to nan" in alt
    assert "best train loss is 2, at epoch 1" in alt
    all_nan = plot.curves({"a": [float("nan")]})[1]
    assert "best" not in all_nan
    with pytest.raises(ValueError, match="no 'f1'"):
        plot.curves(HISTORY, "f1")


def test_confusion_tells_the_worst_confusion():
    matrix = np.array([[90, 10, 0], [0, 50, 0], [30, 0, 20]])
    alt = plot.confusion(matrix, ["a", "b", "c"])[1]
    assert "accuracy 0.8." in alt
    assert "c taken for a, 30 times" in alt
    assert "lowest for c, 0.4." in alt
    absent = plot.confusion(np.array([[3, 0], [0, 0]]), ["a", "b"])[1]
    assert "error" not in absent  # and no 0/0 for the class without examples
    assert "lowest for a, 1." in absent


def test_regions_count_errors_and_use_shapes():
    ax, alt = plot.decision_regions(nearest, X2, Y, NAMES)
    wrong = int(np.sum(nearest(X2) != Y))
    assert wrong > 0
    assert f"of which {wrong} lie in a region of another class" in alt
    shares = [
        float(part.split()[-1]) for part in alt.split("area: ")[1][:-1].split(",")
    ]
    assert sum(shares) == pytest.approx(1, abs=0.003)
    scores = plot.decision_regions(lambda p: np.eye(3)[nearest(p)], X2, Y, NAMES)[1]
    assert scores == alt
    points = [
        c for c in ax.collections if isinstance(c, mpl.collections.PathCollection)
    ]
    outlines = {p.get_paths()[0].vertices.tobytes() for p in points}
    colours = {to_hex(p.get_facecolor()[0]).upper() for p in points}
    assert len(outlines) == 3
    assert colours == set(plot.COLOURS[:3])


def test_images_accept_grey_and_colour():
    grey = plot.images(DIGITS.images[:3])[1]
    assert grey == "Grid of 3 grey images of 8 by 8 pixels, in 1 row of 3."
    assert "colour images" in plot.images(np.zeros((2, 4, 5, 3), np.uint8))[1]
    assert plot.images(jnp.zeros((2, 4, 5, 1)))[1].startswith("Grid of 2 grey images")
    with pytest.raises(ValueError, match=r"0\.\.1"):
        plot.images(np.full((1, 4, 4, 3), 200.0))


def test_filters_scale_is_symmetric():
    w = np.zeros((3, 3, 1, 2))
    w[0, 0, 0, 1] = -4
    ax, alt = plot.filters(w)
    assert ax.images[0].get_clim() == (-4, 4)
    assert "between -4 and 0" in alt
    assert "Filter 1 has the largest norm, 4," in alt


def test_attention_names_what_is_read():
    w = np.array([[0.1, 0.9], [0.0, 0.0]])  # a fully masked row is legal
    alt = plot.attention_map(w, ["it", "pad"], ["cat", "mat"])[1]
    assert "it reads mat (0.9)" in alt
    many = np.eye(30)
    alt = plot.attention_map(many, [f"q{i}" for i in range(30)], ["k"] * 30)[1]
    assert alt.count("reads") == 8


def test_graph_counts_edges_once():
    both = np.concatenate([EDGES, EDGES[:, ::-1], [[3, 3]]])
    ax, alt = plot.graph(both, PLACES, CLUB, classes=["Mr. Hi", "Officer"])
    assert "34 nodes and 78 edges. Node 33 has the most neighbours, 17." in alt
    same = int(np.sum(CLUB[EDGES[:, 0]] == CLUB[EDGES[:, 1]]))
    assert f"{same} of 78 edges" in alt
    assert len(ax.get_legend().get_texts()) == 2
    alt = plot.graph(EDGES, PLACES, np.linspace(0, 1, 34))[1]
    assert "from 0 at node 0 to 1 at node 33" in alt
    alone = plot.graph(np.zeros((0, 2), int), PLACES)[1]
    assert alone == "Graph of 34 nodes and 0 edges."


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("confusion", (np.ones((2, 3)), NAMES), "square"),
        ("confusion", (np.ones((3, 3)), ["a"]), "must name 3 items; got 1"),
        ("confusion", (np.zeros((2, 2)), ["a", "b"]), "not all 0"),
        (
            "decision_regions",
            (nearest, IRIS.data, Y, NAMES),
            r"x must have shape \(n, 2\)",
        ),
        ("decision_regions", (nearest, X2, Y + 1, NAMES), r"y must lie in 0\.\.2"),
        ("decision_regions", (nearest, X2, Y[:9], NAMES), r"y must have shape \(150\)"),
        ("decision_regions", (lambda p: p, X2, Y, NAMES), "predict must map"),
        ("images", (DIGITS.images[0],), r"x\[None\]"),
        ("images", (DIGITS.images[:0],), "empty"),
        ("images", (DIGITS.images[:2], ["a"]), "must name 2"),
        ("filters", (np.ones((3, 3)),), r"w must have shape \(i, j, d, c\)"),
        ("attention_map", (np.ones((2, 2)), "ab", "abc"), "columns must name 2"),
        ("attention_map", (np.ones(2), "ab", "ab"), r"\(n, m\)"),
        ("graph", (EDGES.T, PLACES), r"edges must have shape \(e, 2\)"),
        ("graph", (EDGES, PLACES[:9]), r"edges must lie in 0\.\.8"),
        ("graph", (EDGES, PLACES, CLUB[:3]), r"values must have shape \(34\)"),
        ("graph", (EDGES * 1.0, PLACES), "integers"),
    ],
)
def test_wrong_shapes_say_what_was_expected(name, arguments, message):
    """The function without the test-time type checks, as users call it."""
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(getattr(plot, name))(*arguments)


def test_show_wants_a_sentence_and_does_nothing_outside_jupyter():
    ax, alt = plot.curves(HISTORY)
    plot.show(ax, alt)
    assert len(plt.get_fignums()) == 1
    for bad in ("", "figure.png", "A plot"):
        with pytest.raises(ValueError, match="full sentence"):
            plot.show(ax, bad)


@pytest.mark.slow
def test_alt_survives_execution(tmp_path: Path):
    """One figure a show, none from the end of the cell, alt in all three forms."""
    cell = new_code_cell(
        "import matplotlib.pyplot as plt\n"
        "from nnds import plot\n"
        "ax, alt = plot.curves({'a \"quoted\" → <name>': [2.0, 1.0]})\n"
        "plot.show(ax, alt)\n"
        "print('open:', plt.get_fignums())"
    )
    nb = new_notebook(cells=[cell])
    execute(nb, tmp_path)
    nbformat.write(nb, tmp_path / "a.ipynb")
    shown = nbformat.read(tmp_path / "a.ipynb", 4).cells[0].outputs
    assert [o.output_type for o in shown] == ["display_data", "stream"]
    assert shown[1].text == "open: []\n"
    alt = shown[0].metadata["image/png"]["alt"]
    assert 'a "quoted" → <name> goes from 2 to 1.' in alt
    assert shown[0].data["text/plain"] == alt
    assert 'alt="Learning' in shown[0].data["text/html"]
    assert "&lt;name&gt;" in shown[0].data["text/html"]


def test_lines_tell_the_ends_and_the_extremes_of_each_curve():
    ax, alt = CALLS["lines"]()
    assert alt == (
        "V against t from 0 to 2. a goes from 3 to 2, lowest 1 at 1, highest 3 at 0; "
        "b goes from 0 to 5, lowest 0 at 0, highest 5 at 2."
    )
    styles = {(line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert len(styles) == 2  # not colour alone
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a", "b"]


def test_lines_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="a must have shape"):
        plot.lines(np.arange(3), {"a": [1, 2]}, x_label="t", y_label="v")
    with pytest.raises(ValueError, match="nothing to draw"):
        plot.lines(np.arange(3), {}, x_label="t", y_label="v")
