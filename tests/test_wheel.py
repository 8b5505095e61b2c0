"""The wheel, installed outside the checkout, does all that the command promises.

The new environment is layered on the packages of this one, to stay quick.
"""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow


def call(*command: object, cwd: Path) -> str:
    env = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JUPYTER"))
    }
    env |= {"PYTHONUTF8": "1", "COLUMNS": "200"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the sources, with one small notebook more."""
    copy = tmp_path_factory.mktemp("sources")
    for name in ("nnds", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for path in ROOT.glob("*.*"):
        if path.suffix in (".toml", ".md", ".txt"):
            shutil.copy(path, copy)
    shutil.copy(ROOT / "LICENSE", copy)
    cells = [
        new_markdown_cell("# Lecture 1: from the wheel"),
        new_code_cell(
            "import nnds\nfrom nnds.results import value\n"
            "print(nnds.__file__)\nvalue('two', 1 + 1, 'd', band=(2, 2))"
        ),
    ]
    nbformat.write(new_notebook(cells=cells), copy / "notebooks" / "01_wheel.ipynb")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", "dist"]
    call(*build, cwd=copy)
    return next((copy / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the python of an environment that holds the wheel, and an empty folder."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place / "env", with_pip=False)
    windows = sys.platform == "win32"
    python = place / "env" / ("Scripts/python.exe" if windows else "bin/python")
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(call(python, "-c", find, cwd=place).strip())
    paths = [path for path in sys.path if path.endswith("site-packages")]
    (site / "layered.pth").write_text("\n".join(paths), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    call(*pip, "--no-deps", "--no-index", "--force-reinstall", wheel, cwd=place)
    work = place / "work"
    work.mkdir()
    where = call(python, "-c", "import nnds; print(nnds.__file__)", cwd=work)
    assert Path(where.strip()).is_relative_to(site)
    return python, work


def test_wheel_holds_the_notebooks(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    inside = [name for name in names if "_notebooks/" in name]
    assert "nnds/_notebooks/01_wheel.ipynb" in inside
    released = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert released <= {name.split("/")[-1] for name in inside}


def test_the_data_and_weights_in_the_wheel_stay_small(wheel):
    files = zipfile.ZipFile(wheel).infolist()
    stored = [f for f in files if not f.filename.endswith((".py", ".ipynb"))]
    assert max(f.file_size for f in stored) < 5e6
    assert 1e6 < sum(f.file_size for f in stored) < 16e6


def test_wheel_holds_no_solutions(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    inside = [name for name in names if "_notebooks/" in name]
    assert [name for name in inside if not name.endswith(".ipynb")] == []


def test_list_and_version(installed):
    python, work = installed
    assert "01_wheel.ipynb" in call(python, "-m", "nnds", "list", cwd=work)
    assert call(python, "-m", "nnds", "--version", cwd=work).startswith("nnds 0.")


def test_notebooks(installed):
    python, work = installed
    assert "copied" in call(python, "-m", "nnds", "notebooks", "mine", cwd=work)
    assert (work / "mine" / "01_wheel.ipynb").exists()


def test_run(installed):
    python, work = installed
    shown = call(python, "-m", "nnds", "run", "1", cwd=work)
    assert "two = 2\n" in shown
    nb = nbformat.read(work / "nnds-out" / "01_wheel" / "01_wheel.ipynb", 4)
    assert str(python.parents[1]) in nb.cells[1].outputs[0].text
