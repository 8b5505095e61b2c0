"""Gated layers and maxout: what passes is decided by the input itself."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnds.activations import sigmoid, silu
from nnds.init import glorot


def glu(
    x: Float[Array, " d"], w: Float[Array, "d c"], v: Float[Array, "d c"]
) -> Float[Array, " c"]:
    """Return `σ(wᵀx) ⊙ vᵀx`: the gate, between 0 and 1, says how much of vᵀx passes.

    Source: Dauphin et al. (2017), eq. 1, without biases; the book, section 5.4.

    >>> glu(jnp.array([3.0]), jnp.zeros((1, 1)), jnp.ones((1, 1))).tolist()
    [1.5]
    """
    return sigmoid(x @ w) * (x @ v)


def swiglu(
    x: Float[Array, " d"],
    w: Float[Array, "d h"],
    v: Float[Array, "d h"],
    u: Float[Array, "h c"],
) -> Float[Array, " c"]:
    """Return `uᵀ(silu(wᵀx) ⊙ vᵀx)`, the feed-forward layer of many language models.

    Source: Shazeer (2020), eq. 6.

    >>> swiglu(jnp.ones(1), jnp.zeros((1, 2)), jnp.ones((1, 2)), jnp.ones((2, 1)))
    Array([0.], dtype=float32)
    """
    return (silu(x @ w) * (x @ v)) @ u


def maxout(
    x: Float[Array, " d"], w: Float[Array, "d k c"], b: Float[Array, "k c"]
) -> Float[Array, " c"]:
    """Return `maxₖ (wₖᵀx + bₖ)`: each output is the largest of k linear functions.

    A convex function of x with at most k flat pieces; ReLU is maxout of x and 0.
    Source: Goodfellow et al. (2013), section 3; the book, section 5.4.

    >>> maxout(jnp.array([-2.0]), jnp.array([[[1.0], [-1.0]]]), jnp.zeros((2, 1)))
    Array([2.], dtype=float32)
    """
    return jnp.max(jnp.einsum("d,dkc->kc", x, w) + b, axis=0)


class GLU(eqx.Module):
    """`glu` with learned `w` and `v`."""

    w: Float[Array, "d c"]
    v: Float[Array, "d c"]

    @classmethod
    def init(cls, d: int, c: int, *, key: PRNGKeyArray) -> "GLU":
        for_w, for_v = jax.random.split(key)
        return cls(w=glorot(for_w, d, c), v=glorot(for_v, d, c))

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        return glu(x, self.w, self.v)


class SwiGLU(eqx.Module):
    """`swiglu` with learned `w`, `v` and `u`."""

    w: Float[Array, "d h"]
    v: Float[Array, "d h"]
    u: Float[Array, "h c"]

    @classmethod
    def init(cls, d: int, h: int, c: int, *, key: PRNGKeyArray) -> "SwiGLU":
        for_w, for_v, for_u = jax.random.split(key, 3)
        return cls(w=glorot(for_w, d, h), v=glorot(for_v, d, h), u=glorot(for_u, h, c))

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        return swiglu(x, self.w, self.v, self.u)


class Maxout(eqx.Module):
    """`maxout` with learned `w` and `b`."""

    w: Float[Array, "d k c"]
    b: Float[Array, "k c"]

    @classmethod
    def init(cls, d: int, c: int, k: int = 2, *, key: PRNGKeyArray) -> "Maxout":
        w = glorot(key, d, k * c).reshape(d, k, c)
        return cls(w=w, b=jnp.zeros((k, c)))

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " c"]:
        return maxout(x, self.w, self.b)
