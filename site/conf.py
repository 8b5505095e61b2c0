"""Sphinx: the web site of the course. It runs no notebook, and loads nothing from afar.

    python tools/nb.py execute && sphinx-build -W -b html site _build/site

Formulas are drawn while building (`node` must be on the PATH) by KaTeX 0.16.22, whose
script, style and fonts are in `_static/katex`.
"""

import sys
import typing
from pathlib import Path

HERE = Path(__file__).resolve().parent
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
]
# offered as they are, not read
exclude_patterns = ["_build", "downloads"]

nb_execution_mode = "off"  # tools/nb.py has executed them
nb_output_stderr = "remove"  # progress bars
nb_code_prompt_show = "Show a solution"
nb_code_prompt_hide = "Hide the solution"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3

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
html_static_path = ["_static"]
html_css_files = ["nnds.css"]
html_show_sphinx = False
html_copy_source = False


def setup(app):
    pages.stage(HERE, executed=HERE.parent / "_build" / "executed")
    app.connect("env-get-outdated", lambda *_: list(pages.FILLED))
    app.connect("source-read", pages.fill)
    app.connect("doctree-read", pages.need_alt)
    app.connect("autodoc-process-docstring", docstrings.from_markdown)
    app.connect("autodoc-process-signature", docstrings.tidy_signature)
    app.connect("autodoc-skip-member", docstrings.skip_default)
