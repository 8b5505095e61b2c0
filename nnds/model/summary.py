"""A table of a model: what it holds, how much, and the shape after each layer."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
from jax.tree_util import KeyPath, tree_flatten_with_path, tree_map_with_path

from nnds.model.leaves import named_leaves, path_name


@dataclass(frozen=True)
class Row:
    """One line of the table: a layer, or an array of the layer above it."""

    name: str
    shape: str = ""
    count: int | None = None
    size: int | None = None  # bytes
    output: str = ""


@dataclass(frozen=True)
class Summary:
    """The rows of the table and their totals; printed, it is the table."""

    rows: tuple[Row, ...]
    total: Row

    def __str__(self) -> str:
        cells = [("layer", "shape", "count", "bytes", "output")]
        for row in (*self.rows, self.total):
            count, size = ("" if n is None else f"{n:,}" for n in (row.count, row.size))
            cells.append((row.name, row.shape, count, size, row.output))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        a, b, c, d, _ = widths
        lines = [
            f"{name:{a}}  {shape:{b}}  {count:>{c}}  {size:>{d}}  {output}".rstrip()
            for name, shape, count, size, output in cells
        ]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

    __repr__ = __str__


def summary(model: Any, *examples: Any) -> Summary:
    """Return the layers and arrays of `model`: names, shapes, counts and bytes.

    With the arguments of one call, such as one image, each layer that is a module also
    shows the shape that it returns, and the last line that of the model. Nothing is
    computed for it. A layer that is called several times shows each different shape.

    A leaf that is no array raises TypeError.

    >>> import jax.numpy as jnp
    >>> from nnds.dense import MLP
    >>> print(summary(MLP.init([4, 8, 3], key=jax.random.key(0)), jnp.zeros(4)))
    layer            shape           count  bytes  output
    -----------------------------------------------------
    layers.0  Dense                                (8,)
      layers.0.w     (4, 8) float32     32    128
      layers.0.b     (8,) float32        8     32
    layers.1  Dense                                (3,)
      layers.1.w     (8, 3) float32     24     96
      layers.1.b     (3,) float32        3     12
    -----------------------------------------------------
    MLP                                 67    268  (3,)
    """
    named = named_leaves(model)
    outputs = shapes_after(model, examples) if examples else {}
    rows = []
    for depth, path, node in parts(model):
        indent, name = "  " * depth, path_name(path)
        if isinstance(node, eqx.Module):
            shown = f"{indent}{name}  {type(node).__name__}"
            rows.append(Row(shown, output=outputs.get(name, "")))
        else:
            size = node.size * node.dtype.itemsize
            shape = f"{node.shape} {node.dtype}"
            rows.append(Row(indent + name, shape, node.size, size))
    leaves = named.values()
    total = Row(
        type(model).__name__,
        count=sum(leaf.size for leaf in leaves),
        size=sum(leaf.size * leaf.dtype.itemsize for leaf in leaves),
        output=outputs.get("", ""),
    )
    return Summary(tuple(rows), total)


def parts(
    model: Any, depth: int = 0, above: KeyPath = ()
) -> Iterator[tuple[int, KeyPath, Any]]:
    """Yield the modules inside a model and its arrays: how deep, where, and what."""
    for path, node in tree_flatten_with_path(model, is_leaf=inside(model))[0]:
        yield depth, (*above, *path), node
        if isinstance(node, eqx.Module):
            yield from parts(node, depth + 1, (*above, *path))


def inside(model: Any) -> Callable[[Any], bool]:
    """Return what says of a node whether it is a module, and not the model itself."""
    return lambda node: isinstance(node, eqx.Module) and node is not model


def shapes_after(model: Any, examples: tuple) -> dict[str, str]:
    """Return the shape that each module returns when the model is called once."""
    seen: defaultdict[str, list] = defaultdict(list)
    result = jax.eval_shape(lambda *x: model(*x), *examples)
    try:
        jax.eval_shape(lambda *x: recorded(model, seen)(*x), *examples)
    except Exception:  # a model that does more with its layers than call them
        seen.clear()
    shapes = {name: ", ".join(dict.fromkeys(every)) for name, every in seen.items()}
    return shapes | {"": shape_text(result)}


def recorded(model: Any, seen: defaultdict[str, list], above: KeyPath = ()) -> Any:
    """Return a copy of the model whose modules note the shapes that they return."""

    def watch(path: KeyPath, node: Any) -> Any:
        if not isinstance(node, eqx.Module):
            return node
        whole = (*above, *path)
        return Watched(recorded(node, seen, whole), seen[path_name(whole)])

    return tree_map_with_path(watch, model, is_leaf=inside(model))


class Watched:
    """A module that appends the shape of what it returns to `shapes`."""

    def __init__(self, module: Any, shapes: list[str]):
        self.module, self.shapes = module, shapes

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        result = self.module(*inputs, **options)
        self.shapes.append(shape_text(result))
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


def shape_text(result: Any) -> str:
    return ", ".join(str(leaf.shape) for leaf in jax.tree.leaves(result))
