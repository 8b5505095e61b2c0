"""The decks: sphinx-revealjs, with code coloured while building and notes as HTML."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator
from sphinx_revealjs._ext.notes import revealjs_notes
from sphinx_revealjs.writers import RevealjsSlideTranslator

import nnds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ROOM = 2220  # a line of so many columns fits in type of 1 px; deck.css has the sizes
SMALLEST, LARGEST, SHORT = 24, 30, 14  # px; code of more lines is set small


class Translator(RevealjsSlideTranslator):
    """As that of sphinx-revealjs, but code needs no script in the browser."""

    def visit_literal_block(self, node: nodes.Element) -> None:
        lines = node.astext().splitlines()
        size = min(LARGEST, ROOM // max([1, *map(len, lines)]))
        if len(lines) <= SHORT and size > SMALLEST:
            node["classes"].append(f"code-{size}")
        HTML5Translator.visit_literal_block(self, node)


def notes(page: Any, node: nodes.Element) -> None:
    page.body.append('<aside class="notes">\n')


def end_notes(page: Any, node: nodes.Element) -> None:
    page.body.append("</aside>\n")


class Page(SphinxRole):
    """`page`: a link from a deck to a page of the site, which must exist.

    {page}`the notebook <notebooks/07_conv>`
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        title, _, target = self.text.rpartition("<")
        name, _, place = target.removesuffix(">").partition("#")
        if not title or not is_page(name):
            text = f"page: write `title <name>` of a page that exists; got {self.text}"
            message = self.inliner.reporter.error(text, line=self.lineno)
            return [], [message]
        uri = f"../{name}.html{'#' if place else ''}{place}"
        return [nodes.reference("", title.strip(), refuri=uri, internal=False)], []


def is_page(name: str) -> bool:
    """Whether the site has a page of this name, such as `api/conv`."""
    folder, _, stem = name.rpartition("/")
    if folder == "notebooks":
        return (ROOT / "notebooks" / f"{stem}.ipynb").is_file()
    if folder == "api":
        package = Path(nnds.__file__).parent / stem
        return package.is_dir() or package.with_suffix(".py").is_file()
    return (HERE / f"{name}.md").is_file()


def drop_notes(app: Sphinx, page: nodes.document) -> None:
    """What the speaker says is shown in the presenter view of a deck, nowhere else."""
    if app.builder.name != "revealjs":
        for node in list(page.findall(revealjs_notes)):
            node.parent.remove(node)


def keep_settings(app: Sphinx) -> None:
    """Take back what the builder adds to a setting, or each build is from scratch."""
    if app.builder.name == "revealjs":
        app.config.revealjs_static_path = app.config.revealjs_static_path[:-1]


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx_revealjs")
    app.add_html_theme("deck", str(HERE / "deck"))
    app.set_translator("revealjs", Translator, override=True)
    app.add_node(revealjs_notes, override=True, revealjs=(notes, end_notes))
    app.add_role("page", Page())
    app.connect("builder-inited", keep_settings)
    app.connect("doctree-read", drop_notes)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
