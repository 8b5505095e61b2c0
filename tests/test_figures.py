"""Figures are data: kept under what they come from, compared with stored bands."""

import importlib.util
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nnds import plot

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "site"), str(ROOT / "tools")]
figures = import_module("figures")  # of the site
bands = import_module("bands")
nb_figures = import_module("nb_figures")

TOPICS = ("conv", "conv_lenet", "conv_panels", "dense", "dense_mnist", "dense_panels")
CHEAP = ["conv.band", "conv.edges", "conv.shuffled", "dense.bins", "dense.squashing"]
EVERY = [name for topic in TOPICS for name in figures.names(topic)]
DECKS = sorted((ROOT / "lectures").glob("[0-9]*.md"))


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def stored(name):
    return bands.read(figures.SOURCES / "bands" / f"{name.partition('.')[0]}.json")


def compare(name):
    wrong = bands.moved(stored(name), name, plot.summary(figures.arrays(name)))
    again = f"python tools/figures.py record {name}"
    assert not wrong, "\n".join([*wrong, f"When that is meant: {again}"])


@pytest.mark.parametrize("name", CHEAP)
def test_a_cheap_figure_is_in_its_band(name, tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "BUILD", tmp_path)
    compare(name)
    path, alt = figures.drawn(name)
    assert path.read_bytes().startswith(b"<?xml")
    assert alt.endswith(".")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_figure_is_in_its_band_and_says_what_it_shows(monkeypatch, tmp_path):
    """One process, since the figures of a topic share their training runs."""
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "figures.py", "check"],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    for name in EVERY:
        path, alt = figures.drawn(name)
        assert path.stat().st_size < 1_000_000, name
        assert len(alt.split()) > 8, name
        assert re.search(r"\d", alt), f"{name}: no number in {alt!r}"
        assert not re.search(r"\.(png|svg)|nan", alt), alt


def test_bands_hold_every_figure_and_no_other():
    assert tuple(figures.topics()) == TOPICS
    known = {name for topic in TOPICS for name in stored(topic)}
    assert known == set(EVERY)
    for topic in TOPICS:
        for name, band in stored(topic).items():
            assert 0 < band["tolerance"] <= 0.5, name
            assert len(band["why"].split()) > 3, name


def test_a_deck_plots_only_what_is_there_and_all_that_is_there():
    text = "\n".join(path.read_text(encoding="utf-8") for path in DECKS)
    used = re.findall(r"^```\{(?:plotted|panel)\} (\S+)", text, re.M)
    assert set(used) == set(EVERY)
    assert len(used) == len(set(used))


@pytest.mark.parametrize("path", DECKS, ids=[path.stem for path in DECKS])
def test_a_deck_is_15_to_30_slides_with_notes_questions_and_little_text(path):
    slides = re.split(r"^##? ", path.read_text(encoding="utf-8"), flags=re.M)[1:]
    assert 15 <= len(slides) <= 30
    minutes = []
    for slide in slides:
        assert slide.count("```{revealjs-notes}") == 1, slide.splitlines()[0]
        shown, notes = slide.split("```{revealjs-notes}")
        said = re.sub(r"```.*?```|\$\$.*?\$\$", "", shown, flags=re.S)
        said = re.sub(r"[|-]{1,}|\$.*?\$", " ", said).split()
        assert len(said) <= 50, f"{len(said)} words on {slide.splitlines()[0]}"
        hours, minute = map(int, re.findall(r"^(\d):(\d\d)", notes.strip())[0])
        minutes.append(60 * hours + minute)
        if "class: question" in shown and "next slide" not in notes:
            assert "Answer:" in notes, slide.splitlines()[0]
        assert not re.search(r"```(python|\{code)", shown), "quote code, do not type it"
    assert minutes == sorted(set(minutes))
    assert minutes[0] == 0
    assert 85 <= minutes[-1] < 90
    text = "\n".join(slides)
    assert 4 <= text.count(":class: question") <= 6
    assert "goes wrong" in text
    assert f"notebooks/{path.stem}>" in slides[-1]
    assert "xercises" in slides[-1]


def test_arrays_are_computed_once_and_again_after_a_change(tmp_path, monkeypatch):
    source = tmp_path / "lectures" / "toy.py"
    source.parent.mkdir()
    program = (
        "import numpy as np\n"
        "from nnds import plot\n"
        "def data_line():\n"
        "    with open({count!r}, 'a') as file:\n"
        "        file.write('x')\n"
        "    return {{'y': np.arange({n})}}\n"
        "def draw_line(arrays):\n"
        "    return plot.lines(arrays['y'], {{'y': arrays['y']}}, x_label='{label}',"
        " y_label='y')\n"
    )
    count = tmp_path / "count"
    monkeypatch.setattr(figures, "SOURCES", source.parent)
    monkeypatch.setattr(figures, "BUILD", tmp_path / "build")

    def made(n, label):
        source.write_text(program.format(count=str(count), n=n, label=label))
        figures.module.cache_clear()
        figures._source.cache_clear()
        path, alt = figures.drawn("toy.line")
        return len(count.read_text()), path.read_bytes(), alt

    first = made(3, "x")
    assert first[0] == 1
    assert made(3, "x") == first
    redrawn = made(3, "time")  # drawn anew, from the same arrays
    assert redrawn[0] == 1
    assert "time" in redrawn[2]
    assert made(4, "time")[0] == 2
    assert "0 to 3" in made(4, "time")[2]
    with pytest.raises(KeyError, match=r"toy has toy\.line"):
        figures.arrays("toy.curve")
    with pytest.raises(KeyError, match="no figures of 'joy'"):
        figures.drawn("joy.line")
    figures.module.cache_clear()
    figures._source.cache_clear()


X = np.array([1.0, 2.0, 4.0])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (X * 1.2, "mean was 2.33333, is 2.8 (band 1.933..2.733)"),
        (X[::-1], "tilt was"),
        (np.append(X, 2.0), "shape was [3], is [4]"),
        (np.array([1.0, 2.0, np.nan]), "not_finite was None, is 1"),
        (np.array(["a", "b", "c"]), "text was None"),
    ],
)
def test_a_band_sees_a_change(changed, told):
    band: dict = {}
    bands.record(band, "toy.line", plot.summary({"y": X}))
    assert not bands.moved(band, "toy.line", plot.summary({"y": X * (1 + 1e-6)}))
    band["toy.line"]["tolerance"] = 0.1  # of 4
    assert not bands.moved(band, "toy.line", plot.summary({"y": X * 1.05}))
    wrong = bands.moved(band, "toy.line", plot.summary({"y": changed}))
    assert any(told in line for line in wrong), wrong
    assert all(line.startswith("toy.line, y:") for line in wrong)


def test_a_band_sees_arrays_that_come_and_go_and_keeps_its_tolerance(tmp_path):
    own = {"tolerance": 0.9, "why": "an array of its own"}
    band = {"a.b": {"tolerance": 0.5, "why": "because of this test", "arrays": {}}}
    band["a.b"]["arrays"]["y"] = own
    bands.record(band, "a.b", plot.summary({"y": X}))
    path = tmp_path / "bands.json"
    bands.write(path, band)
    assert bands.read(path) == band
    assert band["a.b"]["tolerance"] == 0.5
    assert not bands.moved(band, "a.b", plot.summary({"y": X * 1.8}))
    assert bands.moved(band, "a.b", plot.summary({"y": X * 2}))
    wrong = bands.moved(band, "a.b", plot.summary({"z": X}))
    assert wrong == ["a.b, y: is gone", "a.b, z: is new"]
    assert bands.moved(band, "a.c", {}) == ["a.c: is not recorded"]


def test_drawn_reads_what_the_axes_hold():
    _, (left, right) = plot.row(2)
    plot.lines(np.arange(3), {"a": X}, x_label="x", y_label="y", ax=left)
    left.scatter([0, 1], [2, 3])
    plot.confusion(np.array([[3, 1], [0, 4]]), ["a", "b"], ax=right)
    right.bar([0, 1], [5, 6], width=1)
    found = plot.drawn(left)
    assert found.keys() == {
        *("axes0.line0.x", "axes0.line0.y", "axes1.image0"),
        *("axes0.collection0.x", "axes0.collection0.y"),
        *(f"axes1.boxes.{side}" for side in ("left", "bottom", "width", "height")),
    }
    np.testing.assert_array_equal(found["axes0.line0.y"], X)
    np.testing.assert_array_equal(found["axes0.collection0.y"], [2, 3])
    np.testing.assert_array_equal(found["axes1.image0"], [[0.75, 0.25], [0, 1]])
    np.testing.assert_array_equal(found["axes1.boxes.height"], [5, 6])


def test_drawn_measures_regions_by_their_area():
    def left_of_zero(x):
        return (x[:, 0] > 0).astype(int)

    corners = np.array([[-1.0, -1.0], [1.0, 1.0]])
    ax, _ = plot.decision_regions(left_of_zero, corners, np.array([0, 1]), ["a", "b"])
    found = plot.drawn(ax)
    whole = (2 * 1.16) ** 2
    areas = [a[0] for name, a in found.items() if name.endswith("area")]
    np.testing.assert_allclose(areas, [whole / 2, whole / 2], rtol=0.02)


def notebook(arrays):
    """Return a notebook that has shown a figure under a heading."""
    shown = new_output("display_data", {plot.FIGURE: plot.summary(arrays)})
    return new_notebook(
        cells=[new_markdown_cell("## It learns"), new_code_cell(outputs=[shown])]
    )


def test_a_notebook_whose_figure_moved_fails_and_says_how_to_record(tmp_path):
    path = tmp_path / "05_dense.json"
    assert nb_figures.moved(notebook({"axes0.line0": X}), path) == ""  # none stored
    nb_figures.record(notebook({"axes0.line0": X}), path)
    assert nb_figures.moved(notebook({"axes0.line0": X * 1.01}), path) == ""
    told = nb_figures.moved(notebook({"axes0.line0": X * 2}), path)
    assert "figure 1, It learns, axes0.line0: mean was 2.33333, is 4.66667" in told
    assert "python tools/nb.py execute 5 --record" in told
    assert "figure 1, It learns: is gone" in nb_figures.moved(new_notebook(), path)


def test_bands_of_notebooks_are_those_of_the_notebooks_that_are_there():
    sources = {p.stem for p in (ROOT / "notebooks" / "src").glob("[0-9]*.py")}
    folder = ROOT / "notebooks" / "bands"
    assert {p.stem for p in folder.glob("*.json")} == sources
    for path in folder.glob("*.json"):
        for name, band in json.loads(path.read_text(encoding="utf-8")).items():
            assert band["tolerance"] <= 0.5, name
            assert len(band["why"].split()) > 3, name


def test_the_command_refuses_a_figure_that_is_not_there():
    path = ROOT / "tools" / "figures.py"
    spec = importlib.util.spec_from_file_location("figures_command", path)
    command = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(command)
    assert command.chosen(["dense.bins", "conv"])[-1] == "dense.bins"
    assert len(command.chosen(["conv"])) > 5
    with pytest.raises(KeyError, match=r"no figure 'dense\.bin'"):
        command.chosen(["dense.bin"])
