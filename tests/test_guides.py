"""The guides say what is so: their commands, their output, their examples."""

import ast
import re
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest
from typer.testing import CliRunner

import nnds.exercises
from nnds.commands.app import app
from nnds.grading import check
from nnds.grading.publish.write import FORMATS

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "site"
GUIDE = SITE / "guide"
EXERCISES = GUIDE / "exercises"
PAGES = {
    name: (SITE / f"{name}.md").read_text("utf-8")
    for name in ("students", "instructors")
}
COMMANDS = sorted(
    {line for text in PAGES.values() for line in re.findall(r"^\$ (.+)$", text, re.M)}
)


def load(path: Path):
    spec = util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def printed(*words: str) -> str:
    """Return what a command printed, but for its bar and for what a machine decides."""
    output = CliRunner().invoke(app, list(words)).output.partition("\ntier ")[0]
    lines = [line for line in output.splitlines() if not re.search(r"━ \d+/\d+ ", line)]
    return "\n".join(line.rstrip() for line in lines if line.strip())


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("nnds ")])
def test_the_command_exists_with_its_options(command):
    _, name, *rest = command.split()
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, f"no command {name}"
    assert {w for w in rest if w.startswith("--")} <= set(shown.output.split())


@pytest.mark.parametrize("command", [c for c in COMMANDS if " tools/" in c])
def test_the_tool_exists_with_its_options(command):
    _, script, *rest = command.split()
    help_ = subprocess.run(
        [sys.executable, script, "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert help_.returncode == 0, help_.stderr
    for word in rest:
        assert not word.startswith("--") or word in help_.stdout
    if rest and not rest[0].startswith("--"):
        assert re.search(rf"\b{rest[0]}\b", help_.stdout)


def test_the_extras_to_install_exist():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = re.findall(r'"\.\[(.+)\]"', "\n".join(COMMANDS))
    assert asked
    wanted = {extra for group in asked for extra in group.split(",")}
    assert wanted <= set(project["optional-dependencies"])


def test_the_worked_example_is_that_of_the_package():
    doc = nnds.exercises.__doc__ or ""
    example = doc[doc.index("    import numpy") : doc.index("The specification says")]
    told = ast.parse("if True:\n" + example).body[0].body  # type: ignore
    _, *kept = ast.parse((EXERCISES / "softmax.py").read_text("utf-8")).body
    assert list(map(ast.dump, told)) == list(map(ast.dump, kept))


def test_the_worked_example_has_five_wrong_answers_that_are_caught():
    wrong = load(GUIDE / "wrong.py").WRONG
    assert len(wrong) >= 5
    for function, law in wrong.items():
        report = check(function, "softmax", folder=EXERCISES)
        failed = {o.law for o in report.outcomes if o.status == "failed"}
        assert law in failed, f"{function.__name__}: {report}"
    assert check(load(GUIDE / "one" / "ann.py").softmax, folder=EXERCISES).passed


@pytest.mark.slow
def test_check_and_grade_print_what_the_guides_show(tmp_path):
    private = ("--exercises", str(EXERCISES))
    shown = (GUIDE / "check.txt").read_text("utf-8").rstrip()
    assert printed("check", str(GUIDE / "one" / "bob.py"), *private) == shown
    shown = (GUIDE / "grade.txt").read_text("utf-8").rstrip()
    out = ("--out", str(tmp_path / "out"), "--seed", "1", "--trust")
    assert printed("grade", str(GUIDE / "one"), *private, *out) == shown


def test_the_table_of_formats_is_complete():
    rows = re.findall(r"^\| `(\w+)` \| ", PAGES["instructors"], re.M)
    assert set(rows) == set(FORMATS)


def test_every_file_and_name_of_the_package_that_a_guide_names_exists():
    for text in PAGES.values():
        for path in re.findall(r"`((?:nnds|tests|lectures|tools|site)/[\w/.]+)`", text):
            path = path.replace("NAME", "descent").replace("TOPIC", "dense")
            path = path.replace("NN_topic", "05_dense")
            path = path.replace("08_sequence", "05_dense").replace("sequence", "dense")
            own = ROOT / path  # a topic is a file, or a folder
            assert own.exists() or own.with_suffix("").is_dir(), path
        for path in re.findall(r"\{literalinclude\} (\S+)", text):
            assert (SITE / path).is_file(), path
