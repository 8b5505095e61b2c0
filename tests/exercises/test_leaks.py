"""No line of a solution is in what a student gets: wheel, notebook, page."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import rooms
from .leaks import READ, fragments, members, statements

ROOT = Path(__file__).parents[2]
SOLUTIONS = {room.name: rooms.secrets(room) for room in rooms.ROOMS}
PLACES = [
    *sorted((ROOT / "nnds").rglob("*.py")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
    *sorted((ROOT / "lectures").rglob("*.md")),
    *sorted(ROOT.glob("*.md")),
]
LEAK = "def other(x, w, v, u):\n    return (jax.nn.silu(x @ w) * (x @ v)) @ u\n"


SECRET = {room: set(fragments(text)) for room, text in SOLUTIONS.items()}


def of_every_solution(name: str, data: bytes) -> dict[str, set[str]]:
    found = statements(name, data)
    return {room: found & lines for room, lines in SECRET.items() if found & lines}


def test_there_are_fragments_to_look_for() -> None:
    assert SOLUTIONS
    for room, lines in SECRET.items():
        assert len(lines) >= 1, room


@pytest.mark.parametrize("place", PLACES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_solution_is_in_the_sources(place: Path) -> None:
    assert not of_every_solution(place.name, place.read_bytes())


def coloured(text: str) -> str:
    words = (f"<span class='n'>{html.escape(w)}</span>" for w in text.split(" "))
    return f"<p>x</p><div><pre><span></span>{' '.join(words)}</pre></div>"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("planted.py", f"import jax\n\n\n{LEAK}"),
        ("planted.ipynb", json.dumps({"cells": [{"source": f"%pip x\n{LEAK}"}]})),
        ("planted.html", coloured(LEAK)),
        ("planted.md", f"# Title\n\n```python\n{LEAK}```\n"),
        ("cell.md", f"```{{code-cell}} python\n{LEAK}```\n"),
        ("renamed.py", re.sub(r"\bx\b", "data", re.sub(r"\bu\b", "last", LEAK))),
    ],
)
def test_a_planted_solution_is_found(name: str, text: str) -> None:
    assert set(of_every_solution(name, text.encode())) == {"05_dense"}


@pytest.mark.skipif(
    not (ROOT / "_build" / "site").exists(), reason="the site is not built"
)
def test_no_solution_is_in_the_site() -> None:
    pages = [p for p in (ROOT / "_build" / "site").rglob("*") if p.suffix in READ]
    assert pages
    bad = {
        str(p): found
        for p in pages
        if (found := of_every_solution(p.name, p.read_bytes()))
    }
    assert not bad


@pytest.mark.slow  # it builds a wheel
def test_no_solution_is_in_the_wheel_and_a_planted_one_is_found(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("nnds", "notebooks"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for path in (ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE"):
        shutil.copy(path, copy)
    planted = {"nnds/planted.py": LEAK}
    book = json.loads((ROOT / "notebooks" / "05_dense.ipynb").read_text())
    book["cells"][-1] |= {"cell_type": "code", "source": LEAK}
    planted["notebooks/05_dense.ipynb"] = json.dumps(book)
    for name, text in planted.items():
        (copy / name).write_text(text)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", "dist"]
    done = subprocess.run(build, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (copy / "dist").glob("*.whl")
    found = {
        n: topics for n, d in members(wheel) if (topics := of_every_solution(n, d))
    }
    assert len(list(members(wheel))) > 50
    assert set(found) == {"nnds/planted.py", "nnds/_notebooks/05_dense.ipynb"}
