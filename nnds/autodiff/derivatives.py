"""What the two modes are made into: differences, Jacobians, curvature, own rules."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Function = Callable[[Array], Array]


def central_difference(
    f: Function, x: Float[Array, " d"], h: float = 1e-2
) -> Float[Array, " d"]:
    """Return `(f(x + h eᵢ) - f(x - h eᵢ)) / 2h` for each axis i: about the gradient.

    It takes 2 d runs of f. The error of the formula falls as h², that of rounding grows
    as 1/h: no h gives all digits. Source: the book, section 6.1.

    >>> central_difference(lambda x: x @ x, jnp.array([1.0, 2.0])).round(2).tolist()
    [2.0, 4.0]
    """
    axes = h * jnp.eye(len(x), dtype=x.dtype)
    return jax.vmap(lambda step: (f(x + step) - f(x - step)) / (2 * h))(axes)


def jacobian_by_columns(f: Function, x: Float[Array, " d"]) -> Float[Array, "c d"]:
    """Return `J[i, j] = ∂fᵢ/∂xⱼ` from d JVPs: column j is the slope along axis j.

    Right for few inputs and many results. Source: the book, section 6.2.

    >>> jacobian_by_columns(lambda x: jnp.stack([x[0] * x[1]]), jnp.array([2.0, 3.0]))
    Array([[3., 2.]], dtype=float32)
    """
    _, push = jax.linearize(f, x)
    return jax.vmap(push, out_axes=1)(jnp.eye(len(x), dtype=x.dtype))


def jacobian_by_rows(f: Function, x: Float[Array, " d"]) -> Float[Array, "c d"]:
    """Return `J[i, j] = ∂fᵢ/∂xⱼ` from c VJPs: row i is the gradient of result i.

    Right for few results and many inputs; a loss has one. Source: the book, section
    6.3.

    >>> jacobian_by_rows(lambda x: jnp.stack([x[0] * x[1]]), jnp.array([2.0, 3.0]))
    Array([[3., 2.]], dtype=float32)
    """
    y, pull = jax.vjp(f, x)
    return jax.vmap(lambda g: pull(g)[0])(jnp.eye(len(y), dtype=y.dtype))


def hessian_vector_product(
    f: Function, x: Float[Array, " d"], v: Float[Array, " d"]
) -> Float[Array, " d"]:
    """Return `H v`, where H is the Hessian of f at x, without building H.

    It is the slope of the gradient along v: forward mode over reverse mode, at the cost
    of a few runs of f. Source: Pearlmutter (1994).

    >>> hessian_vector_product(lambda x: x[0] ** 2 * x[1], jnp.ones(2), jnp.ones(2))
    Array([4., 2.], dtype=float32)
    """
    return jax.jvp(jax.grad(f), (x,), (v,))[1]


@jax.custom_vjp
def swish_by_hand(x: Float[Array, "*s"], beta: Float[Array, ""]) -> Float[Array, "*s"]:
    """Return `x·sigmoid(beta·x)`, with a VJP that was written by hand.

    Its tape keeps x and beta only, and computes the sigmoid once more on the way back.
    Only reverse mode knows it: `jax.jvp` raises TypeError. Source: Ramachandran, Zoph &
    Le (2018), section 4.

    >>> swish_by_hand(jnp.array(3.0), jnp.array(0.0)).item()
    1.5
    """
    return jax.nn.sigmoid(beta * x) * x


def _swish_forward(x: Array, beta: Array) -> tuple[Array, tuple[Array, Array]]:
    return swish_by_hand(x, beta), (x, beta)


def _swish_backward(kept: tuple[Array, Array], g: Array) -> tuple[Array, Array]:
    x, beta = kept
    s = jax.nn.sigmoid(beta * x)
    bend = s * (1 - s)  # the slope of the sigmoid
    return g * (s + beta * x * bend), jnp.sum(g * x**2 * bend)


swish_by_hand.defvjp(_swish_forward, _swish_backward)
