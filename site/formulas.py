"""Formulas are drawn by KaTeX while building, so that a page needs no script for them.

One process of node serves the build: a line of JSON for each formula, and one back.
"""

import json
import subprocess
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

KATEX = Path(__file__).resolve().parent / "_static" / "katex" / "katex.min.js"
SERVER = """
const katex = require(process.argv[1]);
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", line => {
  let answer;
  try { answer = { html: katex.renderToString(...JSON.parse(line)) }; }
  catch (error) { answer = { error: error.message }; }
  console.log(JSON.stringify(answer));
});
"""


@cache
def node() -> subprocess.Popen[str]:
    command = ["node", "-e", SERVER, str(KATEX)]
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8")
    except FileNotFoundError:
        raise ExtensionError(
            "`node` was not found, and it draws the formulas: install Node.js"
        ) from None


def stop(app: Sphinx, error: Exception | None) -> None:
    if node.cache_info().currsize:
        node().communicate()
        node.cache_clear()


def in_notes(node: nodes.Node | None) -> bool:
    """Whether a node is part of speaker notes."""
    while node is not None and type(node).__name__ != "revealjs_notes":
        node = node.parent
    return node is not None


def draw(formula: nodes.Element, *, display: bool) -> str:
    """Return the HTML of a formula; a formula that is wrong is a warning."""
    # where the presenter reads notes there is no style of KaTeX
    form = "mathml" if in_notes(formula) else "htmlAndMathml"
    tex, options = formula.astext(), {"displayMode": display, "output": form}
    server = node()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps([tex, options]) + "\n")
    server.stdin.flush()
    line = server.stdout.readline()
    if not line:
        raise ExtensionError(f"node stopped (exit status {server.wait()}) at {tex}")
    answer = json.loads(line)
    if "error" in answer:
        log = logging.getLogger(__name__)
        log.warning(f"{answer['error']}, in the formula {tex}", location=formula)
    return answer.get("html") or f"<code>{escape(tex)}</code>"


def inline(page: Any, formula: nodes.Element) -> None:
    page.body.append(f'<span class="math">{draw(formula, display=False)}</span>')
    raise nodes.SkipNode


def display(page: Any, formula: nodes.math_block) -> None:
    page.body.append(page.starttag(formula, "div", CLASS="math"))
    if formula["number"]:
        number = get_node_equation_number(page, formula)
        page.body.append(f'<span class="eqno">({number})')
        page.add_permalink_ref(formula, "Link to this equation")
        page.body.append("</span>")
    page.body.append(draw(formula, display=True) + "</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("katex", (inline, None), (display, None))
    app.add_css_file("katex/katex.min.css")
    app.connect("build-finished", stop)
    return {"parallel_read_safe": True, "parallel_write_safe": False}  # one pipe
