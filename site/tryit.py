"""`panel`: a try-it panel that lectures/NN_topic/panels.py declares as data.

    ```{panel} 07_conv.shift
    ```

It is checked here, at many positions of its controls: a reference that names no array,
an index that does not fit, or stale arrays fail the build. On the page stand its
declaration as JSON, its arrays packed, and without scripts the sentence of its start.
"""

import base64
import itertools
import json
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from references import Reader
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from nnds.plot.panel import Guess, Panel, Slider, View

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ("arrays", "draw", "views", "panel")  # in the order in which they load
LARGEST = 300_000  # characters of a panel on the page
SEEN = 500  # positions at which a panel is checked
# fields of a view that are texts or references, apart from title and alt
TEXTS = ("titles", "rows")
REFERENCES = ("images", "curves", "x", "until", "mark", "right", "values", "regions")
REFERENCES += ("points", "classes", "segments", "contours", "track")


class panel(nodes.General, nodes.Element):
    """A panel on a page."""


def labels(control: Any) -> list[str]:
    """Return the names of the positions of a control."""
    if isinstance(control, Slider):
        return [str(step) for step in control.steps]
    options: Any = control.options
    groups = options.values() if isinstance(options, Mapping) else [options]
    return [str(option) for group in groups for option in group]


def single(array: Any) -> np.ndarray:
    """Return an array in the smallest kind that a browser knows, floats in 32 bits."""
    x = np.asarray(array)
    if x.dtype.kind in "US":
        return x
    if x.dtype.kind == "b":
        return x.astype(np.uint8)
    if x.dtype.kind == "f":
        return rounded(x)
    low, high = x.min(initial=0), x.max(initial=0)
    for kind in ("uint8", "int8", "int16", "int32"):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return x.astype(kind)
    raise ValueError(f"integers from {low} to {high} do not fit 32 bits")


def rounded(x: np.ndarray) -> np.ndarray:
    """Return floats in 32 bits with 4 significant digits, which pack well."""
    x = np.asarray(x, np.float64)
    finite = np.where(np.isfinite(x) & (x != 0), np.abs(x), 1)
    scale = 10.0 ** (3 - np.floor(np.log10(finite)))
    with np.errstate(invalid="ignore", over="ignore"):
        return np.where(np.isfinite(x), np.round(x * scale) / scale, x).astype("<f4")


def pack(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], str]:
    """Return what the arrays are, and their bytes deflated, in base64."""
    heads: dict[str, Any] = {}
    whole = bytearray()
    for name, array in arrays.items():
        if array.dtype.kind in "US":
            heads[name] = {"list": array.tolist()}
            continue
        whole += b"\0" * (-len(whole) % 4)
        kind, shape = array.dtype.name, list(array.shape)
        heads[name] = {"kind": kind, "shape": shape, "start": len(whole)}
        whole += np.ascontiguousarray(array).tobytes()
    return heads, base64.b64encode(zlib.compress(bytes(whole), 9)).decode()


def positions(sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Yield positions of the controls: all of them, or first, last and many between."""
    every = itertools.product(*map(range, sizes.values()))
    count = int(np.prod(list(sizes.values()) or [1]))
    step = max(1, count // SEEN) | 1  # odd, so that it meets all of an even axis
    for k, chosen in enumerate(every):
        if k % step == 0 or k == count - 1:
            yield dict(zip(sizes, chosen, strict=True))


def words(view: View) -> Iterator[tuple[str, bool]]:
    """Yield what a view refers to, and whether it is a text."""
    for field in fields(view):
        value = getattr(view, field.name)
        if field.name in ("title", "alt"):
            yield value, True
        elif field.name in REFERENCES:
            several = value.values() if isinstance(value, Mapping) else value
            for one in [value] if isinstance(value, str) else several:
                yield one, False
        elif field.name == "titles":
            yield from ((text, True) for text in value)
        elif field.name == "rows" and isinstance(value, Mapping):
            yield from ((text, True) for text in value)
            yield from ((reference, False) for reference in value.values())
        elif field.name == "rows" and type(view).__name__ == "Table":
            yield from ((text, True) for row in value for text in row)


def checked(declared: Panel) -> Reader:
    """Return the reader of a panel whose references all hold; ValueError otherwise."""
    arrays = {name: single(array) for name, array in declared.arrays.items()}
    names = {name: labels(control) for name, control in declared.controls.items()}
    for name, control in declared.controls.items():
        if not 0 <= control.start < len(names[name]):
            raise ValueError(f"control {name} starts at {control.start}: out of range")
        if name in arrays:
            raise ValueError(f"{name} is a control and an array")
    reader = Reader(arrays, names)
    evidence = declared.guess.evidence if declared.guess else ()
    known = [word for view in [*declared.views, *evidence] for word in words(view)]
    for at in positions({name: len(all_) for name, all_ in names.items()}):
        for word, is_text in [*known, (declared.say, True)]:
            if word:
                (reader.text if is_text else reader.value)(word, at)
        if guess := declared.guess:
            if not 0 <= reader.value(guess.answer, at) < len(guess.options):
                raise ValueError(f"{guess.answer} is no option at {at}")
            reader = Reader(arrays, names)
            for option in range(len(guess.options)):
                reader.text(guess.because, {**at, "guess": option})
    return reader


def plain(value: Any) -> Any:
    """Return what JSON holds: ranges and arrays as lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return [plain(one) for one in value]


def control_json(name: str, control: Any) -> dict[str, Any]:
    given = {"name": name, "kind": type(control).__name__.lower(), **asdict(control)}
    if isinstance(control, Slider):
        return {**given, "steps": labels(control)}
    grouped = isinstance(control.options, Mapping)
    return given if grouped else {**given, "options": labels(control)}


def view_json(view: View) -> dict[str, Any]:
    return {"kind": type(view).__name__.lower(), **asdict(view)}


def guess_json(guess: Guess) -> dict[str, Any]:
    evidence = [view_json(view) for view in guess.evidence]
    return {**asdict(guess), "evidence": evidence}


def packed(declared: Panel) -> tuple[str, str]:
    """Return a panel as JSON that may stand in a `<script>`, and its first sentence."""
    reader = checked(declared)
    heads, data = pack(reader.arrays)
    controls = [control_json(name, c) for name, c in declared.controls.items()]
    start = {name: c.start for name, c in declared.controls.items()}
    whole = {
        "controls": controls,
        "views": [view_json(view) for view in declared.views],
        "say": declared.say,
        "guess": guess_json(declared.guess) if declared.guess else None,
        "side": declared.side,
        "heads": heads,
        "data": data,
    }
    text = json.dumps(plain(whole), separators=(",", ":"), ensure_ascii=False)
    if len(text) > LARGEST:
        raise ValueError(f"it takes {len(text):,} characters, more than {LARGEST:,}")
    return text.replace("</", "<\\/"), reader.text(declared.say, start)


@cache
def store() -> Any:
    """Return tools/panels.py, which finds panels and keeps their arrays."""
    sys.path.insert(0, str(ROOT / "tools"))
    import panels  # pyright: ignore

    return panels


class Directive(SphinxDirective):
    """The directive `panel`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        lecture, _, short = name.partition(".")
        try:
            declared = store().panel(name)
            text, sentence = packed(declared)
        except (ValueError, LookupError, ImportError, OSError) as problem:
            raise self.error(f"panel: {name}: {problem}") from None
        room = ROOT / "lectures" / lecture
        files = [room / "panels.py", room / "arrays" / f"{short}.npz"]
        script = ""
        if declared.script:
            files.append(room / declared.script)
            script = files[-1].read_text(encoding="utf-8")
        for file in files:
            self.env.note_dependency(str(file))
        node = panel(name=name, data=text, sentence=sentence, script=script)
        self.set_source_info(node)
        return [node]


def markup(name: str, data: str, sentence: str, script: str = "") -> str:
    """Return the HTML of a panel."""
    still = escape(sentence.replace("**", ""))
    own = f"<script>\n{script}</script>\n" if script else ""
    return (
        f'<div class="nnds-panel" data-panel="{escape(name)}">\n'
        f'<p class="nnds-still">To try here, with JavaScript. {still}</p>\n'
        f'<script type="application/json">{data}</script>\n</div>\n{own}'
    )


def write(page: Any, node: panel) -> None:
    page.body.append(markup(*(node[k] for k in ("name", "data", "sentence", "script"))))


def load(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Load the engine where a page has panels."""
    if tree and any(tree.findall(panel)):
        # not add_css_file: the builder of decks has taken its copy already
        context["css_files"].append("_static/panels/panel.css")
        for name in ENGINE:
            app.add_js_file(f"panels/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("panel", Directive)
    app.add_node(panel, html=(write, lambda page, node: None))
    app.connect("html-page-context", load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
