"""`plotted` and `value`: what the run of a notebook showed, by its name.

    ```{plotted} 07_conv.translation
    :width: 80%
    ```

is the figure that the notebook of 07_conv shows under this name, or else what
`draw_translation()` of lectures/07_conv/figures.py draws: a figure or Axes, and its
alternative text. ``{value}`07_conv.lenet_accuracy` `` is a number of that run, written
as there. A name that is gone, or a run of another program, fails the build.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import closure  # noqa: E402
import runs  # noqa: E402

PROBLEMS = (ValueError, LookupError, TypeError, AttributeError, ImportError)


def figure(name: str) -> tuple[Path, str, list[Path]]:
    """Return a figure as an SVG file, its alternative text, and what it depends on.

    LookupError when neither the notebook nor figures.py has it.
    """
    lecture, _, short = name.partition(".")
    room = ROOT / "lectures" / lecture
    try:
        shown, problem = runs.lecture(lecture, ROOT).figures, ""
    except LookupError as error:
        shown, problem = {}, str(error)
    if short in shown:
        place = ROOT / "_build" / "runs" / lecture
        return place / f"{short}.svg", shown[short].alt, [place / "run.json"]
    drawings = room / "figures.py"
    if not drawings.is_file() or f"def draw_{short}(" not in drawings.read_text(
        "utf-8"
    ):
        have = problem or f"the notebook names {', '.join(shown) or 'none'}"
        raise LookupError(f"{have}; and figures.py has no draw_{short}()")
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from nnds.plot import vector

    mpl.use("agg")
    drawing, alt = getattr(module(drawings), f"draw_{short}")()
    root = getattr(drawing, "figure", drawing).figure
    path = ROOT / "_build" / "drawings" / lecture / f"{short}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(vector(root, name), encoding="utf-8")
    plt.close(root)
    program = drawings.read_text(encoding="utf-8")
    return path, alt, [drawings, *closure.closure(program)]


def module(path: Path) -> ModuleType:
    """Import the drawings of a lecture."""
    name = f"figures_of_{path.parent.name}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made  # jaxtyping and dataclasses look themselves up there
    spec.loader.exec_module(made)
    return made


class Plotted(SphinxDirective):
    """The directive `plotted`."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012
        "width": directives.length_or_percentage_or_unitless
    }

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        try:
            path, alt, files = figure(name)
        except PROBLEMS as problem:
            text = f"plotted: there is no figure {name}: {problem}"
            raise self.error(text) from None
        where = Path(self.env.doc2path(self.env.docname)).parent
        image = nodes.image(uri=Path(os.path.relpath(path, where)).as_posix(), alt=alt)
        image["classes"] = ["plotted"]
        if width := self.options.get("width"):
            image["width"] = width
        self.set_source_info(image)
        for file in files:
            self.env.note_dependency(str(file))
        return [image]


class Value(SphinxRole):
    """The role `value`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        lecture, _, name = self.text.partition(".")
        try:
            values = runs.lecture(lecture, ROOT).values
            if name not in values:
                have = ", ".join(values) or "none"
                raise LookupError(f"the notebook of {lecture} states {have}")
        except PROBLEMS as problem:
            text = f"value: there is no value {self.text}: {problem}"
            return [], [self.inliner.reporter.error(text, line=self.lineno)]
        note = ROOT / "_build" / "runs" / lecture / "run.json"
        self.env.note_dependency(str(note))
        number = values[name].text
        return [nodes.inline(number, number, classes=["value"])], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("plotted", Plotted)
    app.add_role("value", Value())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
