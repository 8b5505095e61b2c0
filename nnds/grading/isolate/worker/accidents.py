"""Slips of the hand, each said in one sentence that tells what to do about it.

An error message of JAX or Python is written for its own authors. These sentences are
for someone who writes a first function.
"""

import builtins
import inspect
import re
from collections.abc import Callable
from difflib import get_close_matches
from types import FunctionType, GeneratorType, ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

NUMBERS = (bool, int, float, complex, np.generic)
ARRAYS = (jax.Array, np.ndarray)
SLIPS = {  # what JAX and Python say, and what it means
    r"Gradient only defined for scalar-output.*shape: (\(.*?\))": (
        "Only one number has a derivative by `jax.grad`, and this is an array of shape "
        "{0}{where}."
    ),
    r"contracting dimensions to have the same shape, got (\(.*?\)) and (\(.*?\))": (
        "The shapes do not fit in this product{where}: it sums over axes of the sizes "
        "{0} and {1}."
    ),
    r"matmul input operand \d must have ndim": (
        "`@` multiplies vectors and matrices, and here one side is a single number"
        "{where}."
    ),
    r"incompatible shapes for broadcasting: (.*)\.$": (
        "The shapes {0} do not fit together{where}."
    ),
    r"Too many indices": "The array has fewer axes than there are indices{where}.",
    r"index .*out of (?:range|bounds)": (
        "There is no such place{where}: places count from 0, and the last is one less "
        "than the length."
    ),
    r"sub does not accept dtype bool": (
        "Truth values cannot be subtracted{where}: make numbers of them first."
    ),
    r"(\w+\(\)) got an unexpected keyword argument '(\w+)'": (
        "`{0}` has no argument `{1}`{where}."
    ),
}
UNKNOWN = {  # what nobody can read while JAX traces a function, the special before all
    jax.errors.TracerBoolConversionError: (
        "While JAX traces a function, as jit and vmap do, a value cannot choose a "
        "branch{where}: write jnp.where in place of `if`, `and`, `or` and `max`."
    ),
    jax.errors.NonConcreteBooleanIndexError: (
        "While JAX traces a function, as jit and vmap do, a mask cannot pick numbers"
        "{where}, since nobody knows how many: write jnp.where."
    ),
    (jax.errors.ConcretizationTypeError, jax.errors.TracerIntegerConversionError): (
        "While JAX traces a function, as jit and vmap do, the numbers of an array are "
        "not known{where}: neither int(), float() nor range() may read them."
    ),
}


class Accident(Exception):
    """A result that no check can use; the message is a sentence for the student."""


def refuse(out: Any, function: Callable[..., Any]) -> None:
    """Raise Accident where a result is not an array, or a tuple of arrays."""
    if out is None:
        printed = "print" in getattr(
            getattr(function, "__code__", None), "co_names", ()
        )
        raise Accident(
            "Your function prints its result and returns nothing: end it with `return`."
            if printed
            else "Your function returns None: end it with `return` and the result."
        )
    if isinstance(out, list | tuple):
        kind = type(out).__name__
        others = [(i, x) for i, x in enumerate(out) if not isinstance(x, ARRAYS)]
        if isinstance(out, tuple) and len(out) > 1 and others:
            i, part = others[0]
            remedy = ": jnp.stack makes one of it" if isinstance(part, list) else ""
            raise Accident(
                f"Part {i} of your result (they count from 0) is a "
                f"{type(part).__name__}, where an array is expected{remedy}."
            )
        if len(out) < 2 or others:
            raise Accident(
                f"Your function returns a {kind}, where an array is expected: "
                "jnp.array or jnp.stack makes one of it."
            )
    elif isinstance(out, GeneratorType):
        raise Accident(
            "Your function returns a generator, where an array is expected: write "
            "`return` and not `yield`, and jnp.stack around the parts."
        )
    elif isinstance(out, FunctionType | type) or callable(out):
        raise Accident("Your function returns a function: call it, with parentheses.")
    elif not isinstance(out, ARRAYS + NUMBERS):
        kind = type(out).__name__
        raise Accident(f"Your function returns a {kind}, where an array is expected.")
    array = out if isinstance(out, np.ndarray) else None
    if array is not None and array.dtype.kind not in "biuf":
        raise Accident(
            f"Your function returns an array of {array.dtype}, not of numbers."
        )


def narrow(out: Any) -> None:
    """Raise Accident where arguments in bfloat16 give a float of another kind."""
    for leaf in jax.tree.leaves(out):
        wide = isinstance(leaf, ARRAYS) and leaf.dtype != jnp.bfloat16
        if wide and jnp.issubdtype(leaf.dtype, jnp.floating):
            raise Accident(
                f"Your result is {leaf.dtype} where the arguments are bfloat16: name "
                "no dtype, so that the result has that of the arguments."
            )


def sentence(
    error: BaseException, function: Callable[..., Any], where: str
) -> str | None:
    """Return what to say of an error that is an accident; None for any other error.

    where: the student's line, as text that follows a sentence, or nothing.
    """
    text = str(error)[:1000]  # patterns take long on the megabytes that it may have
    if isinstance(error, Accident):
        return text
    if isinstance(error, UnboundLocalError):
        name = _quoted(text)
        return f"`{name}` is read before it has a value{where}."
    if isinstance(error, NameError):
        return _misspelt(error.name or _quoted(text), _names(function), where)
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        module = error.obj.__name__
        names = [n for n in dir(error.obj) if not n.startswith("_")]
        guess = _guess(str(error.name), names)
        return f"`{module}` has no `{error.name}`{where}{guess}"
    immutable = "object does not support item assignment" in text and "JAX" in text
    if immutable or "JAX arrays are immutable" in text or "is read-only" in text:
        return (
            f"A JAX array cannot be changed in place{where}: write "
            "`x = x.at[i].set(value)`, or `.add(value)`, for `x[i] = value`."
        )
    if isinstance(error, jax.errors.TracerArrayConversionError):
        return (
            f"NumPy cannot be traced or differentiated{where}: use jnp (jax.numpy) in "
            "place of np."
        )
    for kind, says in UNKNOWN.items():
        if isinstance(error, kind):
            return says.format(where=where)
    for pattern, says in SLIPS.items():
        if where and (match := re.search(pattern, text)):
            return says.format(*match.groups(), where=where)
    if "math." in where and isinstance(error, OverflowError | TypeError):
        return (
            f"A function of `math` takes a plain number{where}: use that of jnp "
            "(jax.numpy), which takes arrays and knows infinity."
        )
    if isinstance(error, TypeError) and not where:
        return _wrong_arguments(text, function)
    if isinstance(error, RecursionError):
        return f"Your function calls itself without an end{where}."
    return None


def _quoted(text: str) -> str:
    match = re.search(r"'([^']*)'", text)
    return match[1] if match else "a name"


def _names(function: Callable[..., Any]) -> list[str]:
    code = getattr(function, "__code__", None)
    own = (*code.co_varnames, *code.co_cellvars, *code.co_freevars) if code else ()
    scope = getattr(function, "__globals__", {})
    return [*own, *(n for n in scope if not n.startswith("_")), *dir(builtins)]


def _misspelt(name: str, names: list[str], where: str) -> str:
    return f"The name `{name}` is not defined{where}{_guess(name, names)}"


def _guess(name: str, names: list[str]) -> str:
    close = [n for n in get_close_matches(name, names, n=3) if n != name]
    return f". Did you mean `{close[0]}`?" if close else "."


def _wrong_arguments(text: str, function: Callable[..., Any]) -> str | None:
    """Say how the function is called, where Python could not call it at all."""
    if not re.search(r"positional argument|unexpected keyword|required argument", text):
        return None
    try:
        takes = str(inspect.signature(function))
    except (TypeError, ValueError):
        return None
    return (
        f"Your function cannot be called with the arguments of the exercise: it takes "
        f"{takes}, and {text.partition('() ')[2] or text}."
    )
