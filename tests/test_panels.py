"""Try-it panels: declared soundly, arrays not stale, and what they show is so."""

import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from nnds.plot.faults import FAULTS, by_fault, debug_the_run, unclear
from nnds.plot.panel import Bars, Choice, Guess, Lines, Panel, Slider, Table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "site")]

import panels  # noqa: E402

tryit = pytest.importorskip("tryit", reason="no sphinx: pip install -e '.[site]'")

NAMES = panels.names()
DATA = panels.names("data")
SMALL = {
    "loss": np.array([[3.0, 2.0, 1.0], [3.0, 9.0, 27.0]]),
    "best": np.array([2, 0]),
    "name": np.array(["falls", "rises"]),
}
NOISE = np.random.default_rng(0).random(90_000)


def small(**changes) -> Panel:
    given = dict(
        controls={"rate": Slider("Rate", ["0.1", "1"])},
        views=[Lines({"loss": "loss[rate]"}, x_label="step", y_label="loss")],
        say="At {rate} it {name[rate]} to **{loss[rate, 2]:.1f}**.",
        arrays=SMALL,
    )
    return Panel(**{**given, **changes})  # type: ignore[arg-type]


def test_there_are_panels_on_real_data_in_every_deck():
    rooms = {name.partition(".")[0] for name in NAMES}
    assert {p.parent.name for p in ROOT.glob("lectures/*/panels.py")} == rooms
    for room in rooms:
        assert sum(name.startswith(room) for name in NAMES) >= 2


@pytest.mark.parametrize("name", DATA)
def test_arrays_are_of_the_program_that_stands_there(name):
    assert not panels.stale(name)
    assert name in NAMES
    for array in panels.data(name).values():
        assert array.dtype.kind in "uifbUS"


@pytest.mark.parametrize("name", NAMES)
def test_a_panel_is_sound_at_every_position(name):
    try:
        declared = panels.panel(name)
    except LookupError as problem:
        if "run" not in str(problem):
            raise
        pytest.skip(f"the notebook has not run: {problem}")
    text, sentence = tryit.packed(declared)
    assert len(text) < tryit.LARGEST
    assert declared.guess or len(sentence) > 20
    for control in declared.controls.values():
        assert control.label
        assert len(set(tryit.labels(control))) == len(tryit.labels(control)) > 1


@pytest.mark.slow
def test_arrays_come_out_again():
    """One of the panels, another with each commit; all of them at night."""
    with jax.numpy_rank_promotion("allow"):  # as in a notebook
        wrong = panels.differences(panels.today())
    assert wrong == []


def test_a_small_panel_holds_its_numbers():
    text, sentence = tryit.packed(small())
    assert sentence == "At 0.1 it falls to **1.0**."
    assert '"kind":"lines"' in text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"say": "{gone}"}, "no 'gone'"),
        ({"say": "{loss[rate]}"}, "no single number"),
        ({"say": "{best[rate]:.2q}"}, "no format"),
        ({"say": "{best[rate, 0]}"}, "more indices"),
        ({"say": "{loss[0, 3]}"}, "no index below 3"),
        ({"say": "{loss[rate].sum}"}, "more than names"),
        ({"views": [Lines({"loss": "losss[rate]"})]}, "no 'losss'"),
        ({"views": [Lines({"a": "loss[rate]"}, title="{nothing}")]}, "no 'nothing'"),
        ({"views": [Bars({"{where}": "loss[rate]"}, range(3))]}, "no 'where'"),
        ({"views": [Table(["a"], [["{loss[rate]}"]])]}, "no single number"),
        ({"controls": {"rate": Slider("Rate", range(3))}}, "has 3 positions"),
        ({"controls": {"rate": Slider("Rate", range(2), 2)}}, "out of range"),
        ({"controls": {"best": Choice("Rate", range(2))}, "say": ""}, "and an array"),
        ({"guess": Guess("?", ["a", "b"], "best[rate]", "")}, "no option"),
        ({"guess": Guess("?", list("abc"), "best[rate]", "{x[guess]}")}, "no 'x'"),
        ({"arrays": {**SMALL, "big": np.arange(2) + 2**40}}, "do not fit"),
        ({"arrays": {**SMALL, "big": NOISE}}, "characters"),
    ],
)
def test_what_does_not_fit_fails_with_its_reason(changes, problem):
    with pytest.raises(ValueError, match=problem):
        tryit.packed(small(**changes))


def test_a_lecture_or_panel_that_is_gone_is_named():
    with pytest.raises(KeyError, match="99_alchemy has no"):
        panels.panel("99_alchemy.gold")
    with pytest.raises(KeyError, match=r"no panel 07_conv\.gold; there are 07_conv"):
        panels.panel("07_conv.gold")


def test_numbers_are_packed_small_and_come_back():
    x = tryit.single(np.array([1.23456, np.nan, np.inf, 0.0]))
    np.testing.assert_array_equal(x, np.float32([1.235, np.nan, np.inf, 0]))
    kinds = [tryit.single(np.array([n])).dtype.name for n in (255, -1, 256, 70_000)]
    assert kinds == ["uint8", "int8", "int16", "int32"]


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Return the function that writes the panels.py of a small lecture."""
    place = tmp_path / "lectures" / "99_small"
    place.mkdir(parents=True)
    (tmp_path / "nnds").symlink_to(ROOT / "nnds")
    monkeypatch.setattr(panels, "ROOT", tmp_path)

    def write(text: str) -> None:
        (place / "panels.py").write_text(text, encoding="utf-8")
        panels.module.cache_clear()

    yield write
    panels.module.cache_clear()


LECTURE = """
import numpy as np
from nnds.plot.panel import Panel

SIZE = 3

def data_line():
    return {"y": np.arange(SIZE)}

def data_other():
    return {"y": np.arange(2)}

def panel_line(data):
    return Panel(say="y ends at {y[1]}.", arrays=data)
"""


def test_a_changed_program_makes_its_arrays_stale_and_no_others(room):
    room(LECTURE)
    assert "is missing" in panels.stale("99_small.line")
    for name in ("99_small.line", "99_small.other"):
        panels.renew(name)
        assert panels.stale(name) == ""
    assert panels.panel("99_small.line").arrays["y"].tolist() == [0, 1, 2]
    room(LECTURE.replace("y ends", "it ends") + "\n# a remark\n")
    assert panels.stale("99_small.line") == ""
    room(LECTURE.replace("arange(2)", "arange(4)"))
    assert panels.stale("99_small.line") == ""
    assert "tools/panels.py renew" in panels.stale("99_small.other")
    room(LECTURE.replace("SIZE = 3", "SIZE = 4"))
    with pytest.raises(ValueError, match=r"renew 99_small\.line"):
        panels.panel("99_small.line")


def test_arrays_that_come_out_otherwise_are_reported(room):
    room(LECTURE)
    panels.renew("99_small.line")
    assert panels.differences("99_small.line") == []
    panels.module("99_small").SIZE = 4
    assert panels.differences("99_small.line") == ["99_small.line.y is another"]
    panels.module("99_small").data_line = lambda: {"y": np.array([0, 1, 5])}
    assert "33.3% of the numbers differ" in panels.differences("99_small.line")[0]


CHECKS = panels.names("check")


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_panel_is_to_show_is_so(name):
    lecture, _, short = name.partition(".")
    assert getattr(panels.module(lecture), f"check_{short}")(panels.data(name)) == []


@pytest.mark.parametrize("name", [n for n in DATA if n.endswith(".debug")])
def test_a_run_under_another_name_is_noticed(name):
    runs = by_fault(panels.data(name))
    assert runs.keys() == FAULTS.keys()
    for fault, other in zip(runs, [*list(runs)[1:], next(iter(runs))], strict=True):
        assert unclear({fault: runs[other]}) == [f"{fault} shows ['{other}']"]


def test_any_faults_make_a_panel_that_says_why():
    curve = np.linspace(2, 1, 4)
    run = {f"{part}_loss": curve for part in ("train", "valid", "fresh")}
    run |= {f"{part}_accuracy": curve / 2 for part in ("train", "valid", "fresh")}
    run |= {"gradient": curve, "dead": np.array([0.5, 0.25])}
    faults = {"a": ("too much", "It is too much."), "b": ("too little", "Too little.")}
    declared = debug_the_run({"a": run, "b": run}, order="ba", faults=faults)
    reader = tryit.checked(declared)
    assert [reader.value("fault[run]", {"run": k}) for k in (0, 1)] == [1, 0]
    told = reader.text("{because[run, guess]}", {"run": 0, "guess": 1})
    assert told.startswith("Too little. Evidence: fresh data 50% right")
    told = reader.text("{because[run, guess]}", {"run": 0, "guess": 0})
    assert told.startswith("Then one would see this: It is too much.")


def test_descent_diverges_where_its_panel_says():
    data, rates = panels.data("05_dense.descent"), panels.module("05_dense").RATES
    losses = data["losses"].astype(float)
    falls = np.all(np.diff(losses, axis=1) <= 1e-3, axis=1)
    assert np.all(falls == (np.array(rates) < data["limit"]))


def test_the_pictures_are_what_the_kernel_panel_calls_them():
    from nnds.data import load

    module = panels.module("07_conv")
    fashion = load("fashion_mnist")
    labels = fashion.test["y"][[module.BOOT, module.PULLOVER]]
    assert [fashion.classes[y] for y in labels] == ["Ankle boot", "Pullover"]
