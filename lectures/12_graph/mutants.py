"""Wrong solutions of the exercises of this lecture, each with where it was seen."""

import jax
import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside

solutions = solutions_beside(__file__)

# sym_normalise -----------------------------------------------------------------


@mutant(
    "sym_normalise",
    "values",
    "github pyg-team/pytorch_geometric#48",
    says="before the self-loops",
)
def counts_degrees_before_the_loops(a):
    root = jnp.sqrt(jnp.maximum(a.sum(1), 1))
    return (a + jnp.eye(a.shape[0])) / root[:, None] / root[None, :]


@mutant(
    "sym_normalise",
    "values",
    "github pyg-team/pytorch_geometric#6251: no loops",
    says="forgot the self-loops",
)
def forgets_the_loops(a):
    root = jnp.sqrt(jnp.maximum(a.sum(1), 1))
    return a / root[:, None] / root[None, :]


@mutant(
    "sym_normalise",
    "symmetry",
    "github dmlc/dgl#4976: by the rows only",
    says="rows alone",
)
def normalises_rows_only(a):
    b = a + jnp.eye(a.shape[0])
    return b / b.sum(1, keepdims=True)


@mutant(
    "sym_normalise",
    "values",
    "github YukeWang96/GNNAdvisor_OSDI21#7: multiplied",
    says="multiplied",
)
def multiplies_by_the_degree(a):
    b = a + jnp.eye(a.shape[0])
    root = jnp.sqrt(b.sum(1))
    return b * root[:, None] * root[None, :]


@mutant(
    "sym_normalise",
    "values",
    "constructed: the degree for its root",
    says="forgot the root",
)
def forgets_the_root(a):
    b = a + jnp.eye(a.shape[0])
    return b / b.sum(1)[:, None] / b.sum(1)[None, :]


@mutant(
    "sym_normalise",
    "values",
    "github mlx-graphs/mlx-graphs#18: a large epsilon",
    says="small number",
)
def adds_an_epsilon(a):
    b = a + jnp.eye(a.shape[0])
    root = jnp.sqrt(b.sum(1)) + 1e-2
    return b / root[:, None] / root[None, :]


@mutant("sym_normalise", "gradients", "constructed: degrees taken as constants")
def freezes_the_degrees(a):
    b = a + jnp.eye(a.shape[0])
    root = jax.lax.stop_gradient(jnp.sqrt(b.sum(1)))
    return b / root[:, None] / root[None, :]


# neighbour_mean ----------------------------------------------------------------


@mutant(
    "neighbour_mean",
    "values",
    "github pyg-team/pytorch_geometric#9915: by columns",
    says="columns",
)
def divides_by_the_other_degree(x, a):
    degree = a.sum(0, keepdims=True)
    return a / jnp.where(degree > 0, degree, 1) @ x


@mutant(
    "neighbour_mean",
    "values",
    "constructed: reads along the edge, not against it",
    says="wrong direction",
)
def transposes_the_edges(x, a):
    return solutions.neighbour_mean(x, a.T)


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


@mutant("neighbour_mean", "values", "constructed: sum for mean", says="took the sum")
def sums_neighbours(x, a):
    return a @ x


@mutant(
    "neighbour_mean",
    "values",
    "github danielegrattarola/spektral#21: own loops",
    says="itself",
)
def reads_itself_too(x, a):
    return solutions.neighbour_mean(x, a + jnp.eye(a.shape[0]))


@mutant(
    "neighbour_mean",
    "values",
    "constructed: counts neighbours, ignores weights",
    says="counted the neighbours",
)
def counts_neighbours(x, a):
    count = (a > 0).sum(1, keepdims=True)
    return a @ x / jnp.maximum(count, 1)


@mutant(
    "neighbour_mean",
    "permutation equivariance",
    "constructed: first nodes differ",
    says="first node",
)
def masks_the_first_node(x, a):
    return solutions.neighbour_mean(x.at[:1].set(0), a)


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
    "additivity over edges",
    "constructed: mean for sum",
    says="mean of the messages",
)
def takes_the_mean(messages, target, n):
    count = jnp.zeros((n, 1)).at[target].add(1)
    return solutions.scatter_sum(messages, target, n) / jnp.maximum(count, 1)


@mutant(
    "scatter_sum",
    "values",
    "constructed: as many nodes as the largest target",
    says="largest target",
)
def forgets_nodes_at_the_end(messages, target, n):
    m = int(target.max(initial=-1)) + 1
    return jnp.zeros((m, messages.shape[1])).at[target].add(messages)


@mutant(
    "scatter_sum",
    "values",
    "constructed: gathers where it should scatter",
    says="by the number",
)
def gathers(messages, target, n):
    if messages.shape[0] == 0:
        return jnp.zeros((n, messages.shape[1]))
    return messages[jnp.arange(n) % messages.shape[0]]


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


@mutant(
    "scatter_sum",
    "values",
    "jax.ops.segment_max where segment_sum is meant",
    says="largest message",
)
def takes_the_largest_message(messages, target, n):
    return jnp.zeros((n, messages.shape[1])).at[target].max(messages)


# random_walk -------------------------------------------------------------------


@mutant(
    "random_walk",
    "values",
    "constructed: k = 0 first, a column of ones",
    says="before the first",
)
def starts_before_the_first_step(a, steps):
    walk = solutions.random_walk(a, steps)
    return jnp.concatenate([jnp.ones((a.shape[0], 1)), walk[:, :-1]], axis=1)


@mutant(
    "random_walk",
    "values",
    "github pykeen/pykeen#918: squares the matrix each time",
    says="squared",
)
def squares_the_matrix(a, steps):
    degree = a.sum(1, keepdims=True)
    power, columns = a / jnp.where(degree > 0, degree, 1), []
    for _ in range(steps):
        columns.append(jnp.diagonal(power))
        power = power @ power
    return jnp.stack(columns, axis=1)


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
    "constructed: powers number by number, a ** k",
    says="each number",
)
def takes_powers_of_numbers(a, steps):
    degree = a.sum(1, keepdims=True)
    walk = a / jnp.where(degree > 0, degree, 1)
    return jnp.stack([jnp.diagonal(walk**k) for k in range(1, steps + 1)], axis=1)


@mutant(
    "random_walk", "values", "constructed: powers of a, no chances", says="no chances"
)
def does_not_normalise(a, steps):
    powers = [jnp.linalg.matrix_power(a, k) for k in range(1, steps + 1)]
    return jnp.stack([jnp.diagonal(p) for p in powers], axis=1)


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


@mutant(
    "random_walk",
    "values",
    "github ysig/GraKeL#20: a lazy walk, which may stay",
    says="stay",
)
def may_stay(a, steps):
    return solutions.random_walk(a + jnp.eye(a.shape[0]), steps)


@mutant(
    "random_walk",
    "values",
    "constructed: sums of rows, which are all 1",
    says="took the sums of the rows",
)
def sums_rows(a, steps):
    degree = a.sum(1, keepdims=True)
    walk = a / jnp.where(degree > 0, degree, 1)
    powers = [jnp.linalg.matrix_power(walk, k) for k in range(1, steps + 1)]
    return jnp.stack([p.sum(1) for p in powers], axis=1)
