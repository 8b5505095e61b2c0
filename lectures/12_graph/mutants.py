"""Wrong solutions that no `Mistake` of an exercise stands for already."""

import jax
import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside

solutions = solutions_beside(__file__)

# sym_normalise -----------------------------------------------------------------


@mutant("sym_normalise", "gradients", "constructed: degrees taken as constants")
def freezes_the_degrees(a):
    b = a + jnp.eye(a.shape[0])
    root = jax.lax.stop_gradient(jnp.sqrt(b.sum(1)))
    return b / root[:, None] / root[None, :]


# neighbour_mean ----------------------------------------------------------------


@mutant(
    "neighbour_mean",
    "values",
    "github MrLeeeee/GCN-GAT-and-Graphsage#3: 0 / 0",
    says="divided by 0",
)
def divides_by_zero(x, a):
    return a @ x / a.sum(1, keepdims=True)


@mutant("neighbour_mean", "finite gradients", "github pytorch/pytorch#16317: 0 / 0")
def hides_the_division(x, a):
    degree = a.sum(1, keepdims=True)
    return jnp.where(degree > 0, a / degree, 0) @ x


# scatter_sum -------------------------------------------------------------------


@mutant(
    "scatter_sum",
    "values",
    "github jax-ml/jax#9344: the last one wins in NumPy",
    says="kept one",
)
def keeps_one_of_several(messages, target, n):
    return jnp.zeros((n, messages.shape[1])).at[target].set(messages)


@mutant(
    "scatter_sum",
    "values",
    "jax.ops.segment_sum(indices_are_sorted=True) unsorted",
    says="from 1",
)
def counts_targets_from_one(messages, target, n):
    return jnp.zeros((n, messages.shape[1])).at[target - 1].add(messages)


@mutant("scatter_sum", "no Python loop over e", "github jax-ml/jax#402: unrolled")
def loops_over_edges(messages, target, n):
    out = jnp.zeros((n, messages.shape[1]))
    for e in range(messages.shape[0]):
        out = out.at[target[e]].add(messages[e])
    return out


# random_walk -------------------------------------------------------------------


@mutant("random_walk", "scale invariance", "github pyg-team/pytorch_geometric#10098")
def counts_edges_for_weights(a, steps):
    degree = (a > 0).sum(1, keepdims=True)
    power, columns = jnp.eye(a.shape[0]), []
    for _ in range(steps):
        power = power @ (a / jnp.maximum(degree, 1))
        columns.append(jnp.diagonal(power))
    return jnp.stack(columns, axis=1)


@mutant(
    "random_walk",
    "values",
    "github mlx-graphs/mlx-graphs#18: 0 / 0 is NaN",
    says="divided by 0",
)
def divides_by_no_neighbours(a, steps):
    walk = a / a.sum(1, keepdims=True)
    powers = [jnp.linalg.matrix_power(walk, k) for k in range(1, steps + 1)]
    return jnp.stack([jnp.diagonal(p) for p in powers], axis=1)


# what holds for one size, one number of steps, one kind of graph ----------------


@mutant("sym_normalise", "values", "issue: rows for columns, where all is symmetric")
def divides_by_the_columns(a):
    return solutions.sym_normalise(a.T).T


@mutant("scatter_sum", "values", "issue: always four entries")
def has_four_nodes(messages, target, n):
    return solutions.scatter_sum(messages, target, 4)


@mutant("random_walk", "values", "issue: always four steps")
def walks_four_steps(a, steps):
    return solutions.random_walk(a, 4)


@mutant("random_walk", "values", "issue: rows for columns, where all is symmetric")
def divides_walks_by_the_columns(a, steps):
    return solutions.random_walk(a.T, steps)
