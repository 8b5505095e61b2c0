"""`nnds new-lecture` in a copy of the checkout: what it writes passes everything."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not in a checkout"),
]
TOPIC = "waves"
TESTS = ["tests/test_waves.py", "tests/test_architecture.py", "tests/test_readme.py"]
LAWS = ["tests/test_laws.py", "tests/test_export.py", "tests/exercises", "nnds"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Copy what git knows and what is new, and write a lecture there."""
    place = tmp_path_factory.mktemp("clone")
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    files = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    for file in files:
        if (ROOT / file).is_file():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, place / file)
    written = run(place, "-m", "nnds", "new-lecture", "88", TOPIC)
    assert written.returncode == 0, written.stderr
    assert len(written.stdout.splitlines()) == 10
    return place


def run(place: Path, *command: str) -> CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(place), "COLUMNS": "200"}
    whole = [sys.executable, *command]
    return subprocess.run(whole, cwd=place, env=env, capture_output=True, text=True)


def done(place: Path, *command: str) -> str:
    finished = run(place, *command)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_its_tests_pass(clone):
    done(clone, "tools/readme.py")
    pytest_ = ("-m", "pytest", "-q", "-n0")
    assert "passed" in done(clone, *pytest_, *TESTS)
    assert "passed" in done(clone, *pytest_, *LAWS, "-k", TOPIC)


def test_its_notebook_is_in_order_and_runs_in_both_editions(clone):
    shown = run(clone, "tools/nb.py", "check").stdout
    assert TOPIC not in shown
    assert "88_waves.ipynb" not in shown
    once = ("tools/nb.py", "execute", "88", "--no-network")
    assert done(clone, *once).endswith(", ok\n")
    assert done(clone, *once) == "88_waves: as kept, ok\n"
    assert done(clone, *once, "--student").endswith(", ok\n")


def test_its_code_is_formatted_and_typed(clone):
    if not shutil.which("ruff"):
        pytest.skip("ruff is for the gate")
    new = [p for p in clone.rglob("*.py") if TOPIC in p.as_posix()]
    assert len(new) == 7
    for check in (["check"], ["format", "--check"]):
        tried = subprocess.run(["ruff", *check, *new], capture_output=True, text=True)
        assert tried.returncode == 0, tried.stdout


@pytest.mark.skipif(
    not (find_spec("sphinx_revealjs") and shutil.which("node")), reason="needs [site]"
)
def test_its_deck_builds(clone):
    done(clone, "tools/site.py", "--deck", "88")
    page = (clone / "_build/site/slides/88_waves.html").read_text(encoding="utf-8")
    assert "25%" in page
    assert page.count("<img") == 2


def test_nothing_that_is_there_is_replaced(clone):
    for number, topic, problem in (
        ("88", "tides", "lecture 88 is there: 88_waves"),
        ("89", "sets", "already there, and kept: nnds/sets.py, nnds/exercises/sets.py"),
        ("89", "graph", "already there, and kept"),
        ("89", "Waves", "a topic is a name such as sequence; got 'Waves'"),
        ("0", "tides", "a lecture has a number from 1 to 99; got 0"),
    ):
        tried = run(clone, "-m", "nnds", "new-lecture", number, topic)
        assert tried.returncode == 2
        assert problem in tried.stderr
    assert not list(clone.glob("lectures/89_*"))
