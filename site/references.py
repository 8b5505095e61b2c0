"""References such as `loss[rate]` and texts that hold them, read as panels do.

The same in JavaScript is site/_static/panels/arrays.js; tests compare the two.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

BRACES = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}")
SPEC = re.compile(r"(\.\d+[f%]|d|,|)")


def parsed(reference: str) -> ast.expr:
    """Return the tree of a reference; ValueError when it is none."""
    try:
        tree = ast.parse(reference.strip(), mode="eval").body
    except SyntaxError:
        raise ValueError(f"{reference!r} is no reference such as loss[rate]") from None
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and isinstance(node.value, int)
        allowed = ast.Name | ast.Subscript | ast.Tuple | ast.Load
        if not number and not isinstance(node, allowed):
            raise ValueError(f"{reference!r} holds more than names, [] and numbers")
    return tree


class Reader:
    """Reads references against arrays, and positions of controls of `sizes`."""

    def __init__(
        self, arrays: Mapping[str, np.ndarray], labels: Mapping[str, list[str]]
    ):
        self.arrays, self.labels = arrays, labels

    def value(self, reference: str, at: Mapping[str, int]) -> Any:
        """Return what a reference means; ValueError for an unknown name or index.

        >>> reader = Reader({"loss": np.array([[3, 1], [2, 2]])}, {"rate": ["a", "b"]})
        >>> reader.value("loss[rate, 1]", {"rate": 0})
        np.int64(1)
        """
        return self._value(parsed(reference), at, reference)

    def _value(self, node: ast.expr, at: Mapping[str, int], whole: str) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            if node.id in at:
                return at[node.id]
            if node.id not in self.arrays:
                have = [*self.arrays, *self.labels]
                raise ValueError(f"{whole!r}: no {node.id!r}; there are {have}")
            return self.arrays[node.id]
        assert isinstance(node, ast.Subscript)
        array = self._value(node.value, at, whole)
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for axis, index in enumerate(indices):
            if not np.ndim(array):
                raise ValueError(f"{whole!r} has more indices than the array has axes")
            if isinstance(index, ast.Name) and index.id in self.labels:
                positions = len(self.labels[index.id])
                if len(array) != positions:
                    raise ValueError(
                        f"{whole!r}: {index.id} has {positions} positions, but axis "
                        f"{axis} of the array has {len(array)}"
                    )
            i = self._value(index, at, whole)
            if np.ndim(i) or int(i) != i or not 0 <= i < len(array):
                raise ValueError(f"{whole!r}: {i} is no index below {len(array)}")
            array = array[int(i)]
        return array

    def text(self, template: str, at: Mapping[str, int]) -> str:
        """Return a text with its references filled in."""

        def fill(match: re.Match[str]) -> str:
            reference, spec = match[1], match[2] or ""
            if not SPEC.fullmatch(spec):
                raise ValueError(f"{template!r}: {spec!r} is no format known to panels")
            if reference in self.labels:
                return self.labels[reference][at[reference]]
            value = self.value(reference, at)
            if np.ndim(value):
                raise ValueError(f"{template!r}: {reference} is no single number")
            return str(value) if isinstance(value, str) else written(value, spec)

        return BRACES.sub(fill, template)


def written(x: Any, spec: str) -> str:
    """Return a number as a panel writes it: a real minus sign, no -0.

    >>> written(1234, ","), written(2.0, ""), written(0.12345, ""), written(-0.0, ".1f")
    ('1,234', '2', '0.123', '0.0')
    """
    x = float(x)
    if not np.isfinite(x):
        return "∞" if x > 0 else "\u2212∞" if x < 0 else "—"
    if spec == "":
        text = f"{x:.0f}" if x == round(x) or abs(x) >= 1000 else f"{x:.3g}"
    else:
        text = f"{x:{',.0f' if spec == ',' else '.0f' if spec == 'd' else spec}}"
    if re.fullmatch(r"-[0.]+%?", text):
        text = text[1:]
    return text.replace("-", "\u2212")
