"""How a function changes: along one direction, along all of them, and further away."""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Function = Callable[[Array], Array]


def surface(x: Float[Array, " 2"]) -> Float[Array, ""]:
    """Return `sin x0 cos x1 + sin(x0/2) cos(x1/2)`, the book's surface, on [0, 10]².

    It has several minima, maxima and saddles. x in radians; between -2 and 2. Source:
    book, section 2.2, where the axes are called x1 and x2.

    >>> surface(jnp.array([jnp.pi, 0.0])).round(3).item()
    1.0
    """
    return jnp.sin(x[0]) * jnp.cos(x[1]) + jnp.sin(x[0] / 2) * jnp.cos(x[1] / 2)


def directional_derivative(
    f: Function, x: Float[Array, " d"], v: Float[Array, " d"]
) -> Float[Array, "..."]:
    """Return `lim (f(x + h v) - f(x)) / h` for h to 0, which is `∇f(x)ᵀ v`.

    v need not have length 1: twice as long is twice as steep. For one direction the
    gradient is not built. f may return an array of any shape. Book, eq. (E.2.13).

    >>> directional_derivative(lambda x: x @ x, jnp.array([3.0, 4.0]), jnp.ones(2))
    Array(14., dtype=float32)
    """
    return jax.jvp(f, (x,), (v,))[1]


def jacobian(f: Function, x: Float[Array, " d"]) -> Float[Array, "*c d"]:
    """Return all slopes of f at x, `J[i, j] = ∂f_i / ∂x_j`.

    Column j is the derivative along axis j. Of a function with one number as its result
    it is the gradient, and of a gradient the Hessian. Book, section 2.2.

    >>> jacobian(lambda x: jnp.stack([x[0] * x[1], 5 * x[1]]), jnp.array([2.0, 3.0]))
    Array([[3., 2.],
           [0., 5.]], dtype=float32)
    """
    along = partial(directional_derivative, f, x)
    return jax.vmap(along, out_axes=-1)(jnp.eye(len(x), dtype=x.dtype))


def taylor(
    f: Function, x: Float[Array, " d"], v: Float[Array, " d"], order: int
) -> Float[Array, "..."]:
    """Return `Σ_k D_v^k f(x) / k!` for k = 0 to `order`: what f(x + v) should be.

    D_v is the derivative along v; order 1 is the tangent, order 2 the parabola. The
    error shrinks as |v| to the power order + 1. ValueError for a negative order.

    >>> taylor(lambda x: x[0] ** 2, jnp.ones(1), jnp.array([0.5]), order=1).item()
    2.0
    """
    if order < 0:
        raise ValueError(f"order is {order}; expected 0 or more")
    total = f(x)
    for k in range(1, order + 1):
        f = partial(directional_derivative, f, v=v)
        total = total + f(x) / math.factorial(k)
    return total
