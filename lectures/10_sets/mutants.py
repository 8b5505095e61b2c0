"""Wrong solutions of the exercises of this lecture, each with where it was seen."""

import jax
import jax.numpy as jnp
from exercises.mutant import mutant
from exercises.rooms import solutions_beside

solutions = solutions_beside(__file__)

# deep_set ----------------------------------------------------------------------


@mutant(
    "deep_set",
    "invariance to repetition",
    "constructed: sum for mean",
    says="the sum over",
)
def sums(x, w, u):
    return jax.nn.relu(x @ w).sum(0) @ u


@mutant(
    "deep_set",
    "values",
    "constructed: pools over the features, axis -1",
    says="over the features",
)
def pools_over_features(x, w, u):
    h = jax.nn.relu(x @ w)
    return jnp.full(h.shape[1], h.sum() / max(h.size, 1)) @ u


@mutant(
    "deep_set",
    "values",
    "constructed: relu of the mean, the map is then linear",
    says="before the activation",
)
def activates_after_the_mean(x, w, u):
    return jax.nn.relu((x @ w).sum(0) / max(x.shape[0], 1)) @ u


@mutant(
    "deep_set",
    "permutation invariance",
    "constructed: the last state, as in RNNs",
    says="last item",
)
def reads_the_last_item(x, w, u):
    if x.shape[0] == 0:
        return jnp.zeros(u.shape[1])
    return jax.nn.relu(x @ w)[-1] @ u


@mutant(
    "deep_set", "values", "numpy: the mean of an empty set is NaN", says="empty set"
)
def divides_by_zero_items(x, w, u):
    return jax.nn.relu(x @ w).mean(0) @ u


@mutant(
    "deep_set",
    "values",
    "constructed: max-pooling, one of the pools of the lecture",
    says="largest",
)
def takes_the_largest(x, w, u):
    return jax.nn.relu(x @ w).max(0, initial=0) @ u


@mutant(
    "deep_set",
    "permutation invariance",
    "constructed: positions left in a set",
    says="by its place",
)
def weighs_by_position(x, w, u):
    weights = jnp.arange(1, x.shape[0] + 1)[:, None]
    return (jax.nn.relu(x @ w) * weights / jnp.maximum(weights.sum(), 1)).sum(0) @ u


# multi_head --------------------------------------------------------------------


def heads_of(x, w, heads):
    n, d = x.shape
    return (x @ w).reshape(n, heads, d // heads)


def attend(q, k, v, scale, axis=-1):
    scores = jnp.einsum("nks,mks->knm", q, k) * scale
    return jnp.einsum("knm,mks->nks", jax.nn.softmax(scores, axis), v)


@mutant(
    "multi_head",
    "values",
    "github Graylab/DL4Proteins-notebooks#12",
    says="model's width",
)
def scales_by_the_model_width(x, q, k, v, o, heads):
    q, k, v = (heads_of(x, w, heads) for w in (q, k, v))
    return attend(q, k, v, x.shape[1] ** -0.5).reshape(x.shape) @ o


@mutant(
    "multi_head", "values", "github tenstorrent/tt-metal#56789", says="number of heads"
)
def scales_by_the_number_of_heads(x, q, k, v, o, heads):
    q, k, v = (heads_of(x, w, heads) for w in (q, k, v))
    return attend(q, k, v, heads**-0.5).reshape(x.shape) @ o


@mutant(
    "multi_head",
    "values",
    "github esceptico/perceiver-io#9: divides by 1/sqrt(s)",
    says="multiplied the scores",
)
def scales_the_wrong_way(x, q, k, v, o, heads):
    q, k, v = (heads_of(x, w, heads) for w in (q, k, v))
    return attend(q, k, v, (x.shape[1] // heads) ** 0.5).reshape(x.shape) @ o


@mutant(
    "multi_head",
    "permutation equivariance",
    "github jsbaan/transformer-from-scratch#6, ajhalthor/Transformer-Neural-Network#4",
    says="merged the heads",
)
def merges_heads_without_a_transpose(x, q, k, v, o, heads):
    q, k, v = (heads_of(x, w, heads) for w in (q, k, v))
    out = attend(q, k, v, (x.shape[1] // heads) ** -0.5)
    return out.swapaxes(0, 1).reshape(x.shape) @ o


@mutant(
    "multi_head",
    "permutation equivariance",
    "github reczoo/FuxiCTR#30: no transpose",
    says="split the heads",
)
def splits_heads_without_a_transpose(x, q, k, v, o, heads):
    n, d = x.shape
    q, k, v = ((x @ w).reshape(heads, n, d // heads).swapaxes(0, 1) for w in (q, k, v))
    return attend(q, k, v, (d // heads) ** -0.5).reshape(n, d) @ o


@mutant(
    "multi_head",
    "values",
    "constructed: softmax over the queries",
    says="tokens that ask",
)
def normalises_the_wrong_axis(x, q, k, v, o, heads):
    q, k, v = (heads_of(x, w, heads) for w in (q, k, v))
    return attend(q, k, v, (x.shape[1] // heads) ** -0.5, axis=-2).reshape(x.shape) @ o


@mutant(
    "multi_head",
    "values",
    "github MarcoMeter/episodic-transformer-memory-ppo#22",
    says="single head",
)
def uses_one_head(x, q, k, v, o, heads):
    return solutions.multi_head(x, q, k, v, o, 1)


@mutant(
    "multi_head",
    "linearity in o",
    "constructed: the output map left out",
    says="left out the last map",
)
def has_no_output_map(x, q, k, v, o, heads):
    return solutions.multi_head(x, q, k, v, jnp.eye(x.shape[1]), heads)


@mutant("multi_head", "no Python loop over n", "github jax-ml/jax#402: unrolled")
def loops_over_tokens(x, q, k, v, o, heads):
    queries, keys, values = (heads_of(x, w, heads) for w in (q, k, v))
    scale = (x.shape[1] // heads) ** -0.5
    rows = [attend(queries[i : i + 1], keys, values, scale)[0] for i in range(len(x))]
    return jnp.stack(rows).reshape(x.shape) @ o


# rope --------------------------------------------------------------------------


@mutant(
    "rope",
    "values",
    "github EleutherAI/gpt-neox#834: halves, not neighbours",
    says="paired feature",
)
def pairs_the_halves(x):
    turn = solutions.angles(*x.shape)
    a, b = jnp.split(x, 2, axis=1)
    cos, sin = jnp.cos(turn), jnp.sin(turn)
    return jnp.concatenate([a * cos - b * sin, a * sin + b * cos], axis=1)


@mutant(
    "rope",
    "relative position",
    "github raiyanyahya/how-to-train-your-gpt#6",
    says="two conventions",
)
def mixes_two_conventions(x):
    turn = jnp.repeat(solutions.angles(*x.shape), 2, axis=1)
    a, b = jnp.split(x, 2, axis=1)
    return x * jnp.cos(turn) + jnp.concatenate([-b, a], axis=1) * jnp.sin(turn)


@mutant(
    "rope",
    "values",
    "github lucidrains/RETRO-pytorch#12: halved twice",
    says="twice as fast",
)
def halves_the_width_twice(x):
    n, d = x.shape
    turn = jnp.outer(jnp.arange(n), 10000.0 ** (-4 * jnp.arange(d // 2) / d))
    return rotated(x, turn)


@mutant("rope", "values", "constructed: positions counted from 1", says="from 1")
def counts_from_one(x):
    n, d = x.shape
    return rotated(x, solutions.angles(n + 1, d)[1:])


@mutant(
    "rope",
    "values",
    "constructed: turns clockwise, the sign of both sines",
    says="clockwise",
)
def turns_backwards(x):
    return rotated(x, -solutions.angles(*x.shape))


@mutant(
    "rope",
    "rotation keeps length",
    "constructed: one sign of a sine wrong",
    says="wrong sign",
)
def has_a_sign_wrong(x):
    turn = solutions.angles(*x.shape)
    a, b = x[:, 0::2], x[:, 1::2]
    cos, sin = jnp.cos(turn), jnp.sin(turn)
    pair = jnp.stack([a * cos - b * sin, b * cos - a * sin], axis=-1)
    return pair.reshape(x.shape)


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


@mutant(
    "add_positions",
    "values",
    "github tatp22/multidim-positional-encoding#20",
    says="sines first",
)
def puts_sines_first(x):
    turn = solutions.angles(*x.shape)
    return x + jnp.concatenate([jnp.sin(turn), jnp.cos(turn)], axis=1)


@mutant(
    "add_positions",
    "values",
    "github BrianPulfer/PapersReimplementations#9",
    says="own frequency",
)
def gives_each_feature_its_own_frequency(x):
    n, d = x.shape
    turn = jnp.outer(jnp.arange(n), 10000.0 ** (-2 * jnp.arange(d) / d))
    return x + jnp.where(jnp.arange(d)[None, :] % 2 == 0, jnp.sin(turn), jnp.cos(turn))


@mutant(
    "add_positions",
    "equivariance is broken",
    "constructed: no positions at all",
    says="no positions",
)
def adds_nothing(x):
    return x


@mutant(
    "add_positions",
    "equivariance is broken",
    "constructed: one vector for all",
    says="same vector",
)
def adds_one_vector_to_all(x):
    return x + solutions.add_positions(jnp.zeros((2, x.shape[1])))[1][None, :]


@mutant(
    "add_positions",
    "the position is added",
    "constructed: multiplied, not added",
    says="multiplied",
)
def multiplies(x):
    return x * solutions.add_positions(jnp.zeros_like(x))


@mutant(
    "add_positions", "values", "constructed: cosines at even features", says="exchanged"
)
def swaps_sine_and_cosine(x):
    turn = solutions.angles(*x.shape)
    return x + jnp.stack([jnp.cos(turn), jnp.sin(turn)], axis=-1).reshape(x.shape)


@mutant(
    "add_positions",
    "values",
    "constructed: x scaled by sqrt(d), as in the paper",
    says="scaled",
)
def scales_the_tokens(x):
    return x * x.shape[1] ** 0.5 + solutions.add_positions(jnp.zeros_like(x))
