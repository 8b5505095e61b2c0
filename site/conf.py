"""Sphinx: the web site of the course and, with the tag `slides`, its decks.

    python tools/site.py

builds both, from notebooks that have run; no page loads anything from afar.
Formulas are drawn while building (`node` must be on the PATH) by KaTeX 0.16.22, whose
script, style and fonts are in `_static/katex`; reveal.js is that of sphinx-revealjs.
"""

import hashlib
import sys
import typing
from pathlib import Path

HERE = Path(__file__).resolve().parent
SLIDES = tags.has("slides")  # pyright: ignore
sys.path.insert(0, str(HERE))
# jaxtyping then calls itself `Float[Array, "n d"]`, not `Float[jaxlib._jax.Array, ...]`
typing.GENERATING_DOCUMENTATION = True  # pyright: ignore

import docstrings  # noqa: E402
import pages  # noqa: E402

project = "nnds"
author = copyright = "the nnds authors"
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "formulas",
    "quotes",
    "plotted",
    "slides",
    "blocks",
    "tryit",
    "repairs",
]
# offered as they are, not read; those of `deck` are for decks
exclude_patterns = ["_build", "downloads"]

nb_execution_mode = "off"  # tools/runs.py has
nb_output_stderr = "remove"  # progress bars
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
myst_update_mathjax = False  # there is none

autodoc_default_options = {
    "members": True,
    "undoc-members": True,
    "special-members": "__call__",
    "member-order": "bysource",
}
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 68
add_module_names = False
python_use_unqualified_type_names = True

html_math_renderer = "katex"
html_theme = "furo"
html_title = "nnds"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["nnds.css"]
html_show_sphinx = False
html_copy_source = False
html_domain_indices = False  # the table of modules is on the page of the API

revealjs_html_theme = "deck"
revealjs_style_theme = "deck.css"
revealjs_static_path = ["_static", "deck/static"]
revealjs_css_files = ["pygments.css", "katex/katex.min.css"]
revealjs_script_plugins = [
    {"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"},
    {"name": "RevealSearch", "src": "revealjs/plugin/search/search.js"},
]
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0,  # deck.css leaves one
    "center": False,
    "hash": True,
    "slideNumber": "c/t",
    "transition": "none",
    "scrollActivationWidth": None,  # a phone shows slides too
    "controlsTutorial": False,
    "pdfMaxPagesPerSlide": 1,
    "pdfSeparateFragments": False,
}
if SLIDES:
    pygments_style = "a11y-high-contrast-light"  # as furo on the pages


def setup(app):
    own = b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))
    # after a change of this program every page is made again
    app.add_config_value("program", hashlib.sha256(own).hexdigest(), "env")
    if SLIDES:
        return
    pages.stage(HERE, HERE.parent, Path(app.outdir))
    app.connect("env-get-outdated", lambda *_: list(pages.FILLED))
    app.connect("source-read", pages.fill)
    app.connect("doctree-read", pages.need_alt)
    app.connect("autodoc-process-docstring", docstrings.from_markdown)
    app.connect("autodoc-process-signature", docstrings.tidy_signature)
    app.connect("autodoc-skip-member", docstrings.skip_default)
