"""What `nb.py check` looks for: stale notebooks, leaks, figures without alt, MyST."""

import ast
import re
from pathlib import Path

import nbformat
from nb_release import BLOCK, dump, read, sources, student
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


def check(root: Path) -> list[str]:
    """Return everything that is wrong with the notebooks, one line each."""
    wrong = []
    folder = root / "notebooks"
    stems = {source.stem: source for source in sources(root)}
    files = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    wrong += [
        f"{f}.ipynb: has no source in notebooks/src" for f in files.keys() - stems
    ]
    for stem, source in stems.items():
        try:
            nb = student(source, root)
        except ValueError as error:
            wrong.append(str(error))
            continue
        if stem not in files:
            wrong.append(f"{stem}.ipynb: missing; run tools/nb.py release")
        elif files[stem].read_bytes() != dump(nb):
            wrong.append(f"{stem}.ipynb: stale; run tools/nb.py release")
        for other, path in files.items():
            text = path.read_text(encoding="utf-8")
            for line in leaks(source, text, own=other == stem):
                wrong.append(f"{other}.ipynb: shows a solution of {stem}: {line}")
        for number, cell in enumerate(nb.cells):
            where = f"{stem}, cell {number}"
            if cell.cell_type == "code":
                try:
                    if figure_without_alt(cell):
                        wrong.append(f"{where}: a figure without alt: end in plot.show")
                except SyntaxError as error:
                    wrong.append(f"{where}: {error}")
                continue
            prose = re.sub(r"^```\w*\n.*?^```", "", cell.source, flags=re.M | re.S)
            for what, pattern in MYST.items():
                if hit := re.search(pattern, prose, re.M):
                    wrong.append(f"{where}: {what}, which Colab shows raw: {hit[0]}")
    return wrong
