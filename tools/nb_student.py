"""What a student's notebook does before anything is solved: it runs, and says so.

Of the student edition the cells of exercises are run, after the imports and definitions
of the other cells: those do not depend on a stub, which `nb.py check` sees to.
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
    """Return the notebook with imports and definitions, and the exercises whole."""
    for cell in runs.code_cells(nb):
        if not is_exercise(cell) and "setup" not in cell.metadata.get("tags", []):
            tree = ast.parse(runs.without_magics(cell.source))
            tree.body = [node for node in tree.body if isinstance(node, KEPT)]
            cell.source = ast.unparse(tree)
    return nb


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
