"""What a student's notebook does before anything is solved: it runs, and says so.

Of the student edition the cells of exercises are run, after the imports and definitions
of the other cells, and the assignments that these need at once. They do not depend on a
stub, which `nb.py check` sees to.
"""

import ast
from pathlib import Path

import runs
from nb_release import ROOT, STUB, student
from nbformat import NotebookNode

KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def is_exercise(cell: NotebookNode) -> bool:
    """Whether a cell of the student edition holds a stub."""
    return cell.cell_type == "code" and STUB in cell.source


def shortened(nb: NotebookNode) -> NotebookNode:
    """Return the notebook with what its exercises need, and the exercises whole."""
    trees = {
        cell.id: ast.parse(runs.without_magics(cell.source))
        for cell in runs.code_cells(nb)
        if "setup" not in cell.metadata.get("tags", [])
    }
    statements = [node for tree in trees.values() for node in tree.body]
    kept = {id(node) for node in statements if isinstance(node, KEPT)}
    for cell in runs.code_cells(nb):
        if is_exercise(cell):
            kept |= {id(node) for node in trees[cell.id].body}
    while more := {
        id(node)
        for node in statements
        if id(node) not in kept
        and isinstance(node, ast.Assign | ast.AnnAssign)
        and assigned(node)
        & set().union(*(needed(n) for n in statements if id(n) in kept))
    }:
        kept |= more
    for cell in runs.code_cells(nb):
        if cell.id in trees and not is_exercise(cell):
            tree = trees[cell.id]
            tree.body = [node for node in tree.body if id(node) in kept]
            cell.source = ast.unparse(tree)
    return nb


def assigned(node: ast.Assign | ast.AnnAssign) -> set[str]:
    """Return the names that an assignment makes."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def needed(node: ast.stmt) -> set[str]:
    r"""Return the names that a statement reads at once, so not in bodies of functions.

    >>> sorted(needed(ast.parse("@a\ndef f(x=b): return c").body[0]))
    ['a', 'b']
    """
    if isinstance(node, ast.FunctionDef):
        defaults = [d for d in node.args.kw_defaults if d is not None]
        parts = [*node.decorator_list, *node.args.defaults, *defaults]
    elif isinstance(node, ast.ClassDef):
        inside = set().union(*(needed(statement) for statement in node.body))
        parts = [*node.decorator_list, *node.bases]
        return inside | set().union(*(names(part) for part in parts), set())
    else:
        parts = [node]
    return set().union(*(names(part) for part in parts), set())


def names(part: ast.AST) -> set[str]:
    read = (n for n in ast.walk(part) if isinstance(n, ast.Name))
    return {n.id for n in read if isinstance(n.ctx, ast.Load)}


def run(
    source: Path, root: Path = ROOT, *, whole: bool, network: bool, timeout: float
) -> runs.Run:
    """Run the student edition of one notebook, shortened or whole."""
    nb = student(source, root)
    folder = root / "_build" / "student" / source.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    if not whole:
        nb = shortened(nb)
    cost, problem = runs.executed(nb, folder, network, timeout)
    silent = [cell.id for cell in nb.cells if is_exercise(cell) and not reports(cell)]
    if not problem and silent:
        problem = f"no report of a stub as not implemented: {', '.join(silent)}"
    runs.execution.write(nb, folder / "notebook.ipynb")
    return runs.Run(source.parent.name, cost.seconds, cost.megabytes, False, problem)


def reports(cell: NotebookNode) -> bool:
    """Whether the output of an exercise says that it is not implemented yet."""
    return "not implemented" in str(cell.outputs)
