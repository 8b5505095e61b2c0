"""The README says what is so: its links, its table, its address, its commands."""

import re
import tomllib
from pathlib import Path

import pytest

from nnds.commands.lectures import LECTURES

ROOT = Path(__file__).parents[1]
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


def test_its_table_is_the_list_of_lectures():
    assert [(int(r[0]), r[1]) for r in rows()] == [(n, t) for n, t, _ in LECTURES]


@pytest.mark.parametrize("folder", ["nnds", "notebooks", "lectures", "nnds/exercises"])
def test_nothing_that_is_written_is_missing_from_its_table(folder):
    table = " ".join(cell for row in rows() for cell in row)
    topics = {topic for _, _, topics in LECTURES for topic in topics}
    for path in sorted((ROOT / folder).glob("*")):
        stem = re.sub(r"^\d\d_", "", path.stem)
        if path.suffix in (".py", ".ipynb", ".md") and stem in topics:
            assert f"({folder}/{path.name})" in table, path


def test_the_address_of_the_project_is_the_one_in_pyproject():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    address = tomllib.loads(text)["project"]["urls"]["Repository"]
    assert set(re.findall(r"git\+(https://[^\s\"]+)", readme())) == {address}


def test_it_fits_a_screen_before_the_table():
    assert readme().splitlines().index("## Lectures") <= 50


def test_the_gate_runs_the_two_commands_as_they_stand():
    install = 'python -m pip install -e ".[dev]" && '
    lines = readme().splitlines()
    assert lines.count(f"{install}nnds run 7") == 1
    assert lines.count(f"{install}python -m pytest") == 1
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert gate.count("README.md") >= 2
