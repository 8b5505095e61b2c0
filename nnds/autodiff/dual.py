"""Forward mode: numbers that carry their slope along.

A dual number `a + b ε`, with `ε² = 0`, is a value and its derivative in one direction;
each rule of differentiation is then a rule of arithmetic. Source: the book, section
6.2; Clifford (1873).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

Tensor = Float[Array, "..."]


@dataclass(eq=False)
class Dual:
    """A value and its slope, arrays of one shape: `f(a + b ε) = f(a) + f'(a) b ε`."""

    value: Tensor
    slope: Tensor

    __array_ufunc__ = None  # array + dual is left to the dual

    def __add__(self, other: Any) -> "Dual":
        other = dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Any) -> "Dual":
        a, b = self, dual(other)  # (a + a' ε)(b + b' ε), and ε² = 0
        return Dual(a.value * b.value, a.slope * b.value + a.value * b.slope)

    def __matmul__(self, other: Any) -> "Dual":
        a, b = self, dual(other)
        return Dual(a.value @ b.value, a.slope @ b.value + a.value @ b.slope)

    def __pow__(self, n: float | int) -> "Dual":
        slope = n * self.value ** (n - 1 if n else 0)
        return Dual(self.value**n, slope * self.slope)

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Any) -> "Dual":
        return self + -dual(other)

    def __truediv__(self, other: Any) -> "Dual":
        return self * dual(other) ** -1

    def __radd__(self, other: Any) -> "Dual":
        return dual(other) + self

    def __rmul__(self, other: Any) -> "Dual":
        return dual(other) * self

    def __rsub__(self, other: Any) -> "Dual":
        return dual(other) - self

    def __rtruediv__(self, other: Any) -> "Dual":
        return dual(other) / self

    def __rmatmul__(self, other: Any) -> "Dual":
        return dual(other) @ self


def dual(x: Any) -> Dual:
    """Return a dual number as it is, and anything else as a constant, of slope 0.

    >>> dual(3.0).slope.item()
    0.0
    """
    if isinstance(x, Dual):
        return x
    x = jnp.asarray(x, float)
    return Dual(x, jnp.zeros_like(x))


def exp(x: Dual) -> Dual:
    y = jnp.exp(x.value)
    return Dual(y, y * x.slope)


def log(x: Dual) -> Dual:
    return Dual(jnp.log(x.value), x.slope / x.value)


def sin(x: Dual) -> Dual:
    return Dual(jnp.sin(x.value), jnp.cos(x.value) * x.slope)


def cos(x: Dual) -> Dual:
    return Dual(jnp.cos(x.value), -jnp.sin(x.value) * x.slope)


def tanh(x: Dual) -> Dual:
    y = jnp.tanh(x.value)
    return Dual(y, (1 - y**2) * x.slope)


def relu(x: Dual) -> Dual:
    return Dual(jnp.where(x.value > 0, x.value, 0.0), (x.value > 0) * x.slope)


def total(x: Dual, axis: int | None = None) -> Dual:
    return Dual(jnp.sum(x.value, axis), jnp.sum(x.slope, axis))


def jvp(f: Callable[[Dual], Dual], x: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Return `f(x)` and its derivative along v, `J v`, in one run of f on dual numbers.

    >>> [y.item() for y in jvp(lambda x: x * x, jnp.array(3.0), jnp.array(1.0))]
    [9.0, 6.0]
    """
    y = dual(f(Dual(x, v)))
    return y.value, y.slope
