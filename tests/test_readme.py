"""The README says what is so: its links, its table, its address, its commands."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from nnds.commands.lectures import lectures

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import readme as table  # noqa: E402

pytestmark = pytest.mark.skipif(
    not (ROOT / "README.md").exists(), reason="not in a checkout"
)


def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def rows():
    lines = [line for line in readme().splitlines() if re.match(r"\| *\d+ *\|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_its_links_lead_to_files_of_the_checkout():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", readme())
    assert len(links) > 10
    assert not [link for link in links if not (ROOT / link).exists()]


def test_its_table_is_what_the_rooms_hold():
    assert table.table(readme()) == readme(), "run: python tools/readme.py"
    numbers = [int(row[0]) for row in rows()]
    assert numbers == sorted(set(numbers))
    assert set(lectures()) <= set(numbers)


def test_a_changed_room_changes_its_row_and_no_planned_one():
    text = readme().replace("| 5 |", "| 5 | Another title |")
    text = text.replace("| 16 | Looking inside |", "| 16 | As it was typed |")
    again = table.table(text)
    assert "Another title" not in again
    assert "| 16 | As it was typed |" in again
    assert again.replace("As it was typed", "Looking inside") == readme()


@pytest.mark.parametrize("folder", ["notebooks", "lectures", "nnds/exercises"])
def test_nothing_that_is_written_is_missing_from_its_table(folder):
    cells = " ".join(cell for row in rows() for cell in row)
    for path in sorted((ROOT / folder).glob("[!_]*")):
        deck = path / "deck.md" if folder == "lectures" else path
        linked = {".py": path, ".ipynb": path, "": deck}.get(path.suffix)
        if linked and linked.exists():
            assert f"({linked.relative_to(ROOT).as_posix()})" in cells, path


def test_it_installs_from_the_repository_as_long_as_notebooks_cannot_from_a_release():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    waits = f"## {project['version']} (unreleased)" in log
    address = {project["urls"]["Repository"]} if waits else set()
    assert set(re.findall(r"git\+(https://[^\s\"]+)", readme())) == address


def test_it_fits_a_screen_before_the_table():
    assert readme().splitlines().index("## Lectures") <= 50


def test_the_gate_runs_the_two_commands_as_they_stand():
    install = 'python -m pip install -e ".[dev]" && '
    lines = readme().splitlines()
    assert lines.count(f"{install}nnds run 7") == 1
    assert lines.count(f"{install}python -m pytest") == 1
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert gate.count("README.md") >= 2
