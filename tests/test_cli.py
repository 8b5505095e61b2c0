"""The command `nnds`, on small notebooks made here and really executed."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from typer.testing import CliRunner

from nnds.commands import app as cli
from nnds.commands import doctor, lectures, slides
from nnds.commands import execution as notebooks
from nnds.commands.doctor import Finding
from nnds.commands.run import TRAINING
from nnds.grading.publish.write import FORMATS

GOOD = [
    "# Lecture 7: a test",
    "import os\nfrom nnds import plot\nfrom nnds.results import claim, value",
    "## Learned filters",
    "ax, alt = plot.curves({'train': [3.0, 1.0]})\nplot.show(ax, alt)",
    "value('accuracy', 0.96, '.1%', band=(0.955, 1))\nclaim('It learns', True)\n"
    "print('full:', os.environ.get('NNDS_FULL'))",
]
BAD = [
    "# Lecture 5: a failure",
    "x = 41\nprint('before')",
    "x / 0  # no!",
    "print('z')",
]
SLOW = [
    "# Lecture 6: slow",
    "print('first')",
    "import time\nopen('started', 'w').close()\ntime.sleep(60)",
]


def notebook(path: Path, cells: list[str]) -> Path:
    made = [
        (new_markdown_cell if c.startswith("#") else new_code_cell)(c) for c in cells
    ]
    nbformat.write(new_notebook(cells=made), path)
    return path


@pytest.fixture
def books(tmp_path, monkeypatch):
    folder = tmp_path / "books"
    folder.mkdir()
    notebook(folder / "07_conv.ipynb", GOOD)
    notebook(folder / "05_dense.ipynb", BAD)
    notebook(folder / "06_autodiff.ipynb", SLOW)
    monkeypatch.setattr(lectures, "notebook_folder", lambda: folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "out", cli.Console(width=200, highlight=False))
    return folder


def nnds(*arguments: str):
    # the console of rich finds the stream of the runner only when it is made anew
    cli.out.file = None  # type: ignore[assignment]
    return CliRunner().invoke(cli.app, arguments)


def outputs(path: Path) -> str:
    return "".join(str(c.get("outputs")) for c in nbformat.read(path, 4).cells)


def test_run_executes_saves_and_prints_values_and_claims(books, tmp_path):
    result = nnds("run", "7")
    assert result.exit_code == 0, result.output
    assert "accuracy = 96.0%\n✓ It learns\n" in result.output
    done = tmp_path / "nnds-out" / "07_conv"
    assert "full: None" in outputs(done / "07_conv.ipynb")
    png = done / "03-learned-filters.png"
    assert png.read_bytes().startswith(b"\x89PNG")
    alt = "Learning curves, loss over 2 epochs: train goes from 3 to 1."
    assert f"![{alt}" in (done / "figures.md").read_text(encoding="utf-8")


def test_full_reaches_the_kernel_and_no_kernelspec_matters(
    books, tmp_path, monkeypatch
):
    """A broken kernelspec named python3 comes first on the path; it is not used."""
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    broken = {"argv": ["/no/such/python"], "display_name": "x", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(broken))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    cells = [*GOOD, "import sys\nprint('interpreter:', sys.executable)"]
    notebook(books / "07_conv.ipynb", cells)
    before = dict(os.environ)
    result = nnds("run", "7", "--full", "--out", "somewhere")
    assert dict(os.environ) == before
    assert result.exit_code == 0, result.output
    shown = outputs(tmp_path / "somewhere" / "07_conv.ipynb")
    assert "full: 1" in shown
    assert f"interpreter: {sys.executable}" in shown
    assert len(list((tmp_path / "somewhere").glob("*.png"))) == 1


def test_a_raising_cell_is_shown_and_what_ran_is_saved(books, tmp_path):
    result = nnds("run", "5")
    assert result.exit_code == 1
    assert "Cell 2 raised" in result.output
    assert "x / 0  # no!" in result.output
    assert "ZeroDivisionError: division by zero" in result.output
    shown = outputs(tmp_path / "nnds-out" / "05_dense" / "05_dense.ipynb")
    assert "before" in shown
    assert "'z" not in shown


@pytest.mark.parametrize(
    ("stated", "printed"),
    [
        ("value('accuracy', float('nan'), band=(0.9, 1))", "= nan outside its band"),
        ("claim('It learns', 1 > 2)", "✗ It learns"),
    ],
)
def test_a_value_outside_its_band_and_a_false_claim_fail_the_run(
    books, stated, printed
):
    cell = f"from nnds.results import claim, value\n{stated}"
    notebook(books / "07_conv.ipynb", ["# L", cell])
    result = nnds("run", "7")
    assert result.exit_code == 1
    assert printed in result.output
    assert "AssertionError" in result.output


@pytest.mark.parametrize("number", ["-1", "99", "abc", "--ful"])
def test_a_number_that_is_none_is_answered_in_a_sentence(books, number):
    for command in ("run", "slides"):
        result = nnds(command, number)
        assert result.exit_code == 2
        text = " ".join(re.sub("[│╭╮╰╯─]", " ", result.output).split())
        none = re.search(rf"There is no (notebook|deck) for lecture {number}\.", text)
        wrong = f"{number} is not the number of a lecture; see `nnds list`"
        assert none or wrong in text, text


@pytest.mark.parametrize("number", ["8", "99", "0"])
def test_unknown_lecture(books, number):
    result = nnds("run", number)
    assert result.exit_code == 2
    assert "There are: 5, 6, 7" in result.output


def test_what_is_not_a_notebook(books):
    (books / "07_conv.ipynb").write_text("{}")
    result = nnds("run", "7")
    assert result.exit_code == 1
    assert "is not a notebook" in result.output


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to one process there")
def test_ctrl_c_saves_what_ran(books, tmp_path):
    code = (
        "import pathlib, signal, nnds.commands.lectures as l, nnds.commands.app as c\n"
        # a job in the background, and what it starts, ignores Ctrl-C
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"l.notebook_folder = lambda: pathlib.Path({str(books)!r})\n"
        "c.app(['run', '6'])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    started = tmp_path / "nnds-out" / "06_autodiff" / "started"
    deadline = time.monotonic() + 60
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    shown = process.communicate(timeout=20)[0].decode()
    assert process.returncode == 130, shown
    assert "Interrupted in cell 2" in shown
    assert "first" in outputs(
        tmp_path / "nnds-out" / "06_autodiff" / "06_autodiff.ipynb"
    )


def test_notebooks_never_overwrites(books, tmp_path):
    assert nnds("notebooks", "mine").exit_code == 0
    mine = tmp_path / "mine" / "07_conv.ipynb"
    assert mine.read_bytes() == (books / "07_conv.ipynb").read_bytes()
    assert "already there" in nnds("notebooks", "mine").output
    for k in range(2):
        mine.write_text(f"my work {k}")
        assert "kept yours" in nnds("notebooks", "mine").output
        assert mine.read_text() == f"my work {k}"
        result = nnds("notebooks", "mine", "--force")
        assert "replaced; yours is now" in result.output
        assert mine.read_bytes() == (books / "07_conv.ipynb").read_bytes()
    kept = sorted(p.read_text() for p in mine.parent.glob("*.backup*"))
    assert kept == ["my work 0", "my work 1"]


def test_list_names_what_is_there_as_the_notebooks_say(books):
    cells = ["# Lecture 7: the layer", "from nnds.dense import MLP\nimport nnds.train"]
    notebook(books / "07_conv.ipynb", cells)
    result = nnds("list")
    assert result.exit_code == 0
    row = next(line for line in result.output.splitlines() if "07_conv" in line)
    for part in ("7", "The layer", "conv, dense", "yes"):
        assert f" {part} " in row
    assert list(lectures.lectures()) == [5, 6, 7]


def test_help_names_every_format_of_grade():
    text = " ".join(nnds("grade", "--help").output.split())
    assert all(form in text for form in FORMATS)


def test_version_and_start_without_jax():
    code = (
        "import sys, nnds.commands.app\n"
        "try: nnds.commands.app.app(['list'])\n"
        "except SystemExit: pass\n"
        "print('HEAVY', "
        "{'jax', 'numpy', 'matplotlib', 'nbclient', 'jsonschema'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "HEAVY set()" in shown.stdout, shown.stderr
    module = [sys.executable, "-m", "nnds", "--version"]
    assert subprocess.check_output(module, text=True).startswith("nnds 0.")


def test_doctor_fails_only_on_fail(monkeypatch):
    rows = [
        Finding("ok", "Python", "3.11"),
        Finding("warn", "hub", "no answer", "wait"),
    ]
    monkeypatch.setattr(doctor, "diagnose", lambda: rows)
    assert nnds("doctor").exit_code == 0
    rows.append(Finding("fail", "data", "mnist.npz is corrupt", "reinstall"))
    result = nnds("doctor")
    assert result.exit_code == 1
    assert "mnist.npz is corrupt" in result.output


def test_doctor_on_this_machine(books):
    began = time.perf_counter()
    rows = {row.subject: row for row in doctor.diagnose()}
    assert time.perf_counter() - began < 15
    assert rows["jax"].state == rows["devices"].state == "ok"
    assert rows["notebooks"].result.startswith("3 in ")
    assert {"Python", "memory", "disk", "data", "hub"} <= rows.keys()


def test_hub_that_never_answers_costs_less_than_five_seconds(monkeypatch):
    over = threading.Event()

    def never_answers(*args, **kwargs):
        over.wait(30)
        raise OSError("the test is over")

    monkeypatch.setattr(doctor.urllib.request, "urlopen", never_answers)
    monkeypatch.setattr(doctor, "SECONDS", 0.2)
    began = time.perf_counter()
    row = doctor.hub()
    over.set()
    assert row.state == "warn"
    assert time.perf_counter() - began < 3


def test_doctor_names_a_corrupt_file(monkeypatch):
    data = pytest.importorskip("nnds.data")
    monkeypatch.setattr(data, "checksums", lambda: {"a.npz": "ok", "b.npz": "corrupt"})
    (row,) = doctor.data()
    assert row.state == "fail"
    assert "b.npz is corrupt" in row.result


def test_training_is_told_while_it_runs(tmp_path):
    """`nnds run` shows the epoch and the loss that the bar of `fit` prints."""
    bar = r"\repoch 3/15:  20%|## | 9/45 [00:08<00:22, 33step/s, loss=0.0836]"
    cells = [f"import sys, time\nprint({bar!r}, file=sys.stderr)\ntime.sleep(1)"]
    nb = nbformat.read(notebook(tmp_path / "a.ipynb", cells), 4)
    heard = []
    notebooks.execute(
        nb, tmp_path, on_text=lambda text: heard.append((text, time.perf_counter()))
    )
    over = time.perf_counter()
    told = [(TRAINING.findall(text), at) for text, at in heard if "epoch" in text]
    assert told[0][0] == [("epoch 3/15", "loss=0.0836")]
    assert over - told[0][1] > 0.9  # before the cell was over


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone with one deck, whose build writes what it was asked to do."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "lectures" / "07_conv").mkdir(parents=True)
    (tmp_path / "lectures" / "07_conv" / "deck.md").write_text("# Convolution")
    script = "import sys, pathlib\npathlib.Path('asked').write_text(str(sys.argv[1:]))"
    (tmp_path / "tools" / "site.py").write_text(script)
    monkeypatch.setattr(slides, "ROOT", tmp_path)
    monkeypatch.setattr(slides, "find_spec", lambda name: name)
    monkeypatch.setattr(slides.shutil, "which", lambda name: name)
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(cli, "out", cli.Console(width=200, highlight=False))
    return tmp_path, opened


def test_slides_builds_and_opens_one_deck(clone):
    root, opened = clone
    result = nnds("slides", "7")
    assert result.exit_code == 0, result.output
    assert (root / "asked").read_text() == "['--deck', '7']"
    page = root / "_build" / "site" / "slides" / "07_conv.html"
    assert opened == [page.as_uri()]
    assert str(page) in result.output
    assert nnds("slides", "7", "--no-open").exit_code == 0
    assert len(opened) == 1


def test_slides_says_what_is_missing(clone, monkeypatch):
    root, opened = clone

    def problem(number):
        result = nnds("slides", number)
        assert result.exit_code == 2
        return " ".join(result.output.split())

    assert problem("3") == "There is no deck for lecture 3. There are: 7"
    (root / "tools" / "site.py").write_text("raise SystemExit(3)")
    assert problem("7") == "The deck of 07_conv could not be built: see above"
    monkeypatch.setattr(slides.shutil, "which", lambda name: None)
    assert "node, which was not found" in problem("7")
    monkeypatch.setattr(slides, "find_spec", lambda name: None)
    assert "jupytext. Run: pip install -e '.[site]'" in problem("7")
    (root / "tools" / "site.py").unlink()
    assert "built in a clone of the project" in problem("7")
    assert not opened
