"""Wrong solutions whose values are right; the others are mistakes of the exercises."""

import jax
import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside

solutions = solutions_beside(__file__)


@mutant("unbroadcast", "no Python loop over n", "constructed: rows one by one")
def adds_rows_in_a_loop(g, x):
    if x.shape[0] < g.shape[0]:
        g = sum(g[i : i + 1] for i in range(g.shape[0]))
    return g.sum(1, keepdims=True) if x.shape[1] < g.shape[1] else g


@mutant("unbroadcast", "jit", "jax.errors.TracerBoolConversionError: if on values")
def asks_for_values(g, x):
    return solutions.unbroadcast(g if g.sum() != 0.123 else 2 * g, x)


@mutant("matmul_vjp", "no Python loop over n", "constructed: a sum of outer products")
def adds_outer_products(g, x, w):
    each = [jnp.outer(x[i], g[i]) for i in range(x.shape[0])]
    return g @ w.T, sum(each, jnp.zeros(w.shape))


@mutant("backward", "jit", "jax.errors.TracerIntegerConversionError: a list of parents")
def reads_parents_as_integers(parents, slopes):
    g = [0.0] * parents.shape[0]
    g[-1] = 1.0
    for i in reversed(range(parents.shape[0])):
        for k in (0, 1):
            g[int(parents[i, k])] += slopes[i, k] * g[i]
    return jnp.array(g)


@mutant("softmax_jacobian", "no Python loop over c", "one VJP after the other")
def calls_once_a_row(w, x):
    p, pull = jax.vjp(lambda x: jax.nn.softmax(w @ x), x)
    rows = [pull(one)[0] for one in jnp.eye(p.shape[0])]
    return jnp.stack(rows) if rows else jnp.zeros(w.shape)


@mutant(
    "softmax_jacobian",
    "values",
    "softmax by its formula overflows",
    says="",
)
def overflows(w, x):
    def p(x):
        e = jnp.exp(w @ x)
        return e / e.sum()

    y, pull = jax.vjp(p, x)
    return jax.vmap(pull)(jnp.eye(y.shape[0], dtype=y.dtype))[0]
