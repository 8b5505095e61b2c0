"""Docstrings are written in Markdown, and Sphinx reads reStructuredText."""

import re
from types import FunctionType
from typing import Any

SIGN = re.compile(r"(?<![\w*])(\*{1,2}\w[^*]*\*{1,2})(?![\w*])|(?<!^)([*_|\\])")
CODE = re.compile(r"(`+)(.+?)\1", re.S)


def from_markdown(
    app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Rewrite `lines` in place: code spans, indented code, and signs that RST reads.

    Doctests stay; so do lists, which the two languages write alike.
    """
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    done, in_code = [], False
    for text in paragraphs:
        was_in_code, in_code = in_code, text.startswith("    ")
        done += ["::"] if in_code and not was_in_code else []
        done += [text if in_code else paragraph(text)]
    lines[:] = "\n\n".join(done).split("\n")


def paragraph(text: str) -> str:
    r"""Return one paragraph of Markdown as RST.

    >>> print(paragraph("the `x`s of a*b"))
    the \ ``x``\ s of a\*b
    """
    if text.lstrip().startswith(">>>"):
        return text
    parts, end = [], 0
    for span in CODE.finditer(text):
        code = " ".join(span[2].split())
        parts += [escape(text[end : span.start()]), rf"\ ``{code}``\ "]
        end = span.end()
    return "".join([*parts, escape(text[end:])])


def escape(text: str) -> str:
    """Return text with a backslash before signs of RST, except around *emphasis*."""
    return SIGN.sub(lambda found: found[1] or "\\" + found[2], text)


def tidy_signature(
    app: Any,
    what: str,
    name: str,
    thing: Any,
    options: Any,
    signature: str | None,
    result: str | None,
) -> tuple[str | None, str | None]:
    """Write a default that is a function as its name, so that Sphinx can parse it."""
    if signature:
        signature = re.sub(r"<function ([\w.]+?)(?: at 0x\w+)?>", r"\1", signature)
        signature = signature.replace("<factory>", "...")
    return signature, result


def skip_default(
    app: Any, what: str, name: str, thing: Any, skip: bool, options: Any
) -> bool | None:
    """Skip a field whose default is a function: it is not a method of the class."""
    field = what == "class" and "." not in getattr(thing, "__qualname__", ".")
    return True if field and isinstance(thing, FunctionType) else None
