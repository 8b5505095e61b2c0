"""The pages that are made from the package, so that nothing is typed twice."""

import ast
import re
import shutil
import sys
from importlib.metadata import metadata
from pathlib import Path

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

import nnds
from nnds.commands.lectures import ROOMS, lectures
from nnds.data import EMBEDDED, load_sheet

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import readme
import runs
from deck_pdf import HOME
from nb_release import STUB, released, sources

log = logging.getLogger(__name__)
PACKAGE = Path(nnds.__file__).parent
RAN = "*The outputs on this page are those of the notebook with its exercises solved.*"
GUIDES = {"students": "For students", "instructors": "For instructors"}


def stage(site: Path, root: Path, out: Path) -> None:
    """Write what Sphinx reads but nobody edits: API pages, notebooks, downloads."""
    for folder in ("api", "notebooks", "downloads"):
        (site / folder).mkdir(exist_ok=True)
    new = {site / "api" / f"{name}.md": api_page(name) for name in modules()}
    for source in sources(root):
        try:
            nb = runs.notebook(source, root)
        except LookupError as problem:
            raise ExtensionError(str(problem)) from None
        path = released(source, root)
        if not path.is_file():
            raise ExtensionError(f"{path.name} is missing: python tools/nb.py release")
        new[site / "notebooks" / path.name] = for_web(nb, path, out)
        shutil.copy2(path, site / "downloads" / path.name)
    for old in {*site.glob("api/*"), *site.glob("notebooks/*")} - set(new):
        old.unlink()
    for path, text in new.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")  # else Sphinx need not read it


def for_web(nb: NotebookNode, student: Path, out: Path) -> str:
    """Return an executed notebook with the code of the students, without its setup.

    Solutions are not published, and below a stub stands no report of its solution. A
    cell's only figure has its alternative text where myst-nb reads it.
    """
    opened = nbformat.read(student, as_version=4)
    public = {cell.id: cell.source for cell in opened.cells}
    nb.cells = [
        cell
        for cell in nb.cells
        if cell.id in public and "setup" not in cell.metadata.get("tags", [])
    ]
    for cell in nb.cells:
        cell.source = public[cell.id]
        if cell.cell_type == "code" and STUB in cell.source:
            cell.outputs = []
        shown = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        alt = shown[0].metadata.get("image/png", {}).get("alt") if shown else None
        if len(shown) == 1 and alt:
            cell.metadata.setdefault("mystnb", {})["image"] = {"alt": alt}
            shown[0].data.pop("text/html", None)  # the same picture once more
        for output in cell.get("outputs", []):  # what `nnds run` reads has its text too
            for kind in [k for k in output.get("data", {}) if "vnd.nnds" in k]:
                del output.data[kind]
    if not nb.cells:
        raise ExtensionError(f"{student} is stale: python tools/nb.py release")
    title, _, rest = nb.cells[0].source.partition("\n")
    nb.cells[0].source = f"{title}\n\n{doors(student.name, out)}\n\n{RAN}\n{rest}"
    return nbformat.writes(nb) + "\n"


def repository() -> str:
    """Return the address of the project, which pyproject.toml states."""
    urls = metadata("nnds").get_all("Project-URL") or []
    return dict(url.split(", ") for url in urls)["Repository"]


def doors(name: str, out: Path) -> str:
    """Return links to where a notebook can be worked in, and to its deck."""
    file = f"{repository()}/blob/main/notebooks/{name}"
    colab = file.replace(
        "https://github.com/", "https://colab.research.google.com/github/"
    )
    links = [
        f"[Open in Colab]({colab}){{.door}}",
        f"[Open in Kaggle](https://kaggle.com/kernels/welcome?src={file}){{.door}}",
        f"{{download}}`Download <../downloads/{name}>`",
        *deck_links(out, Path(name).stem, "../slides", 'class="door"'),
    ]
    return "\n".join(links)


def deck_links(out: Path, stem: str, folder: str, more: str = "") -> list[str]:
    """Return links to the deck and the PDF of a lecture, as far as they are built."""
    kinds = {"html": "Slides", "pdf": "Slides as PDF"}
    return [
        f'<a {more} href="{folder}/{stem}.{kind}">{text}</a>'
        for kind, text in kinds.items()
        if (out / "slides" / f"{stem}.{kind}").is_file()
    ]


def modules() -> set[str]:
    """Return the modules to import; `commands` has `nnds --help`."""
    every = {path.stem for path in PACKAGE.glob("*.py")}
    every |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return {name for name in every if not name.startswith("_")} - {"commands"}


def reading_order() -> list[str]:
    """Return the topics as the lectures come to them, then those of no lecture yet.

    A topic that a lecture is named after comes with that lecture.
    """
    topics = modules() - ROOMS
    named = {one.name[3:]: number for number, one in lectures().items()}
    read = ["init", "losses"]
    for number, one in lectures().items():
        read += [m for m in one.modules if named.get(m, number) == number]
    return list(dict.fromkeys([*read, *sorted(topics)]))


def api_page(name: str) -> str:
    """Return the page of a module, and of those of its files that it exports whole."""
    path = PACKAGE / name / "__init__.py"
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    whole = re.search(rf"^from nnds\.{name} import (.+)$", source, flags=re.M)
    files = whole[1].split(", ") if whole else []
    shown = [name, *(f"{name}.{file}" for file in files)]
    directives = "\n".join(f".. automodule:: nnds.{module}" for module in shown)
    return f"# `nnds.{name}`\n\n```{{eval-rst}}\n{directives}\n```\n"


def first_line(name: str) -> str:
    """Return the first line of a module's docstring, without importing the module."""
    path = PACKAGE / f"{name}.py"
    path = path if path.exists() else PACKAGE / name / "__init__.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0].replace("\n", " ")


def lectures_table(app: Sphinx) -> str:
    """Return the lectures, written and planned, with links to what is written."""
    out, site = Path(app.outdir), Path(app.srcdir)
    pages = {int(path.name[:2]): path.name for path in site.glob("notebooks/*.ipynb")}
    decks = {int(p.name[:2]): p.stem for p in out.glob("slides/[0-9][0-9]_*.html")}
    rows = ["| no. | lecture | notebook | slides | code |", "|--:|---|---|---|---|"]
    known = lectures()
    for number, planned in readme.titles(Path(app.srcdir).parent).items():
        title = known[number].title if number in known else planned
        page = f"[notebook](notebooks/{pages[number]})" if number in pages else ""
        names = known[number].modules if number in known else ()
        code = (f"[`{n}`](api/{n}.md)" for n in names)
        links = deck_links(out, decks.get(number, ""), "slides")
        shown = " ".join(link.replace("Slides as ", "") for link in links)
        rows.append(f"| {number} | {title} | {page} | {shown} | {', '.join(code)} |")
    return "\n".join(rows)


def ready(app: Sphinx) -> str:
    """Return which lectures can be taken now: those with a notebook."""
    numbers = [int(p.name[:2]) for p in sorted(Path(app.srcdir).glob("notebooks/*"))]
    if not numbers:
        return "No lecture is ready."
    *most, last = map(str, numbers)
    which = (
        f"Lectures {', '.join(most)} and {last} are" if most else f"Lecture {last} is"
    )
    return f"**{which} ready**: notebook, slides and exercises. The others are planned."


def experiment(app: Sphinx) -> str:
    """Return the figure of the home page, where its lecture is in the checkout."""
    lecture = HOME.partition(".")[0]
    there = (Path(app.srcdir).parent / "lectures" / lecture / "deck.md").is_file()
    return f"```{{plotted}} {HOME}\n```" if there else ""


def slide(app: Sphinx) -> str:
    """Return the slide of the same figure, when tools/site.py could draw one."""
    picture = Path(app.srcdir).parent / "_build" / "pictures" / f"{HOME}.png"
    if not picture.is_file():
        return ""
    alt = f"A slide of lecture {int(HOME[:2])} with the figure above and its claim."
    page = f"slides/{HOME.partition('.')[0]}.html"
    image = f"```{{image}} ../_build/pictures/{picture.name}\n:alt: {alt}\n```"
    link = f'<a href="{page}">slide of that lecture</a>'
    return f"**Slides.** The same figure, on a {link}:\n\n{image}"


def guides(app: Sphinx) -> str:
    """Return links to the guides that are written, and their place in the sidebar."""
    names = [n for n in GUIDES if (Path(app.srcdir) / f"{n}.md").is_file()]
    if not names:
        return ""
    links = [f"- [{GUIDES[name]}]({name}.md)" for name in names]
    toc = ["```{toctree}", ":hidden:", ":caption: Guides", "", *names, "```"]
    return "\n".join([*links, "", *toc])


def benchmarks(app: Sphinx) -> str:
    """Return the tables that the benchmarks wrote, their headings one level lower."""
    folder = Path(app.srcdir).parent / "benchmarks"
    files = (folder / "README.md", folder / "grading" / "README.md")
    texts = [f.read_text(encoding="utf-8") for f in files if f.is_file()]
    return "\n\n".join(re.sub("^#", "##", text, flags=re.M) for text in texts)


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
        source[0] = source[0].replace(f"<!-- {mark} -->", make(app))


def need_alt(app: Sphinx, page: nodes.document) -> None:
    """Warn of a figure that those who cannot see it get nothing from."""
    for image in page.findall(nodes.image):
        if not image.get("alt"):
            log.warning("a figure without alt text", location=image)


FILLED = {
    "index": {
        "experiment": experiment,
        "slide": slide,
        "ready": ready,
        "lectures": lectures_table,
        "guides": guides,
    },
    "benchmarks": {"tables": benchmarks},
    "api": {
        "reading order": lambda _: api_table(reading_order()),
        "the rest": lambda _: api_table(sorted(modules() & ROOMS)),
    },
    "data": {"sheets": lambda _: "\n\n".join(map(sheet_section, EMBEDDED))},
}
