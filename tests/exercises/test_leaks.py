"""No line of a solution is in what a student gets: wheel, notebook or exercise file."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = 12  # nodes of a fragment that anyone would write, such as `n, d = x.shape`


def fragments(source: str) -> Iterator[str]:
    """Yield the statements inside functions, without their names for variables."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            for node in function.body:
                if isinstance(node, ast.Return | ast.Assign | ast.For | ast.If):
                    names: dict[str, str] = {}
                    copy = ast.parse(ast.unparse(node))
                    size = 0
                    for part in ast.walk(copy):
                        size += 1
                        if isinstance(part, ast.Name):
                            part.id = names.setdefault(part.id, f"v{len(names)}")
                    if size > SMALL:
                        yield ast.dump(copy)


def code(path: Path) -> str:
    """Return the Python in a file, cell magics left out."""
    text = path.read_text()
    if path.suffix != ".ipynb":
        return text
    cells = [c for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
    lines = "\n".join("".join(c["source"]) for c in cells).split("\n")
    return "\n".join(s for s in lines if not s.lstrip().startswith(("%", "!")))


SOLUTIONS = sorted((ROOT / "tests" / "exercises").glob("*/solutions.py"))
PLACES = [
    *sorted((ROOT / "nnds" / "exercises").glob("*.py")),
    *sorted((ROOT / "nnds" / "grading").rglob("*.py")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]


def test_there_are_fragments_to_look_for() -> None:
    for path in SOLUTIONS:
        found = set(fragments(path.read_text()))
        assert len(found) >= 4
        assert found <= set(fragments(f"def other():\n    pass\n{path.read_text()}"))


@pytest.mark.parametrize("place", PLACES, ids=lambda p: p.name)
def test_no_solution_is_shipped(place: Path) -> None:
    here = set(fragments(code(place)))
    for path in SOLUTIONS:
        leaked = here & set(fragments(path.read_text()))
        assert not leaked, f"{place} holds a line of {path}: {leaked}"
