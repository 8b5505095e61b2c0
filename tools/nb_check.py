"""What `nb.py check` looks for: stale notebooks, leaks, figures without alt, MyST."""

import ast
import re
from pathlib import Path

import nbformat
from nb_prose import typed_results
from nb_release import BLOCK, STUB, dump, read, released, sources, student
from nbformat import NotebookNode

FIGURES = {
    *("attention_map", "bars", "confusion", "curves", "decision_regions"),
    *("filters", "graph", "images", "lines"),
}
# shown raw by Colab and GitHub
MYST = {
    "a MyST role": r"\{[\w:.+-]+\}`",
    "a MyST directive": r"^\s*(?:`{3,}|~{3,}|:{3,})\{",
    "a labelled equation": r"\$\$[ \t]*\(\S+?\)[ \t]*$|\\label\{|\\eqref\{",
    "a MyST target": r"^\([\w-]+\)=",
    r"maths in \( \) or \[ \]": r"(?<!\\)\\[(\[]",
}


def _lines(text: str) -> list[str]:
    stripped = (line.split("  # ")[0].strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def secrets(source: Path) -> list[list[str]]:
    """Return the lines of each solution, hidden test and solution cell of `source`."""
    found = []
    for cell in read(source).cells:
        if "solution" in cell.metadata.get("tags", []):
            found.append(_lines(cell.source.replace("**", "")))
        found += [_lines(block["body"]) for block in BLOCK.finditer(cell.source)]
    return [lines for lines in found if lines]


def leaks(source: Path, text: str, own: bool) -> list[str]:
    """Return what of the secrets of `source` appears in the student notebook `text`.

    A whole block must not appear in any notebook. In its `own` notebook no longer
    line of it may appear either, unless the source gives that line away.
    """
    cells = nbformat.reads(text, as_version=4).cells
    shown = [line for cell in cells for line in _lines(cell.source)]
    for output in (o for cell in cells for o in cell.get("outputs", [])):
        for printed in (output.get("text", ""), *output.get("data", {}).values()):
            shown += _lines(str(printed))
    joined = "\n".join(["", *shown, ""])
    given: set[str] = set()
    for cell in read(source).cells:
        if "solution" not in cell.metadata.get("tags", []):
            given |= set(_lines(BLOCK.sub("", cell.source)))
    found = []
    for block in secrets(source):
        whole = "\n".join(block)
        if len(whole) >= 12 and f"\n{whole}\n" in joined:
            found.append(block[0])
        elif own:
            lines = [line for line in block if len(line) >= 16 and line not in given]
            found += [line for line in lines if line in joined]
    return found


def _ends_in_show(body: list[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.For | ast.With | ast.If | ast.FunctionDef):
        return _ends_in_show(last.body)
    called = (
        last.value.func
        if isinstance(last, ast.Expr | ast.Return) and isinstance(last.value, ast.Call)
        else None
    )
    return called is not None and ast.unparse(called) in ("plot.show", "show")


def figure_without_alt(cell: NotebookNode) -> bool:
    """Whether a code cell draws, but neither ends in `plot.show` nor holds an alt."""
    code = re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M)
    tree = ast.parse(code)
    names = {
        ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)
    }
    draws = any(
        name in FIGURES or (name.startswith(("plt.", "plot.")) and name != "plot.show")
        for name in names
    )
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    good = len(alt.split()) >= 4 and not re.search(r"\.(png|svg|jpe?g)$", alt)
    return draws and not good and not _ends_in_show(tree.body)


def misused(nb: NotebookNode) -> list[str]:
    """Return where a student notebook would not run, or not be what it seems.

    A stub raises, so no other cell may read what an exercise defines, but by
    `check(NAME)` and `solved(NAME, otherwise=...)`; and an exercise does not redefine
    what was imported.
    """
    trees = {
        number: ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))
        for number, cell in enumerate(nb.cells)
        if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", [])
    }
    exercises = {n: _defined(t) for n, t in trees.items() if STUB in nb.cells[n].source}
    own = set().union(*exercises.values())
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    wrong = [
        f"cell {number}: redefines {name}, which is imported; call it my_{name}"
        for number, names in exercises.items()
        for name in sorted(names & imported)
    ]
    for number, tree in trees.items():
        others = own - exercises.get(number, set())
        for name in sorted(_read(tree) & others):
            wrong.append(
                f"cell {number}: reads {name} of an exercise, which raises until it is "
                f"solved; write solved({name}, otherwise=...)"
            )
    return wrong


def _defined(tree: ast.Module) -> set[str]:
    stored = {n.id for s in tree.body for n in ast.walk(s) if _stores(n)}
    defined = (ast.FunctionDef, ast.ClassDef)
    inner = {
        n.id
        for s in tree.body
        if isinstance(s, defined)
        for n in ast.walk(s)
        if _stores(n)
    }
    return (stored - inner) | {s.name for s in tree.body if isinstance(s, defined)}


def _stores(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _read(tree: ast.Module) -> set[str]:
    """Return the names a cell reads, but for those it gives `check` or `solved`."""
    free = {
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.args
        and ast.unparse(node.func) in ("check", "solved")
    }
    loads = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in free)
    return {node.id for node in loads if isinstance(node.ctx, ast.Load)}


def check(root: Path) -> list[str]:
    """Return everything that is wrong with the notebooks, one line each."""
    wrong = []
    every = {source.parent.name: source for source in sources(root)}
    files = {path.stem: path for path in sorted((root / "notebooks").glob("*.ipynb"))}
    for name in files.keys() - every:
        wrong.append(f"{name}.ipynb: has no lectures/{name}/notebook.py")
    for name, source in every.items():
        try:
            nb = student(source, root)
        except ValueError as error:
            wrong.append(str(error))
            continue
        path = released(source, root)
        if not path.is_file():
            wrong.append(f"{name}.ipynb: missing; run tools/nb.py release")
        elif path.read_bytes() != dump(nb):
            wrong.append(f"{name}.ipynb: stale; run tools/nb.py release")
        for other, path in files.items():
            text = path.read_text(encoding="utf-8")
            for line in leaks(source, text, own=other == name):
                wrong.append(f"{other}.ipynb: shows a solution of {name}: {line}")
        wrong += [f"{name}, {line}" for line in in_cells(nb)]
    return wrong


def in_cells(nb: NotebookNode) -> list[str]:
    """Return what is wrong with the cells of one student notebook."""
    wrong = []
    for number, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            try:
                if figure_without_alt(cell):
                    wrong.append(
                        f"cell {number}: a figure without alt: end in plot.show"
                    )
            except SyntaxError as error:
                return [*wrong, f"cell {number}: {error}"]
            continue
        prose = re.sub(r"^```\w*\n.*?^```", "", cell.source, flags=re.M | re.S)
        for what, pattern in MYST.items():
            if hit := re.search(pattern, prose, re.M):
                wrong.append(f"cell {number}: {what}, which Colab shows raw: {hit[0]}")
    for number, result in typed_results(nb):
        wrong.append(
            f"cell {number}: the result {result} is typed; say it in the code above, "
            "by value() or claim()"
        )
    return wrong + misused(nb)
