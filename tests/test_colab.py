"""On Colab, installing nnds adds packages and changes none that its kernel runs on."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FROZEN = ROOT / "tests" / "colab.txt"
pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="not in a checkout"
)
UNREACHABLE = ("Failed to fetch", "dns error", "error sending request", "timed out")


def pins(text: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[\w.]+", text, flags=re.M))


def resolve(project: Path) -> str:
    """Return the versions that serve `project` and Colab's packages at once."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        pytest.skip("uv is not installed")
    command = [uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command += [
        "--python-version",
        "3.13",
        "--python-platform",
        "x86_64-manylinux_2_28",
    ]
    done = subprocess.run(
        [*command, str(project), str(FROZEN)], capture_output=True, text=True
    )
    if any(sign in done.stderr for sign in UNREACHABLE):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_installing_on_colab_changes_nothing_that_is_there():
    frozen = pins(FROZEN.read_text(encoding="utf-8"))
    resolved = pins(resolve(ROOT / "pyproject.toml"))
    assert len(frozen) == 8
    assert frozen <= resolved
    names = {pin.partition("==")[0] for pin in resolved}
    assert {"equinox", "optax", "datasets", "matplotlib"} <= names


@pytest.mark.slow
def test_a_bound_above_what_colab_has_is_noticed(tmp_path):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    raised = re.sub(r'"ipykernel>=[\d.]+"', '"ipykernel>=6.29"', text)
    assert raised != text
    project = tmp_path / "pyproject.toml"
    project.write_text(raised, encoding="utf-8")
    with pytest.raises(AssertionError, match="ipykernel"):
        resolve(project)
