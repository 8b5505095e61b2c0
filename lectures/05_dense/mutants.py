"""Wrong solutions of the exercises of this lecture, each with where it was seen."""

import jax
import jax.numpy as jnp
import numpy as np
from exercises.mutant import mutant
from exercises.rooms import solutions_beside
from jax import lax

solutions = solutions_beside(__file__)

# swish -------------------------------------------------------------------------


@mutant(
    "swish", "values", "constructed: SiLU, the slope forgotten", says="forgot the slope"
)
def ignores_the_slope(x, beta):
    return x * jax.nn.sigmoid(x)


@mutant(
    "swish",
    "values",
    "constructed: the slope outside the sigmoid",
    says="multiplied the result",
)
def scales_the_result(x, beta):
    return beta * x * jax.nn.sigmoid(x)


@mutant("swish", "values", "constructed: silu(beta x)", says="by beta twice")
def multiplies_by_the_slope_twice(x, beta):
    return jax.nn.silu(beta * x)


@mutant(
    "swish", "values", "constructed: the gate alone, without x", says="the gate alone"
)
def returns_the_gate(x, beta):
    return jax.nn.sigmoid(beta * x)


@mutant(
    "swish", "gradients", "github nkkbr on bkitano/llama-from-scratch#7: fixed beta"
)
def freezes_the_slope(x, beta):
    return x * jax.nn.sigmoid(lax.stop_gradient(beta) * x)


@mutant(
    "swish",
    "values",
    "github jeshraghian/snntorch#427: inf / inf is NaN",
    says="overflows",
)
def overflows(x, beta):
    return x * jnp.exp(beta * x) / (1 + jnp.exp(beta * x))


@mutant("swish", "jit", "jax.errors.TracerBoolConversionError: `if` on a value")
def branches_on_a_value(x, beta):
    if beta * x > 0:
        return x / (1 + jnp.exp(-beta * x))
    return x * jnp.exp(beta * x) / (1 + jnp.exp(beta * x))


@mutant(
    "swish", "values", "constructed: the sign of the exponent", says="sign of the slope"
)
def has_the_sign_wrong(x, beta):
    return x * jax.nn.sigmoid(-beta * x)


@mutant("swish", "finite gradients", "constructed: finite values, infinite on the way")
def has_infinite_gradients(x, beta):
    return x / (1 + jnp.exp(-beta * x))


# swish_units -------------------------------------------------------------------


@mutant(
    "swish_units", "values", "constructed: one slope for all", says="first unit for all"
)
def shares_the_first_slope(x, beta):
    return solutions.swish_units(x, jnp.full_like(beta, jnp.sum(beta[:1])))


@mutant(
    "swish_units", "values", "constructed: the mean slope", says="mean of the slopes"
)
def averages_the_slopes(x, beta):
    mean = jnp.sum(beta) / max(beta.shape[0], 1)
    return solutions.swish_units(x, jnp.full_like(beta, mean))


@mutant(
    "swish_units",
    "values",
    "constructed: vmap in vmap",
    says="every x with every slope",
)
def maps_over_one_argument_at_a_time(x, beta):
    unit = jax.value_and_grad(solutions.swish)
    return jax.vmap(jax.vmap(unit, in_axes=(None, 0)), in_axes=(0, None))(x, beta)


@mutant("swish_units", "values", "constructed: slopes reversed", says="opposite order")
def reverses_the_slopes(x, beta):
    return solutions.swish_units(x, beta[::-1])


@mutant("swish_units", "values", "constructed: argnums=1", says="with respect to beta")
def differentiates_by_the_slope(x, beta):
    return jax.vmap(jax.value_and_grad(solutions.swish, argnums=1))(x, beta)


@mutant("swish_units", "values", "constructed: vmap alone", says="the values alone")
def returns_the_values_alone(x, beta):
    return jax.vmap(solutions.swish)(x, beta)


@mutant(
    "swish_units", "values", "constructed: results exchanged", says="values come first"
)
def returns_the_derivatives_first(x, beta):
    return solutions.swish_units(x, beta)[::-1]


@mutant(
    "swish_units", "values", "constructed: jax.grad alone", says="derivatives alone"
)
def returns_the_derivatives_alone(x, beta):
    return jax.vmap(jax.grad(solutions.swish))(x, beta)


@mutant("swish_units", "values", "constructed: one array of two rows", says="stacked")
def stacks_the_results(x, beta):
    return jnp.stack(solutions.swish_units(x, beta))


@mutant("swish_units", "values", "constructed: u' v alone", says="takes the gate for")
def takes_the_gate_for_a_constant(x, beta):
    gate = jax.nn.sigmoid(beta * x)
    return x * gate, gate


@mutant("swish_units", "values", "constructed: u v' alone", says="in front of")
def takes_x_for_a_constant(x, beta):
    gate = jax.nn.sigmoid(beta * x)
    return x * gate, beta * x * gate * (1 - gate)


@mutant(
    "swish_units", "values", "constructed: no chain rule", says="no inner derivative"
)
def forgets_the_inner_derivative(x, beta):
    gate = jax.nn.sigmoid(beta * x)
    return x * gate, gate + x * gate * (1 - gate)


@mutant("swish_units", "values", "jax.grad: gradient only defined for scalar outputs")
def forgets_vmap(x, beta):
    return jax.value_and_grad(solutions.swish)(x, beta)


@mutant("swish_units", "no Python loop over d", "github jax-ml/jax#402: unrolled")
def loops_over_units(x, beta):
    unit = jax.value_and_grad(solutions.swish)
    each = [unit(x[i], beta[i]) for i in range(x.shape[0])]
    values, steepness = zip(*each, strict=True) if each else ([x], [x])
    return jnp.stack(values).reshape(x.shape), jnp.stack(steepness).reshape(x.shape)


@mutant("swish_units", "jit", "jax.errors.TracerBoolConversionError: `if` on a value")
def leaves_out_what_is_zero(x, beta):
    return solutions.swish_units(x, beta if jnp.any(x != 0) else 0 * beta)


# init_units --------------------------------------------------------------------


@mutant(
    "init_units",
    "shapes",
    "constructed: (c, d), as torch.nn.Linear keeps them",
    says="shape (c, d)",
)
def transposes_the_weights(key, d, c):
    w, beta = solutions.init_units(key, d, c)
    return w.T, beta


@mutant("init_units", "scale of w", "constructed: the variance for its root")
def scales_by_the_variance(key, d, c):
    w, beta = solutions.init_units(key, d, c)
    return w * jnp.sqrt(2 / (d + c)), beta


@mutant("init_units", "normal weights", "constructed: uniform, of the same variance")
def draws_uniform_weights(key, d, c):
    for_weights, for_slopes = jax.random.split(key)
    w = jax.random.uniform(for_weights, (d, c), minval=-1, maxval=1)
    beta = 1 + 0.1 * jax.random.normal(for_slopes, (c,))
    return w * jnp.sqrt(6 / (d + c)), beta


@mutant("init_units", "normal slopes", "constructed: uniform, of the same variance")
def draws_uniform_slopes(key, d, c):
    w, _ = solutions.init_units(key, d, c)
    other = jax.random.fold_in(key, 1)
    return w, 1 + 0.1 * 3**0.5 * jax.random.uniform(other, (c,), minval=-1, maxval=1)


@mutant("init_units", "shapes", "constructed: results exchanged", says="slopes first")
def returns_the_slopes_first(key, d, c):
    return solutions.init_units(key, d, c)[::-1]


@mutant("init_units", "scale of w", "constructed: uniform in [0, 1), of mean 1/2")
def draws_positive_weights(key, d, c):
    beta = solutions.init_units(key, d, c)[1]
    return jax.random.uniform(key, (d, c)) * jnp.sqrt(2 / (d + c)), beta


@mutant("init_units", "scale of beta", "constructed: all slopes start alike, at 1")
def starts_all_slopes_alike(key, d, c):
    w, beta = solutions.init_units(key, d, c)
    return w, jnp.ones_like(beta)


@mutant("init_units", "no key used twice", "github jax-ml/jax#2009: one key for both")
def uses_the_key_twice(key, d, c):
    w = jnp.sqrt(2 / (d + c)) * jax.random.normal(key, (d, c))
    return w, 1 + 0.1 * jax.random.normal(key, (c,))


@mutant("init_units", "other key, other result", "github matthias-wright/flaxmodels#3")
def takes_a_key_of_its_own(key, d, c):
    return solutions.init_units(jax.random.key(0), d, c)


@mutant("init_units", "no global generator", "constructed: as in a NumPy course")
def draws_with_numpy(key, d, c):
    w = np.random.normal(scale=(2 / (d + c)) ** 0.5, size=(d, c))  # noqa: NPY002
    return jnp.asarray(w), 1 + 0.1 * jax.random.normal(key, (c,))


@mutant("init_units", "same key, same result", "constructed: a generator of the clock")
def draws_unseeded(key, d, c):
    generator = np.random.default_rng()
    w = generator.normal(scale=(2 / (d + c)) ** 0.5, size=(d, c))
    return jnp.asarray(w), 1 + 0.1 * jax.random.normal(key, (c,))


# swiglu ------------------------------------------------------------------------


@mutant(
    "swiglu",
    "values",
    "github Nijikadesu/breakdown-minimind#3: silu of a product",
    says="activation to the product",
)
def gates_the_product(x, w, v, u):
    return jax.nn.silu((x @ w) * (x @ v)) @ u


@mutant(
    "swiglu",
    "linearity in v",
    "github ml-explore/mlx-lm#767: branches swapped",
    says="exchanged the branches",
)
def swaps_the_branches(x, w, v, u):
    return ((x @ w) * jax.nn.silu(x @ v)) @ u


@mutant(
    "swiglu",
    "values",
    "github google-research/timesfm#493: SiLU, not gated",
    says="left out v",
)
def has_no_gate(x, w, v, u):
    return jax.nn.silu(x @ w) @ u


@mutant(
    "swiglu",
    "values",
    "github bkitano/llama-from-scratch#7: no last map",
    says="left out the last map",
)
def has_no_last_map(x, w, v, u):
    return jax.nn.silu(x @ w) * (x @ v)


@mutant(
    "swiglu",
    "values",
    "Shazeer (2020): GLU has a sigmoid, SwiGLU has Swish",
    says="wrote a GLU",
)
def is_a_glu(x, w, v, u):
    return (jax.nn.sigmoid(x @ w) * (x @ v)) @ u


@mutant(
    "swiglu",
    "values",
    "Shazeer (2020): GEGLU, the tanh form of GELU",
    says="wrote a GEGLU",
)
def is_a_geglu(x, w, v, u):
    return (jax.nn.gelu(x @ w) * (x @ v)) @ u


@mutant(
    "swiglu",
    "values",
    "constructed: the sum of the branches, not the product",
    says="added the branches",
)
def adds_the_branches(x, w, v, u):
    return (jax.nn.silu(x @ w) + x @ v) @ u


@mutant(
    "swiglu", "values", "constructed: two activations", says="silu to both branches"
)
def activates_both(x, w, v, u):
    return (jax.nn.silu(x @ w) * jax.nn.silu(x @ v)) @ u


@mutant("swiglu", "values", "constructed: silu(x) in place of x", says="silu to x")
def activates_the_input(x, w, v, u):
    return ((jax.nn.silu(x) @ w) * (x @ v)) @ u


@mutant("swiglu", "values", "constructed: w twice", says="w for both")
def reads_w_twice(x, w, v, u):
    return (jax.nn.silu(x @ w) * (x @ w)) @ u


@mutant("swiglu", "values", "constructed: v twice", says="v for both")
def reads_v_twice(x, w, v, u):
    return (jax.nn.silu(x @ v) * (x @ v)) @ u


@mutant("swiglu", "values", "Shazeer (2020): ReGLU", says="wrote a ReGLU")
def is_a_reglu(x, w, v, u):
    return (jax.nn.relu(x @ w) * (x @ v)) @ u


@mutant("swiglu", "values", "constructed: 1 + exp(z)", says="sign wrong in silu")
def has_the_sign_of_silu_wrong(x, w, v, u):
    z = x @ w
    return (z * jax.nn.sigmoid(-z) * (x @ v)) @ u


# step_network ------------------------------------------------------------------


@mutant(
    "step_network",
    "values",
    "constructed: m neurons, the steps never go down",
    says="only go up",
)
def never_steps_down(x, heights, start, stop):
    m = heights.shape[0]
    left = start + (stop - start) * jnp.arange(m) / max(m, 1)
    return heights @ jnp.where(x >= left, 1.0, 0.0)


@mutant(
    "step_network",
    "values",
    "numpy.linspace: m edges make m - 1 bins",
    says="one bin too few",
)
def makes_one_bin_too_few(x, heights, start, stop):
    edges = jnp.linspace(start, stop, heights.shape[0])
    up = jnp.where(x >= edges, 1.0, 0.0)
    return heights @ (up - jnp.append(up[1:], 0.0)[: up.shape[0]])


@mutant(
    "step_network",
    "values",
    "constructed: bins on [0, 1], start and stop ignored",
    says="bins on",
)
def ignores_the_interval(x, heights, start, stop):
    return solutions.step_network(x, heights, 0.0, 1.0)


@mutant(
    "step_network",
    "values",
    "a sigmoid with a slope that is not steep",
    says="not steep",
)
def is_not_steep(x, heights, start, stop):
    m = heights.shape[0]
    width = (stop - start) / max(m, 1)
    left = start + width * jnp.arange(m)
    bins = jax.nn.sigmoid(4 * (x - left)) - jax.nn.sigmoid(4 * (x - left - width))
    return heights @ bins


@mutant("step_network", "a network", "constructed: a table, clipped at its ends")
def looks_it_up(x, heights, start, stop):
    m = heights.shape[0]
    if m == 0:
        return jnp.zeros(())
    i = jnp.floor((x - start) / (stop - start) * m).astype(int)
    inside = (i >= 0) & (i < m)
    return jnp.where(inside, heights[jnp.clip(i, 0, m - 1)], 0.0)


@mutant(
    "step_network",
    "values",
    "constructed: the last bin holds for ever",
    says="never ends",
)
def goes_on_after_the_end(x, heights, start, stop):
    return solutions.step_network(jnp.minimum(x, stop - 1e-3), heights, start, stop)


@mutant("step_network", "gradients", "constructed: heights rounded, no gradient left")
def rounds_the_heights(x, heights, start, stop):
    return solutions.step_network(x, lax.stop_gradient(heights), start, stop)


@mutant("step_network", "values", "constructed: > for >=", says="just after the edge")
def steps_after_the_edge(x, heights, start, stop):
    m = heights.shape[0]
    left = start + (stop - start) * jnp.arange(m) / max(m, 1)
    right = start + (stop - start) * jnp.arange(1, m + 1) / max(m, 1)
    return heights @ (jnp.where(x > left, 1.0, 0.0) - jnp.where(x > right, 1.0, 0.0))


def edges(heights, start, stop):
    m = heights.shape[0]
    return start + (stop - start) * jnp.arange(m + 1) / max(m, 1)


@mutant("step_network", "values", "numpy.linspace: m edges", says="too wide")
def makes_bins_too_wide(x, heights, start, stop):
    left = jnp.linspace(start, stop, heights.shape[0])
    width = left[1] - left[0] if heights.shape[0] > 1 else 0.0
    return heights @ (jnp.where(x >= left, 1.0, 0) - jnp.where(x >= left + width, 1, 0))


@mutant("step_network", "values", "constructed: no sum", says="for each bin")
def returns_a_number_for_each_bin(x, heights, start, stop):
    at = edges(heights, start, stop)
    return heights * jnp.where((at[:-1] <= x) & (x < at[1:]), 1.0, 0.0)


@mutant("step_network", "values", "constructed: closed bins", says="two of your bins")
def closes_its_bins(x, heights, start, stop):
    at = edges(heights, start, stop)
    return heights @ jnp.where((at[:-1] <= x) & (x <= at[1:]), 1.0, 0.0)


@mutant("step_network", "values", "constructed: down, then up", says="upside down")
def steps_down_first(x, heights, start, stop):
    return -solutions.step_network(x, heights, start, stop)


@mutant("step_network", "values", "constructed: reversed", says="opposite order")
def reverses_the_heights(x, heights, start, stop):
    return solutions.step_network(x, heights[::-1], start, stop)


@mutant("step_network", "values", "constructed: bins from 0", says="left out start")
def begins_at_zero(x, heights, start, stop):
    return solutions.step_network(x, heights, 0.0, stop - start)


@mutant("step_network", "values", "constructed: bins of width 1", says="width 1")
def makes_bins_of_width_one(x, heights, start, stop):
    return solutions.step_network(x, heights, start, start + heights.shape[0])
