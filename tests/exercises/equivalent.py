"""Changes of a solution that change nothing that is asked for, by the reason."""

# ruff: noqa: E501 - a key is a line of code

REASONS = {
    "A dot product has no order, and a vector is its own transpose.": (
        "step_network: return rise @ heights",
        "step_network: return heights.T @ rise",
        "step_network: return heights @ rise.T",
        "swiglu: return (jax.nn.silu(x @ w) * (x @ v)).T @ u",
        "swiglu: return jax.nn.silu(x @ w) * (x.T @ v) @ u",
        "swiglu: return jax.nn.silu(x.T @ w) * (x @ v) @ u",
        "exponent: return -(u @ v) / (u.T @ u)",
        "exponent: return -(u @ v) / (u @ u.T)",
        "exponent: return -(v @ u) / (u @ u)",
        "exponent: return -(u.T @ v) / (u @ u)",
        "exponent: return -(u @ v.T) / (u @ u)",
        "perceptron_step: side = x @ w + b",
        "softmax_jacobian: p, pull = jax.vjp(lambda x: jax.nn.softmax(w @ x.T), x)",
        "perceptron_step: side = w.T @ x + b",
        "perceptron_step: side = w @ x.T + b",
        "deep_set: return (jax.nn.relu(x @ w).sum(0) / max(x.shape[0], 1)).T @ u",
    ),
    "Two arguments have one row for each node, and as many as the other.": (
        "backward: g = jnp.zeros(len(slopes)).at[-1].set(1.0)",
        "backward: for i in reversed(range(len(slopes))):",
    ),
    "The array has one axis, or is square, so its last size is its first.": (
        "circular_conv: return sum((k[s] * jnp.roll(x, -s) for s in range(k.shape[-1])))",
        "step_network: m = heights.shape[-1]",
        "random_walk: power, columns = (jnp.eye(a.shape[1]), [])",
        "random_walk: power, columns = (jnp.eye(a.shape[-1]), [])",
        "sym_normalise: b = a + jnp.eye(a.shape[1])",
        "sym_normalise: b = a + jnp.eye(a.shape[-1])",
        "next_token: return jnp.minimum(passed.sum(), p.shape[-1] - 1)",
    ),
    "d is even, and heads divides d: the quotient is whole in either way.": (
        "add_positions: frequencies = 10000.0 ** (-2 * jnp.arange(d / 2) / d)",
        "multi_head: scores = jnp.einsum('nks,mks->knm', q, k) / jnp.sqrt(d / heads)",
        "rope: frequencies = 10000.0 ** (-2 * jnp.arange(d / 2) / d)",
    ),
    "A default of JAX, or of Python, written out or not.": (
        "multi_head: out = jnp.einsum('knm,mks->nks', jax.nn.softmax(scores), v)",
        "rope: a, b = (x[:, ::2], x[:, 1::2])",
        "scatter_sum: return jnp.zeros((n, messages.shape[1])).at[target].add(messages)",
    ),
    "Where there are no bins nothing is computed with their width.": (
        "step_network: width = (stop - start) / m",
        "step_network: width = (stop - start) / max(m, 0)",
    ),
    "A node that reads nothing has only zeros to divide: any divisor does.": (
        "neighbour_mean: return a / jnp.where(degree > 0, degree, 1) @ x",
        "neighbour_mean: return jnp.where(degree >= 0, a, 0) / jnp.where(degree > 0, degree, 1) @ x",
        "neighbour_mean: return jnp.where(degree > 0, a, 0) / jnp.where(degree > 0, degree, 2) @ x",
        "neighbour_mean: return jnp.where(degree > -1, a, 0) / jnp.where(degree > 0, degree, 1) @ x",
        "random_walk: walk = a / jnp.where(degree > 0, degree, 2)",
    ),
    "A D^-1 is D (D^-1 A) D^-1: the diagonals of its powers are the same.": (
        "random_walk: degree = a.sum(1)",
    ),
    "Powers of one matrix commute, and a transpose keeps the diagonal of a power.": (
        "random_walk: power = walk @ power",
        "random_walk: power = power @ walk.T",
    ),
    "A normal number and its negative are distributed alike.": (
        "init_units: return (w, 1 - 0.1 * jax.random.normal(for_beta, (c,)))",
    ),
    "600 numbers do not tell 1 % of their deviation from chance.": (
        "init_units: return (w, 1 + 0.101 * jax.random.normal(for_beta, (c,)))",
    ),
    "The other order of two axes, or of two parents; a generator for a tuple.": (
        "backward: for k in (1, 0):",
        "unbroadcast: axes = tuple((i for i in (1, 0) if x.shape[i] != g.shape[i]))",
        "unbroadcast: axes = (i for i in (0, 1) if x.shape[i] != g.shape[i])",
    ),
    "JAX reads the last column where there is none of that number.": (
        "backward: for k in (0, 2):",
        "surface: a, b = (x[:, 0], x[:, 2])",
    ),
}
EQUIVALENT = {key: reason for reason, keys in REASONS.items() for key in keys}
