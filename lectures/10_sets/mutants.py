"""Wrong solutions that no `Mistake` of an exercise stands for already."""

import jax
import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside

solutions = solutions_beside(__file__)

# deep_set ----------------------------------------------------------------------


@mutant(
    "deep_set", "values", "numpy: the mean of an empty set is NaN", says="empty set"
)
def divides_by_zero_items(x, w, u):
    return jax.nn.relu(x @ w).mean(0) @ u


# multi_head --------------------------------------------------------------------


def heads_of(x, w, heads):
    n, d = x.shape
    return (x @ w).reshape(n, heads, d // heads)


def attend(q, k, v, scale, axis=-1):
    scores = jnp.einsum("nks,mks->knm", q, k) * scale
    return jnp.einsum("knm,mks->nks", jax.nn.softmax(scores, axis), v)


@mutant("multi_head", "no Python loop over n", "github jax-ml/jax#402: unrolled")
def loops_over_tokens(x, q, k, v, o, heads):
    queries, keys, values = (heads_of(x, w, heads) for w in (q, k, v))
    scale = (x.shape[1] // heads) ** -0.5
    rows = [attend(queries[i : i + 1], keys, values, scale)[0] for i in range(len(x))]
    return jnp.stack(rows).reshape(x.shape) @ o


# rope --------------------------------------------------------------------------


@mutant("rope", "no Python loop over n", "github jax-ml/jax#402: unrolled")
def loops_over_positions(x):
    turn = solutions.angles(*x.shape)
    rows = [rotated(x[i : i + 1], turn[i : i + 1])[0] for i in range(x.shape[0])]
    return jnp.stack(rows) if rows else x


def rotated(x, turn):
    a, b = x[:, 0::2], x[:, 1::2]
    cos, sin = jnp.cos(turn), jnp.sin(turn)
    return jnp.stack([a * cos - b * sin, a * sin + b * cos], axis=-1).reshape(x.shape)


# add_positions -----------------------------------------------------------------


@mutant("multi_head", "values", "issue: always two heads")
def uses_two_heads(x, q, k, v, o, heads):
    return solutions.multi_head(x, q, k, v, o, 2)
