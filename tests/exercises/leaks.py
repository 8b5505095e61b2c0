"""Looks for the statements of a solution in what a student gets, whatever it is."""

import ast
import json
import textwrap
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

SMALL = 20  # nodes of a fragment that anyone would write, such as `a, b = split(key)`
READ = (".py", ".ipynb", ".html", ".md")


def fragments(source: str) -> Iterator[str]:
    r"""Yield the statements of a text, whatever its variables are called.

    >>> list(fragments("def f(x):\n  return x")) == list(fragments("return x"))
    True
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Return | ast.Assign | ast.For | ast.If):
            names: dict[str, str] = {}
            copy = ast.parse(ast.unparse(node))
            parts = list(ast.walk(copy))
            for part in parts:
                if isinstance(part, ast.Name):
                    part.id = names.setdefault(part.id, f"v{len(names)}")
            if len(parts) > SMALL:
                yield ast.dump(copy)


def statements(name: str, data: bytes) -> set[str]:
    """Return the statements in a file of this name and content."""
    found: set[str] = set()
    for text in _programs(name, data):
        try:
            found |= set(fragments(textwrap.dedent(text)))
        except SyntaxError:  # prose, a shell command, a cut-out
            continue
    return found


def members(wheel: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(READ):
                yield name, archive.read(name)


def _programs(name: str, data: bytes) -> Iterator[str]:
    text = data.decode()
    if name.endswith(".ipynb"):
        for cell in json.loads(text)["cells"]:
            lines = "".join(cell["source"]).split("\n")
            yield "\n".join(s for s in lines if not s.lstrip().startswith(("%", "!")))
    elif name.endswith(".html"):
        page = _Preformatted()
        page.feed(text)
        yield from page.found
    elif name.endswith(".md"):
        yield from text.split("```")
        yield from (part.partition("\n")[2] for part in text.split("```"))
    else:
        yield text


class _Preformatted(HTMLParser):
    """The texts of all `<pre>`, without what colours them."""

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.found = 0, list[str]()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "pre":
            self.depth += 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1] += data
