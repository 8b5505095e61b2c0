"""The symmetries that a layer declares: a sentence that tests hold and slides print."""

import inspect
from typing import Any

MARK = "Symmetry: "


def symmetries(layer: Any) -> list[str]:
    """Return the sentences that the docstring of a layer marks with `Symmetry:`.

    Each stands in a paragraph of its own; here it starts with a capital. A layer that
    declares none, or has no docstring, gives an empty list.

    >>> from nnds.sets import DeepSet
    >>> symmetries(DeepSet)
    ['Permute the items, and the output stays the same.']
    """
    text = inspect.cleandoc(layer.__doc__ or "")
    sentences = [p.removeprefix(MARK) for p in text.split("\n\n") if p.startswith(MARK)]
    return [" ".join((s[:1].upper() + s[1:]).split()) for s in sentences]
