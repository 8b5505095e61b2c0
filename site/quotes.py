"""`quote`: show a part of the package by its name, so that a slide cannot drift.

    ```{quote} nnds.conv.conv2d
    :part: signature
    ```

The parts are `formula` (the first sentence of the docstring), `signature`, `body`,
`source` (both, without the docstring: the default) and `symmetry` (what the docstring
declares, see `nnds.checks.symmetry`). A name that is gone fails the build.
"""

import ast
import importlib
import inspect
import re
from textwrap import dedent
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from nnds.checks import symmetry

PARTS = ("formula", "signature", "body", "source", "symmetry")
CODE = re.compile(r"`([^`]+)`")


def named(name: str) -> Any:
    """Return the function or class that a dotted name stands for.

    >>> named("nnds.dense.Dense.init").__name__
    'init'
    """
    package, *attributes = name.split(".")
    if package != "nnds":
        raise ValueError(f"only nnds is quoted, by its full name; got {name}")
    thing: Any = importlib.import_module(package)
    for attribute in attributes:
        full = f"{thing.__name__}.{attribute}" if inspect.ismodule(thing) else ""
        try:
            thing = getattr(thing, attribute)
        except AttributeError:
            try:
                thing = importlib.import_module(full) if full else None
            except ModuleNotFoundError:
                thing = None
        if thing is None:
            raise ValueError(f"{name} is gone: nothing is called {attribute} there")
    if not inspect.isroutine(thing) and not inspect.isclass(thing):
        raise ValueError(f"{name} is neither a function nor a class")
    return thing


def quoted(name: str, part: str) -> str:
    """Return a part of what `name` stands for, as it stands in the package.

    >>> print(quoted("nnds.dense.dense", "body"))
    return x @ w + b
    """
    thing = named(name)
    if part == "formula":
        text = " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
        found = re.match(r"(?:`[^`]*`|[^`])*?[.](?=\s|$)", text)
        if not found:
            raise ValueError(f"the docstring of {name} does not begin with a sentence")
        return found[0]
    if part == "symmetry":
        if not (found := symmetry.symmetries(thing)):
            raise ValueError(f"the docstring of {name} declares no symmetry")
        return "\n".join(found)
    signature, body = cut(dedent(inspect.getsource(inspect.unwrap(thing))))
    whole = f"{signature}\n{body}"
    text = {"signature": signature, "body": dedent(body), "source": whole}[part]
    return text.strip("\n")


def cut(source: str) -> tuple[str, str]:
    """Return the head of a definition, and what follows its docstring.

    The fields of a class belong to its head.
    """
    definition: Any = ast.parse(source).body[0]
    lines, statements = source.splitlines(), list(definition.body)
    first, *rest = statements
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        head, after = lines[: first.lineno - 1], first.end_lineno
    else:
        head, after = lines[: first.lineno - 1], first.lineno - 1
        rest = statements
    fields = [s for s in rest if isinstance(s, ast.AnnAssign)]
    if isinstance(definition, ast.ClassDef) and fields:
        end = fields[-1].end_lineno
        held = "\n".join(lines[after:end]).strip("\n")
        return "\n".join([*head, held]), "\n".join(lines[end:])
    return "\n".join(head), "\n".join(lines[after:])


def sentence(text: str) -> list[nodes.Node]:
    """Return a sentence with its `code` as nodes."""
    parts = CODE.split(text)
    return [
        nodes.literal(part, part) if k % 2 else nodes.Text(part)
        for k, part in enumerate(parts)
        if part
    ]


class Quote(SphinxDirective):
    """The directive `quote`."""

    required_arguments = 1
    option_spec = {"part": lambda given: directives.choice(given, PARTS)}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        name, part = self.arguments[0], self.options.get("part", "source")
        try:
            text = quoted(name, part)
            self.env.note_dependency(inspect.getfile(inspect.unwrap(named(name))))
        except ValueError as problem:
            raise self.error(f"quote: {problem}") from None
        if part in ("formula", "symmetry"):
            return [
                nodes.paragraph(line, "", *sentence(line), classes=["quote", part])
                for line in text.splitlines()
            ]
        code = nodes.literal_block(text, text, classes=["quote", part])
        code["language"] = "python"
        self.set_source_info(code)
        return [code]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("quote", Quote)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
