"""Symbolic differentiation: an expression in, an expression out.

An expression is a number, the name of a variable, or a tuple: `("+", a, b)`,
`("*", a, b)`, `("sin", a)`, `("cos", a)`, `("exp", a)`. Source: the book, section 6.1.
"""

import math
from collections.abc import Mapping
from typing import Any

Expression = Any


def differentiate(e: Expression, x: str) -> Expression:
    """Return the expression `∂e/∂x`, by the rules of school, without simplification.

    The rule of products copies both factors, so an expression may grow quickly.
    ValueError for an operation that has no rule.

    >>> differentiate(("*", "x", "x"), "x")
    ('+', ('*', 1, 'x'), ('*', 'x', 1))
    """
    match e:
        case ("+", a, b):
            return "+", differentiate(a, x), differentiate(b, x)
        case ("*", a, b):
            return "+", ("*", differentiate(a, x), b), ("*", a, differentiate(b, x))
        case ("exp", a):
            return "*", e, differentiate(a, x)
        case ("sin", a):
            return "*", ("cos", a), differentiate(a, x)
        case ("cos", a):
            return "*", ("*", -1, ("sin", a)), differentiate(a, x)
        case str() | int() | float():
            return int(e == x)
    raise ValueError(f"no rule for {e!r}")


def evaluate(e: Expression, values: Mapping[str, float | int]) -> float | int:
    """Return the number that e is for these values of its variables.

    >>> evaluate(("+", "x", ("*", 2, "x")), {"x": 5})
    15
    """
    match e:
        case ("+", a, b):
            return evaluate(a, values) + evaluate(b, values)
        case ("*", a, b):
            return evaluate(a, values) * evaluate(b, values)
        case (name, a):
            return getattr(math, name)(evaluate(a, values))
        case str():
            return values[e]
    return e


def size(e: Expression) -> int:
    """Return how many operations e holds: what it costs to evaluate as it stands.

    >>> size(("*", "x", ("sin", "x")))
    2
    """
    return 1 + sum(size(part) for part in e[1:]) if isinstance(e, tuple) else 0
