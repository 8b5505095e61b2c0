"""The pages that are made from the package, so that nothing is typed twice."""

import ast
import re
import shutil
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

import nnds
from nnds.data import EMBEDDED, load_sheet
from nnds.lectures import LECTURES, notebook_paths, written

log = logging.getLogger(__name__)
PACKAGE = Path(nnds.__file__).parent


def stage(site: Path, executed: Path) -> None:
    """Write what Sphinx reads but nobody edits: API pages, notebooks, downloads."""
    for folder in ("api", "notebooks", "downloads"):
        (site / folder).mkdir(exist_ok=True)
    students = {path.name: path for path in notebook_paths().values()}
    new = {site / "api" / f"{name}.md": api_page(name) for name in modules()}
    for path in sorted(executed.glob("[0-9][0-9]_*.ipynb")):
        student = students.get(path.name)
        new[site / "notebooks" / path.name] = for_web(path, student)
        if student:
            shutil.copy2(student, site / "downloads" / path.name)
    for old in {*site.glob("api/*"), *site.glob("notebooks/*")} - set(new):
        old.unlink()
    for path, text in new.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")  # else Sphinx need not read it


def for_web(path: Path, student: Path | None) -> str:
    """Return an executed notebook without its setup, its solutions folded."""
    nb = nbformat.read(path, as_version=4)
    nb.cells = [c for c in nb.cells if "setup" not in c.metadata.get("tags", [])]
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.id.startswith("exercise-"):
            cell.metadata.setdefault("tags", []).append("hide-input")
        for output in cell.get("outputs", []):  # what `nnds run` reads has its text too
            for kind in [k for k in output.get("data", {}) if "vnd.nnds" in k]:
                del output.data[kind]
    if student:
        target = f"../downloads/{student.name}"
        link = f"{{download}}`Download the notebook to work in <{target}>`"
        title, _, rest = nb.cells[0].source.partition("\n")
        nb.cells[0].source = f"{title}\n\n{link}\n{rest}"
    return nbformat.writes(nb) + "\n"


def reading_order() -> list[str]:
    """Return the modules that the docstring of `nnds` lists, in its order."""
    lines = re.findall(r"^\d+\. (.*?):", str(nnds.__doc__), flags=re.M)
    return [name for line in lines for name in re.findall(r"`(\w+)`", line)]


def modules() -> list[str]:
    """Return the modules to import: first those to read, then what they stand on.

    Not `cli`, which is for the terminal: `nnds --help` explains it.
    """
    found = {path.stem for path in PACKAGE.glob("*.py")}
    found |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    public = {name for name in found if not name.startswith("_")} - {"cli"}
    first = reading_order()
    if missing := set(first) - public:
        raise ValueError(f"the docstring of nnds lists {missing}, which is not there")
    return first + sorted(public - set(first))


def api_page(name: str) -> str:
    return f"# `nnds.{name}`\n\n```{{eval-rst}}\n.. automodule:: nnds.{name}\n```\n"


def first_line(name: str) -> str:
    """Return the first line of a module's docstring, without importing the module."""
    path = PACKAGE / f"{name}.py"
    path = path if path.exists() else PACKAGE / name / "__init__.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0].replace("\n", " ")


def lectures_table(site: Path) -> str:
    """Return the sixteen lectures with links to what is written of each."""
    pages = {int(path.name[:2]): path.name for path in site.glob("notebooks/*.ipynb")}
    rows = ["| no. | lecture | notebook | code |", "|--:|---|---|---|"]
    for number, title, names in LECTURES:
        page = f"[open](notebooks/{pages[number]})" if number in pages else ""
        code = (f"[`{n}`](api/{n}.md)" if written(n) else f"`{n}`" for n in names)
        rows.append(f"| {number} | {title} | {page} | {', '.join(code)} |")
    return "\n".join(rows)


def api_table(names: list[str]) -> str:
    rows = [f"| [`{name}`](api/{name}.md) | {first_line(name)} |" for name in names]
    entries = "\n".join(f"{name} <api/{name}>" for name in names)
    toc = f"```{{toctree}}\n:hidden:\n\n{entries}\n```"
    return "\n".join(["| module | what it is |", "|---|---|", *rows, "", toc])


def sheet_section(name: str) -> str:
    """Return the datasheet of an embedded set as Markdown."""
    sheet = load_sheet(name)
    counts = ", ".join(f"{part} {n:,}" for part, n in sheet.counts.items())
    columns = [f"- `{key}`: {text}" for key, text in sheet.columns.items()]
    if sheet.names:
        columns.append(f"- columns of `x`: {', '.join(sheet.names)}")
    flaws = [f"- {flaw}" for flaw in sheet.flaws] or ["- none known"]
    return "\n".join(
        [
            f"## `{name}`\n",
            f"**{sheet.title}**\n",
            f"- task: {sheet.task}",
            f"- rows: {counts}",
            f"- split: {sheet.split}",
            f"- source: {sheet.source}",
            f"- licence: {sheet.licence}",
            f"- citation: {sheet.citation}",
            "\n**Columns**\n",
            *columns,
            "\n**Known flaws**\n",
            *flaws,
        ]
    )


def fill(app: Sphinx, page: str, source: list[str]) -> None:
    """Replace the marks `<!-- name -->` of a page by what they stand for."""
    for mark, make in FILLED.get(page, {}).items():
        if source[0].count(f"<!-- {mark} -->") != 1:
            raise ValueError(f"{page}.md must hold <!-- {mark} --> once")
        source[0] = source[0].replace(f"<!-- {mark} -->", make(Path(app.srcdir)))


def need_alt(app: Sphinx, page: nodes.document) -> None:
    """Warn of a figure that those who cannot see it get nothing from."""
    for image in page.findall(nodes.image):
        if not image.get("alt"):
            log.warning("a figure without alt text", location=image)


FILLED = {
    "index": {"lectures": lectures_table},
    "api": {
        "reading order": lambda _: api_table(reading_order()),
        "the rest": lambda _: api_table(modules()[len(reading_order()) :]),
    },
    "data": {"sheets": lambda _: "\n\n".join(map(sheet_section, EMBEDDED))},
}
