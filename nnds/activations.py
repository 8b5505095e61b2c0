"""Activations: functions of one number that bend what a linear layer made.

The fixed ones act on each number of an array. The trainable ones are functions of one
unit and its parameters; `jax.vmap` gives each unit its own, and a module holds them.
`jnp.tanh` is one more, and needs no file. No value of x makes a gradient infinite.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def step(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Return 1 where `x >= 0` and 0 elsewhere: the decision of a perceptron.

    Its slope is 0 wherever there is one, so nothing before it can learn by descent.
    Source: Rosenblatt (1958); the book, section 5.4.

    >>> step(jnp.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    return jnp.where(x >= 0, 1.0, 0.0).astype(x.dtype)


def sigmoid(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Return `1 / (1 + exp(-x))`, between 0 and 1.

    Source: the book, section 4.2.

    >>> sigmoid(jnp.array([0.0, -1000.0])).tolist()
    [0.5, 0.0]
    """
    return jnp.exp(-softplus(-x))  # the formula above divides inf by inf in its slope


def relu(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Return `max(0, x)`. Its slope at 0 is taken to be 0.

    Source: Glorot, Bordes & Bengio (2011), section 3; the book, section 5.4.

    >>> relu(jnp.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    return jnp.where(x > 0, x, 0.0)


def leaky_relu(x: Float[Array, "*s"], slope: float = 0.01) -> Float[Array, "*s"]:
    """Return `x` where it is positive and `slope·x` elsewhere: no unit can die.

    Source: Maas, Hannun & Ng (2013), eq. 2.

    >>> leaky_relu(jnp.array([-2.0, 3.0]), 0.5).tolist()
    [-1.0, 3.0]
    """
    return jnp.where(x > 0, x, slope * x)


def softplus(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Return `log(1 + exp(x))`, a smooth ReLU; its slope is `sigmoid(x)`.

    Source: Dugas et al. (2000); the book, section 5.4.

    >>> [round(y, 4) for y in softplus(jnp.array([0.0, 1000.0])).tolist()]
    [0.6931, 1000.0]
    """
    return jnp.logaddexp(x, 0.0)


def elu(x: Float[Array, "*s"], alpha: float = 1.0) -> Float[Array, "*s"]:
    """Return `x` where it is positive and `alpha·(exp(x) - 1)` elsewhere.

    Never below `-alpha`. Source: Clevert, Unterthiner & Hochreiter (2016), eq. 15.

    >>> elu(jnp.array([-1000.0, 3.0])).tolist()
    [-1.0, 3.0]
    """
    low = jnp.minimum(x, 0.0)  # else the branch not taken overflows, and its slope
    return jnp.where(x > 0, x, alpha * jnp.expm1(low))


def gelu(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Return `x·Φ(x)`, with Φ the distribution of a standard normal number.

    Exact, where `jax.nn.gelu` takes an approximation by tanh unless asked. Source:
    Hendrycks & Gimpel (2016), section 2.

    >>> [round(y, 4) for y in gelu(jnp.array([0.0, 1.0])).tolist()]
    [0.0, 0.8413]
    """
    return x * jax.scipy.stats.norm.cdf(x).astype(x.dtype)


def silu(x: Float[Array, "*s"]) -> Float[Array, "*s"]:
    """Return `x·sigmoid(x)`.

    Source: Elfwing, Uchibe & Doya (2018), eq. 10.

    >>> [round(y, 4) for y in silu(jnp.array([0.0, 1.0])).tolist()]
    [0.0, 0.7311]
    """
    return x * sigmoid(x)


def prelu(x: Float[Array, ""], slope: Float[Array, ""]) -> Float[Array, ""]:
    """Return `x` where it is positive and `slope·x` elsewhere, with a trained slope.

    Source: He et al. (2015), eq. 1.

    >>> prelu(jnp.array(-2.0), jnp.array(0.25)).item()
    -0.5
    """
    return jnp.where(x > 0, x, slope * x)


def swish(x: Float[Array, ""], beta: Float[Array, ""]) -> Float[Array, ""]:
    """Return `x·sigmoid(beta·x)`: x/2 for beta = 0, SiLU for 1, ReLU for large beta.

    Source: Ramachandran, Zoph & Le (2018), section 4; the book, section 5.4.

    >>> swish(jnp.array(3.0), jnp.array(0.0)).item()
    1.5
    """
    return x * sigmoid(beta * x)


def apl(
    x: Float[Array, ""], a: Float[Array, " s"], b: Float[Array, " s"]
) -> Float[Array, ""]:
    """Return `max(0, x) + Σₛ aₛ·max(0, bₛ - x)`: a line with s + 1 trained bends.

    Source: Agostinelli et al. (2015), eq. 1.

    >>> apl(jnp.array(-1.0), jnp.array([0.5]), jnp.array([1.0])).item()
    1.0
    """
    return relu(x) + a @ relu(b - x)


def kaf(
    x: Float[Array, ""], alpha: Float[Array, " m"], limit: float = 3.0
) -> Float[Array, ""]:
    """Return `Σᵢ αᵢ·exp(-γ·(x - dᵢ)²)`, a kernel activation function.

    The m points d are even on `[-limit, limit]`, Δ apart, and `γ = 1/(6Δ²)`. Far from
    all of them the result is 0. Fewer than two points raise ValueError. Source:
    Scardapane et al. (2019), eq. 5 and 7.

    >>> kaf(jnp.array(0.0), jnp.array([0.0, 1.0, 0.0])).item()
    1.0
    """
    m = alpha.shape[0]
    if m < 2:
        raise ValueError(f"a kernel activation needs two points or more; got {m}")
    d = jnp.linspace(-limit, limit, m, dtype=x.dtype)
    distance = jnp.clip((x - d) * ((m - 1) / (2 * limit)), -99, 99)  # its square is inf
    return alpha @ jnp.exp(-(distance**2) / 6)


class PReLU(eqx.Module):
    """`prelu` with a learned slope for each unit, or one for all."""

    slope: Float[Array, " c"]

    @classmethod
    def init(cls, c: int, *, key: PRNGKeyArray) -> "PReLU":
        """Draw slopes around the 0.25 of the paper; `c = 1` is one slope for all."""
        return cls(slope=0.25 + 0.05 * jax.random.normal(key, (c,)))

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " n"]:
        return jax.vmap(prelu)(x, jnp.broadcast_to(self.slope, x.shape))


class Swish(eqx.Module):
    """`swish` with a learned slope for each unit, or one for all."""

    beta: Float[Array, " c"]

    @classmethod
    def init(cls, c: int, *, key: PRNGKeyArray) -> "Swish":
        """Draw slopes around 1, where Swish is SiLU; `c = 1` is one slope for all."""
        return cls(beta=1 + 0.1 * jax.random.normal(key, (c,)))

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " n"]:
        return jax.vmap(swish)(x, jnp.broadcast_to(self.beta, x.shape))


class APL(eqx.Module):
    """`apl` with learned bends for each unit."""

    a: Float[Array, "c s"]
    b: Float[Array, "c s"]

    @classmethod
    def init(cls, c: int, s: int = 2, *, key: PRNGKeyArray) -> "APL":
        for_a, for_b = jax.random.split(key)
        a = 0.1 * jax.random.normal(for_a, (c, s))
        return cls(a=a, b=jax.random.normal(for_b, (c, s)))

    def __call__(self, x: Float[Array, " c"]) -> Float[Array, " c"]:
        return jax.vmap(apl)(x, self.a, self.b)


class KAF(eqx.Module):
    """`kaf` with learned mixing weights for each unit."""

    alpha: Float[Array, "c m"]

    @classmethod
    def init(cls, c: int, m: int = 20, *, key: PRNGKeyArray) -> "KAF":
        return cls(alpha=0.3 * jax.random.normal(key, (c, m)))

    def __call__(self, x: Float[Array, " c"]) -> Float[Array, " c"]:
        return jax.vmap(kaf)(x, self.alpha)
