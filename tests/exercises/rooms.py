"""What the rooms `lectures/NN_topic/` hold for the exercises: solutions and mutants.

The solutions stand in `notebook.py` between `### BEGIN SOLUTION` and `### END SOLUTION`
and nowhere else. A room that has no notebook yet has a `solutions.py`.
"""

import ast
import functools
import importlib.util
import linecache
import re
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nnds.checks.naming import exercise_of

ROOT = Path(__file__).parents[2]
ROOMS = sorted(p for p in (ROOT / "lectures").glob("[0-9][0-9]_*") if p.is_dir())
BLOCK = re.compile(
    r"^[ \t]*### BEGIN SOLUTION *\n(.*?)^[ \t]*### END SOLUTION *\n", re.M | re.S
)
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
LIGHT = ("jax.jit", "jax.vmap", "jax.grad", "partial", "functools.partial")


@functools.cache
def source(room: Path) -> str:
    """Return the program that defines the solutions of a room, and runs nothing else.

    Of a notebook it is what the cells with a solution define, and the imports and the
    definitions of other cells that this needs.
    """
    notebook = room / "notebook.py"
    if not notebook.exists():
        alone = room / "solutions.py"
        return alone.read_text(encoding="utf-8") if alone.exists() else ""
    own, others = [], []
    for cell in _code(notebook.read_text(encoding="utf-8")):
        solved = BLOCK.search(cell) is not None
        for node in ast.parse(cell).body:
            if solved and _defines(node):
                own.append(node)
            elif isinstance(node, (ast.Import, ast.ImportFrom, *DEFINITIONS)):
                others.append(node)
    needed: list[ast.stmt] = []
    while more := [
        n for n in others if n not in needed and _names(n) & _read(needed, own)
    ]:
        needed += more
    return (
        "\n\n".join(map(ast.unparse, [*sorted(needed, key=others.index), *own])) + "\n"
    )


def _names(node: ast.stmt) -> set[str]:
    """Return the names that an import or a definition gives to the notebook."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    assert isinstance(node, ast.Import | ast.ImportFrom)
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def _read(*lists: list[ast.stmt]) -> set[str]:
    every = (n for nodes in lists for node in nodes for n in ast.walk(node))
    return {n.id for n in every if isinstance(n, ast.Name)}


def _defines(node: ast.stmt) -> bool:
    """Return whether a statement belongs to the program: it must not train anything."""
    if isinstance(node, ast.Assign):
        calls = [n for n in ast.walk(node.value) if isinstance(n, ast.Call)]
        return all(ast.unparse(call.func) in LIGHT for call in calls)
    return isinstance(node, DEFINITIONS)


def secrets(room: Path) -> str:
    """Return what stands between the markers of a room, one block after another."""
    notebook = room / "notebook.py"
    if not notebook.exists():
        return source(room)
    blocks = BLOCK.findall(notebook.read_text(encoding="utf-8"))
    return "\n".join(textwrap.dedent(block) for block in blocks)


def _code(text: str) -> list[str]:
    """Return the code cells of a notebook's source, without magics and prose."""
    parts = re.split(r"^# %%", text, flags=re.M)[1:]
    cells = [p.partition("\n")[2] for p in parts if not p.startswith(" [markdown]")]
    return [re.sub(r"^[%!].*$", "", cell, flags=re.M) for cell in cells]


@functools.cache
def solutions(room: Path) -> dict[str, Any]:
    """Return what the program of a room defines, under the names of exercises.

    What it only imports is left out: `conv2d` of the package answers nothing.
    """
    file, text = f"<solutions of {room.name}>", source(room)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space: dict[str, Any] = {"__name__": f"solutions_{room.name}"}
    exec(compile(text, file, "exec"), space)
    named: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, DEFINITIONS):
            named.add(node.name)
        if isinstance(node, ast.Assign):
            named |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return {exercise_of(name): space[name] for name in sorted(named, reverse=True)}


def solutions_beside(file: str) -> SimpleNamespace:
    """Return the solutions of the room that a file stands in: for its mutants."""
    return SimpleNamespace(**solutions(Path(file).resolve().parent))


@functools.cache
def mutants_of(room: Path) -> tuple[Any, ...]:
    """Return all that `mutants.py` of a room defines; nothing where there is none."""
    file = room / "mutants.py"
    if not file.exists():
        return ()
    spec = importlib.util.spec_from_file_location(f"mutants_{room.name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return tuple(vars(module).values())
