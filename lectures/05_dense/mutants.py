"""Wrong solutions that no `Mistake` of an exercise stands for already."""

import jax
import jax.numpy as jnp
import numpy as np
from exercises.mutant import mutant
from exercises.rooms import solutions_beside
from jax import lax

solutions = solutions_beside(__file__)

# swish -------------------------------------------------------------------------


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


@mutant("swish", "finite gradients", "constructed: finite values, infinite on the way")
def has_infinite_gradients(x, beta):
    return x / (1 + jnp.exp(-beta * x))


# swish_units -------------------------------------------------------------------


@mutant("swish_units", "values", "jax.grad: gradient only defined for scalar outputs")
def forgets_vmap(x, beta):
    return jax.value_and_grad(solutions.swish)(x, beta)


@mutant("swish_units", "no Python loop over d", "github jax-ml/jax#402: unrolled")
def loops_over_units(x, beta):
    unit = jax.value_and_grad(solutions.swish)
    each = [unit(x[i], beta[i]) for i in range(x.shape[0])]
    values, steepness = zip(*each, strict=True) if each else ([x], [x])
    return jnp.stack(values).reshape(x.shape), jnp.stack(steepness).reshape(x.shape)


@mutant("swish_units", "values", "issue: a division by a slope of 0")
def divides_by_the_slope(x, beta):
    value, steepness = solutions.swish_units(beta * x, jnp.ones_like(beta))
    return value / beta, steepness


@mutant("swish_units", "jit", "jax.errors.TracerBoolConversionError: `if` on a value")
def leaves_out_what_is_zero(x, beta):
    return solutions.swish_units(x, beta if jnp.any(x != 0) else 0 * beta)


# init_units --------------------------------------------------------------------


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


# step_network ------------------------------------------------------------------


@mutant("step_network", "a network", "constructed: a table, clipped at its ends")
def looks_it_up(x, heights, start, stop):
    m = heights.shape[0]
    if m == 0:
        return jnp.zeros(())
    i = jnp.floor((x - start) / (stop - start) * m).astype(int)
    inside = (i >= 0) & (i < m)
    return jnp.where(inside, heights[jnp.clip(i, 0, m - 1)], 0.0)


@mutant("step_network", "gradients", "constructed: heights rounded, no gradient left")
def rounds_the_heights(x, heights, start, stop):
    return solutions.step_network(x, lax.stop_gradient(heights), start, stop)


def edges(heights, start, stop):
    m = heights.shape[0]
    return start + (stop - start) * jnp.arange(m + 1) / max(m, 1)
