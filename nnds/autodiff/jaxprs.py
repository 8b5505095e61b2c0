"""Reverse mode once more, over the program that JAX records of any function.

`jax.make_jaxpr` runs f on arrays without values and writes down its primitives: a tape
that needs no Node. What is left to do is the same sweep. Source: the book, section 6.3.
"""

import string
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from nnds.autodiff.tape import unbroadcast

INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")  # parameters that hold another program


def grad(f: Callable[..., Array]) -> Callable[..., PyTree]:
    """Return the function that gives the gradient of f for its first argument, a tree.

    f is written in JAX and gives a scalar, ValueError if it does not.
    NotImplementedError names a primitive that has no rule here.

    >>> grad(lambda x: x * jnp.sin(x))(jnp.array(0.0)).item()
    0.0
    """

    def of(x: PyTree, *rest: Any) -> PyTree:
        leaves, tree = jax.tree.flatten(x)
        program = jax.make_jaxpr(lambda *nodes: f(tree.unflatten(nodes), *rest))
        closed = program(*leaves)
        y, pull = vjp(closed.jaxpr, closed.consts, leaves)
        if len(y) != 1 or jnp.shape(y[0]) != ():
            raise ValueError(f"a gradient is that of a scalar; got {y}")
        return tree.unflatten(pull([jnp.ones_like(y[0])]))

    return of


def vjp(
    jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Any]
) -> tuple[list[Any], Callable[[Sequence[Any]], list[Any]]]:
    """Return the results of a program, and the function from their cotangents to those
    of its inputs. The first runs every equation and keeps all values: the tape.

    >>> closed = jax.make_jaxpr(lambda x: x * x)(3.0)
    >>> y, pull = vjp(closed.jaxpr, closed.consts, [jnp.array(3.0)])
    >>> y[0].item(), pull([jnp.array(1.0)])[0].item()
    (9.0, 6.0)
    """
    known = dict(
        zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *inputs), strict=True)
    )
    pulls = []
    for equation in jaxpr.eqns:
        values = [read(known, v) for v in equation.invars]
        results, pull = step(equation, values)
        known.update(zip(equation.outvars, results, strict=True))
        pulls.append(pull)

    def backward(cotangents: Sequence[Any]) -> list[Any]:
        total: dict[Any, Any] = {}

        def collect(variables: Sequence[Any], parts: Sequence[Any]) -> None:
            for v, part in zip(variables, parts, strict=True):
                if not hasattr(v, "val") and part is not None:
                    total[v] = total[v] + part if v in total else part

        collect(jaxpr.outvars, cotangents)
        for equation, pull in zip(reversed(jaxpr.eqns), reversed(pulls), strict=True):
            if any(v in total for v in equation.outvars):
                out = equation.outvars
                gs = [total.get(v, jnp.zeros_like(known[v])) for v in out]
                collect(equation.invars, pull(gs))
        ends = zip(jaxpr.invars, inputs, strict=True)
        return [total.get(v, jnp.zeros_like(x)) for v, x in ends]

    return [read(known, v) for v in jaxpr.outvars], backward


def read(known: Mapping[Any, Any], variable: Any) -> Any:
    """Return the value of a variable, or of a number that stands in the program."""
    return variable.val if hasattr(variable, "val") else known[variable]


def step(equation: Any, values: list[Any]) -> tuple[list[Any], Callable[..., Any]]:
    """Return the results of one equation, and its VJP.

    A program inside of the program is a step by itself, with its own tape.
    """
    name, params = equation.primitive.name, equation.params
    inner = next((params[k] for k in INNER if k in params), None)
    if inner is not None and len(inner.jaxpr.invars) == len(values):
        return vjp(inner.jaxpr, inner.consts, values)
    results = equation.primitive.bind(*values, **params)
    several = equation.primitive.multiple_results
    if not several and not (is_float(results) and any(map(is_float, values))):
        return [results], lambda gs: [None] * len(values)  # a count has no slope
    if name not in RULES and name not in LINEAR:
        raise NotImplementedError(f"the primitive {name} has no VJP here")
    if name in LINEAR:
        return [results], lambda gs: transposed(equation, values[0], gs[0])
    rule = partial(RULES[name], params)

    def pull(gs: Sequence[Any]) -> list[Any]:
        parts = zip(rule(gs[0], results, *values), values, strict=True)
        return [g if g is None else unbroadcast(g, jnp.shape(x)) for g, x in parts]

    return [results], pull


def is_float(x: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(x), jnp.floating)


def transposed(equation: Any, x: Any, g: Any) -> tuple[Any, ...]:
    """Return the VJP of a primitive that only moves, copies or adds numbers of x.

    It is linear, so its VJP is its transpose, whatever x is.
    """
    move = partial(equation.primitive.bind, **equation.params)
    return jax.linear_transpose(move, jax.ShapeDtypeStruct(jnp.shape(x), x.dtype))(g)


def contraction(
    params: Mapping[str, Any], g: Any, y: Any, a: Any, b: Any
) -> tuple[Any, Any]:
    """Return the VJP of a sum of products over any axes: two such sums.

    Each axis has a letter. An axis of a is in y or in b, so g and b together have all.
    """
    (contract_a, contract_b), (batch_a, batch_b) = params["dimension_numbers"]
    letters = iter(string.ascii_letters)
    of_a = {i: next(letters) for i in range(a.ndim)}
    same = zip((*contract_b, *batch_b), (*contract_a, *batch_a), strict=True)
    of_b = {j: of_a[i] for j, i in same}
    of_b = {j: of_b.get(j) or next(letters) for j in range(b.ndim)}
    free = [of_a[i] for i in range(a.ndim) if i not in (*contract_a, *batch_a)]
    free += [of_b[j] for j in range(b.ndim) if j not in (*contract_b, *batch_b)]
    of_y = "".join([of_a[i] for i in batch_a] + free)
    left, right = "".join(of_a.values()), "".join(of_b.values())
    return (
        jnp.einsum(f"{of_y},{right}->{left}", g, b),
        jnp.einsum(f"{of_y},{left}->{right}", g, a),
    )


def largest(params: Mapping[str, Any], g: Any, y: Any, x: Any) -> tuple[Any]:
    """Return the VJP of a maximum over axes: to the largest, in equal parts if tied."""
    is_largest = x == jnp.expand_dims(y, params["axes"])
    count = jnp.sum(is_largest, params["axes"])
    return (is_largest * jnp.expand_dims(g / count, params["axes"]),)


def chosen(params: Mapping[str, Any], g: Any, y: Any, which: Any, *cases: Any) -> list:
    """Return the VJP of a choice: to the case that was chosen, at each place."""
    number = which.astype(int)
    return [None, *(jnp.where(number == i, g, 0) for i in range(len(cases)))]


LINEAR = {
    *("broadcast_in_dim", "reshape", "transpose", "reduce_sum", "squeeze"),
    *("convert_element_type", "slice", "rev", "copy", "neg"),
}
RULES: dict[str, Callable[..., Any]] = {
    "add": lambda p, g, y, a, b: (g, g),
    "add_any": lambda p, g, y, a, b: (g, g),
    "sub": lambda p, g, y, a, b: (g, -g),
    "mul": lambda p, g, y, a, b: (g * b, g * a),
    "div": lambda p, g, y, a, b: (g / b, -g * y / b),
    "exp": lambda p, g, y, x: (g * y,),
    "log": lambda p, g, y, x: (g / x,),
    "log1p": lambda p, g, y, x: (g / (1 + x),),
    "sin": lambda p, g, y, x: (g * jnp.cos(x),),
    "cos": lambda p, g, y, x: (-g * jnp.sin(x),),
    "tanh": lambda p, g, y, x: (g * (1 - y**2),),
    "logistic": lambda p, g, y, x: (g * y * (1 - y),),
    "sqrt": lambda p, g, y, x: (g / (2 * y),),
    "square": lambda p, g, y, x: (2 * g * x,),
    "integer_pow": lambda p, g, y, x: (g * p["y"] * x ** (p["y"] - 1),),
    "max": lambda p, g, y, a, b: (
        g * ((a > b) + (a == b) / 2),
        g * ((b > a) + (a == b) / 2),
    ),
    "abs": lambda p, g, y, x: (g * jnp.sign(x),),
    "stop_gradient": lambda p, g, y, x: (None,),
    "select_n": chosen,
    "reduce_max": largest,
    "dot_general": contraction,
}
