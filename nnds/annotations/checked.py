"""What a call is compared with: the dtype, the number of axes, and sizes that agree.

NumPy's arrays are taken as JAX's, and a Python number as an array without axes. What
a function returns is not compared: that is tested.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnds.annotations.message import explain
from nnds.annotations.shape import Parameter, Shape, parameters

Sizes = dict[str, tuple[Any, str]]  # of a named axis: its size, and in which argument


def checked(function: Callable) -> Callable:
    """Return the function, with its arrays compared with their annotations first.

    Under `jit` this happens once, while tracing. TypeError says what does not fit.
    """
    positional, named = parameters(function)
    if not any(named.values()):
        return function

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True  # IPython then leaves this frame out
        sizes: Sizes = {}
        wrong = None
        taken = list(args)
        for i, parameter in enumerate(positional[: len(args)]):
            if parameter is not None:
                taken[i], fits = compare(parameter, args[i], sizes)
                wrong = wrong or (None if fits else parameter)
        for name, value in kwargs.items():
            parameter = named.get(name)
            if parameter is not None:
                kwargs[name], fits = compare(parameter, value, sizes)
                wrong = wrong or (None if fits else parameter)
        if wrong is not None:
            arguments = dict(zip(named, args, strict=False)) | kwargs
            shapes = {name: p.shapes for name, p in named.items() if p}
            text = explain(function, wrong.name, arguments, shapes, sizes)
            raise TypeError(text) from None
        return function(*taken, **kwargs)

    return call


def compare(parameter: Parameter, value: Any, sizes: Sizes) -> tuple[Any, bool]:
    """Return the value as an array, and whether it fits; note its axes in `sizes`."""
    if parameter.types and isinstance(value, parameter.types):
        return value, True
    for shape in parameter.shapes:
        array = as_array(value, shape)
        if array is None or not right_kind(array, shape):
            continue
        new = match(parameter.name, shape, array.shape, sizes)
        if new is not None:
            sizes.update(new)
            return array, True
    return value, False


def as_array(value: Any, shape: Shape) -> Any:
    """Return a NumPy array or a number as an array of JAX; None for anything else."""
    if isinstance(value, jax.Array) or not shape.convert:
        return value if hasattr(value, "shape") and hasattr(value, "dtype") else None
    if isinstance(value, np.ndarray | np.generic):
        return jnp.asarray(value)
    if isinstance(value, bool | int | float) and not shape.axes:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return jnp.asarray(float(value) if whole and shape.kind == "Float" else value)
    return None


def right_kind(array: Any, shape: Shape) -> bool:
    if shape.kind == "Key":
        return jnp.issubdtype(array.dtype, jax.dtypes.prng_key)
    return shape.dtypes is None or array.dtype.name in shape.dtypes


def match(
    argument: str, shape: Shape, received: tuple[Any, ...], sizes: Sizes
) -> Sizes | None:
    """Return the sizes of axes seen for the first time; None if an axis does not fit.

    An axis `#n` may have size 1; one that is written as a sum, or `_`, may have any.
    """
    axes = shape.axes
    if shape.variadic is not None:
        axes = _spread(axes, shape.variadic, len(received))
    if len(axes) != len(received):
        return None
    new: Sizes = {}
    for axis, size in zip(axes, received, strict=True):
        if axis.isdigit():
            if int(axis) != size:
                return None
        elif (name := axis.lstrip("#")).isidentifier() and name != "_":
            if axis[0] == "#" and size == 1:
                continue
            known = sizes.get(name) or new.get(name)
            if known is None:
                new[name] = (size, argument)
            elif known[0] is not size and known[0] != size:
                return None
    return new


def _spread(axes: tuple[str, ...], at: int, count: int) -> tuple[str, ...]:
    """Replace the axis that stands for many by as many free ones as are needed."""
    many = max(count - len(axes) + 1, 0)
    return axes[:at] + ("_",) * many + axes[at + 1 :]
