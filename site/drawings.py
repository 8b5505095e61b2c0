"""`plotted` and `panel`: figures of `lectures/figures`, still and to be tried.

    ```{plotted} conv.translation
    :width: 80%
    ```

is the figure that `draw_translation` of `lectures/figures/conv.py` makes, with the alt
text that it gives. A panel shows the same until its script takes over: it gets the
arrays of `data_<name>` as JSON, and `_static/panels/<name>.js` once a page.
"""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import nnds

HERE = Path(__file__).resolve().parent
PANELS = HERE / "_static" / "panels"
FIGURES = HERE.parent / "lectures" / "figures"
PACKAGE = Path(nnds.__file__).parent
LARGEST = 300_000  # bytes of JSON in a panel


class panel(nodes.General, nodes.Element):
    """A panel: its still figure inside, its arrays as JSON."""


def rounded(value: Any) -> Any:
    """Return nested lists with 4 significant digits; NaN and infinities become null.

    >>> rounded([[1.23456, float("nan")], [3, True]])
    [[1.235, None], [3, True]]
    """
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    return value


def as_json(arrays: dict[str, np.ndarray]) -> str:
    """Return arrays as JSON that may stand in a `<script>`."""
    lists = {key: rounded(np.asarray(array).tolist()) for key, array in arrays.items()}
    text = json.dumps(lists, separators=(",", ":"), allow_nan=False)
    return text.replace("</", "<\\/")


class Plotted(SphinxDirective):
    """The directive `plotted`."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012
        "width": directives.length_or_percentage_or_unitless,
        "format": lambda given: directives.choice(given, ("svg", "png")),
    }

    def figure(self) -> nodes.image:
        import figures

        name = self.arguments[0]
        try:
            path, alt = figures.drawn(name, format=self.options.get("format", "svg"))
        except (ValueError, LookupError, AttributeError, ImportError) as problem:
            text = f"{self.name}: there is no figure {name}: {problem}"
            raise self.error(text) from None
        where = Path(self.env.doc2path(self.env.docname)).parent
        image = nodes.image(uri=Path(os.path.relpath(path, where)).as_posix(), alt=alt)
        image["classes"] = ["plotted"]
        if width := self.options.get("width"):
            image["width"] = width
        self.set_source_info(image)
        # its module and all of the package, so that `figures` is asked after a change
        topic = name.partition(".")[0]
        for file in (*PACKAGE.rglob("*.*"), FIGURES / f"{topic}.py"):
            if file.suffix in (".py", ".npz", ".toml") and file.is_file():
                self.env.note_dependency(str(file))
        return image

    def run(self) -> list[nodes.Node]:
        return [self.figure()]


class Panel(Plotted):
    """The directive `panel`."""

    def run(self) -> list[nodes.Node]:
        import figures

        name, image = self.arguments[0], self.figure()
        script = PANELS / f"{name}.js"
        if not script.is_file():
            raise self.error(f"panel: there is no _static/panels/{name}.js")
        text = as_json(figures.arrays(name))
        if len(text) > LARGEST:
            raise self.error(f"panel: {name} holds {len(text):,} bytes > {LARGEST:,}")
        return [panel("", image, name=name, data=text)]


def open_panel(page: Any, node: panel) -> None:
    name = page.attval(node["name"])
    page.body.append(f'<div class="nnds-panel" data-panel="{name}">\n')


def close_panel(page: Any, node: panel) -> None:
    data = f'<script type="application/json">{node["data"]}</script>'
    page.body.append(f"\n{data}\n</div>\n")


def load_panels(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Load the scripts of the panels of this page, each once, and their style."""
    names = list(dict.fromkeys(p["name"] for p in tree.findall(panel))) if tree else []
    if names:
        # not add_css_file: the builder of decks has taken its copy already
        context["css_files"].append("_static/panels/panel.css")
    for name in ["panel", *names] if names else []:
        app.add_js_file(f"panels/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("plotted", Plotted)
    app.add_directive("panel", Panel)
    app.add_node(panel, html=(open_panel, close_panel))
    app.connect("html-page-context", load_panels)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
