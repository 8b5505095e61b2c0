"""Reverse mode: nodes that remember how they were computed, and one sweep back.

`matmul(X, W)` computes as usual and gives a `Node`, with its value, its parents and its
primitive. The nodes that lead to a loss, in order, are the tape; `backward` walks it
from its end. It knows fifteen primitives. Source: the book, chapter 6; Wengert (1964).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

Tensor = Float[Array, "..."]


@dataclass(eq=False)  # a node equals itself only, and is a leaf to JAX
class Node:
    """A value, and which primitive computed it from which parents; an input has none.

    Operators take nodes, arrays and numbers, and broadcast as NumPy does.
    """

    value: Tensor
    parents: tuple["Node", ...] = ()
    primitive: "Primitive | None" = None

    __array_ufunc__ = None  # array + node is left to the node

    @property
    def name(self) -> str:
        return self.primitive.name if self.primitive else "input"

    def pull(self, g: Any) -> tuple[Tensor, ...]:
        """Return the cotangents of the parents, given that of this node: its VJP."""
        if self.primitive is None:
            return ()
        return self.primitive.vjp(g, self.value, *(p.value for p in self.parents))

    def __add__(self, other: Any) -> "Node":
        return add(*alike(self, other))

    def __sub__(self, other: Any) -> "Node":
        return subtract(*alike(self, other))

    def __mul__(self, other: Any) -> "Node":
        return multiply(*alike(self, other))

    def __truediv__(self, other: Any) -> "Node":
        return divide(*alike(self, other))

    def __radd__(self, other: Any) -> "Node":
        return add(*alike(other, self))

    def __rsub__(self, other: Any) -> "Node":
        return subtract(*alike(other, self))

    def __rmul__(self, other: Any) -> "Node":
        return multiply(*alike(other, self))

    def __rtruediv__(self, other: Any) -> "Node":
        return divide(*alike(other, self))

    def __neg__(self) -> "Node":
        return negative(self)

    def __pow__(self, exponent: float | int) -> "Node":
        return power(self, exponent)

    def __matmul__(self, other: Any) -> "Node":
        return matmul(self, other)


class Primitive(NamedTuple):
    """A function of arrays and its vector-Jacobian product.

    `vjp(g, y, *inputs)` gives for each input the cotangent `gᵀ ∂y/∂input`, where y is
    the result, and g the cotangent of y, of its shape.
    """

    name: str
    compute: Callable[..., Tensor]
    vjp: Callable[..., tuple[Tensor, ...]]

    def __call__(self, *inputs: Any) -> Node:
        parents = tuple(node(x) for x in inputs)
        return Node(self.compute(*(p.value for p in parents)), parents, self)


def node(x: Any) -> Node:
    """Return a node as it is, and anything else as an input.

    >>> node(2.0).name
    'input'
    """
    return x if isinstance(x, Node) else Node(jnp.asarray(x, float))


# The sweep ---------------------------------------------------------------------


def order(output: Node) -> list[Node]:
    """Return the tape of `output`: each node once, and after all of its parents.

    A depth-first search without recursion, whose depth Python limits.

    >>> x = node(3.0)
    >>> [n.name for n in order(x * x + 1.0)]
    ['input', 'multiply', 'input', 'add']
    """
    tape, seen, todo = [], set(), [(output, False)]
    while todo:
        current, parents_done = todo.pop()
        if parents_done:
            tape.append(current)
        elif current not in seen:
            seen.add(current)
            todo.append((current, True))
            todo += [(parent, False) for parent in reversed(current.parents)]
    return tape


def backward(output: Node, g: Tensor | None = None) -> list[tuple[Node, Tensor]]:
    """Return the tape with the cotangent of each node, `gᵀ ∂output/∂node`.

    A node that is used twice is reached along two ways, and its cotangent is their sum.
    g is the cotangent of the output, and ones of its shape if not given.

    >>> x = node(3.0)
    >>> [(n.name, c.item()) for n, c in backward(x * x)]
    [('input', 6.0), ('multiply', 1.0)]
    """
    tape = order(output)
    cotangent = {output: jnp.ones_like(output.value) if g is None else g}
    for y in reversed(tape):
        for parent, part in zip(y.parents, y.pull(cotangent[y]), strict=True):
            cotangent[parent] = cotangent.get(parent, 0.0) + part
    return [(y, cotangent[y]) for y in tape]


def gradient(output: Node, inputs: Sequence[Node]) -> list[Tensor]:
    """Return `∂output/∂x` for each of the inputs: zeros where output does not read x.

    ValueError for an output that is no scalar.

    >>> x, w = node(3.0), node(5.0)
    >>> [g.item() for g in gradient(x * w + x, [x, w])]
    [6.0, 3.0]
    """
    if output.value.shape != ():
        raise ValueError(f"a gradient is that of a scalar; got {output.value.shape}")
    known = dict(backward(output))
    return [known.get(x, jnp.zeros_like(x.value)) for x in inputs]


def grad(f: Callable[..., Node]) -> Callable[..., PyTree]:
    """Return the function that gives the gradient of f for its first argument, a tree.

    >>> grad(lambda w: w["a"] * w["b"])({"a": jnp.array(2.0), "b": jnp.array(5.0)})
    {'a': Array(5., dtype=float32), 'b': Array(2., dtype=float32)}
    """

    def of(x: PyTree, *rest: Any) -> PyTree:
        leaves, tree = jax.tree.flatten(x)
        nodes = [node(leaf) for leaf in leaves]
        return tree.unflatten(gradient(f(tree.unflatten(nodes), *rest), nodes))

    return of


# The fifteen primitives --------------------------------------------------------

add = Primitive("add", lambda a, b: a + b, lambda g, y, a, b: (g, g))
subtract = Primitive("subtract", lambda a, b: a - b, lambda g, y, a, b: (g, -g))
multiply = Primitive("multiply", lambda a, b: a * b, lambda g, y, a, b: (g * b, g * a))
divide = Primitive("divide", lambda a, b: a / b, lambda g, y, a, b: (g / b, -g * y / b))
negative = Primitive("negative", lambda x: -x, lambda g, y, x: (-g,))
exp = Primitive("exp", jnp.exp, lambda g, y, x: (g * y,))
log = Primitive("log", jnp.log, lambda g, y, x: (g / x,))
sin = Primitive("sin", jnp.sin, lambda g, y, x: (g * jnp.cos(x),))
cos = Primitive("cos", jnp.cos, lambda g, y, x: (-g * jnp.sin(x),))
tanh = Primitive("tanh", jnp.tanh, lambda g, y, x: (g * (1 - y**2),))
relu = Primitive("relu", jax.nn.relu, lambda g, y, x: (g * (x > 0),))
matmul = Primitive("matmul", jnp.matmul, lambda g, y, x, w: (g @ w.T, x.T @ g))


def power(x: Any, exponent: float | int) -> Node:
    """Return `x^n` for a number n.

    >>> power(3.0, 2).value.item()
    9.0
    """
    n = exponent
    return Primitive(
        "power", lambda x: x**n, lambda g, y, x: (g * n * x ** (n - 1 if n else 0),)
    )(x)


def total(x: Any, axis: int | None = None) -> Node:
    """Return the sum over one axis, or over all: its VJP repeats what was added.

    >>> total(jnp.ones((2, 3)), 1).value.tolist()
    [3.0, 3.0]
    """

    def repeat(g: Tensor, y: Tensor, x: Tensor) -> tuple[Tensor]:
        column = g if axis is None else jnp.expand_dims(g, axis)
        return (jnp.broadcast_to(column, x.shape),)

    return Primitive("sum", lambda x: jnp.sum(x, axis), repeat)(x)


def broadcast(x: Any, shape: tuple[int, ...]) -> Node:
    """Return x repeated to a shape: its VJP adds up what was repeated.

    >>> broadcast(2.0, (3,)).value.tolist()
    [2.0, 2.0, 2.0]
    """
    return Primitive(
        "broadcast",
        lambda x: jnp.broadcast_to(x, shape),
        lambda g, y, x: (unbroadcast(g, x.shape),),
    )(x)


def unbroadcast(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return the cotangent of what was repeated from `shape` to the shape of g.

    It sums over all axes that are missing in `shape`, or have size 1 there.

    >>> unbroadcast(jnp.ones((2, 3)), (3,)).tolist()
    [2.0, 2.0, 2.0]
    """
    old = (1,) * (g.ndim - len(shape)) + shape
    axes = tuple(i for i in range(g.ndim) if old[i] != g.shape[i])
    return jnp.sum(g, axes).reshape(shape)


def alike(a: Any, b: Any) -> tuple[Node, Node]:
    """Return both as nodes of one shape; one that has it already stays as it is.

    >>> [x.value.shape for x in alike(jnp.ones((2, 3)), jnp.ones(3))]
    [(2, 3), (2, 3)]
    """
    a, b = node(a), node(b)
    s: Any = jnp.broadcast_shapes(a.value.shape, b.value.shape)
    a, b = (x if x.value.shape == s else broadcast(x, s) for x in (a, b))
    return a, b
