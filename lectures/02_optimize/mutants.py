"""Wrong solutions of the exercises of this lecture, each with where it was seen."""

import jax
import jax.numpy as jnp
import numpy as np
from exercises.mutant import mutant
from exercises.rooms import solutions_beside

solutions = solutions_beside(__file__)


def heights(a, b):
    return jnp.sin(a) * jnp.cos(b) + jnp.sin(a / 2) * jnp.cos(b / 2)


# surface -----------------------------------------------------------------------


@mutant(
    "surface",
    "values",
    "github pytorch/pytorch#16045, jax-ml/jax#2697: (n, 1) and (n)",
    says="every x1",
)
def spreads_to_a_square(x):
    return heights(x[:, :1], x[:, 1])


@mutant("surface", "values", "constructed: slices keep the axis", says="is a column")
def keeps_a_column(x):
    return heights(x[:, :1], x[:, 1:])


@mutant("surface", "values", "constructed: wrong axis", says="rows for columns")
def reads_rows(x):
    return heights(x[0], x[min(1, x.shape[0] - 1)])


@mutant("surface", "values", "jax.grad needs a number, so people sum", says="added the")
def sums_the_heights(x):
    return jnp.sum(solutions.surface(x))


@mutant("surface", "values", "constructed: x and y exchanged", says="the two coord")
def exchanges_coordinates(x):
    return heights(x[:, 1], x[:, 0])


@mutant("surface", "values", "constructed: half of the sine", says="and not its angle")
def halves_the_result(x):
    wave = jnp.sin(x[:, 0]) * jnp.cos(x[:, 1])
    return wave + wave / 4


@mutant("surface", "values", "constructed: one term", says="left out the second")
def has_one_wave(x):
    return jnp.sin(x[:, 0]) * jnp.cos(x[:, 1])


@mutant("surface", "values", "constructed: no half", says="angles of the first")
def does_not_halve(x):
    return 2 * jnp.sin(x[:, 0]) * jnp.cos(x[:, 1])


@mutant("surface", "no Python loop over n", "constructed: a list of points")
def loops_over_points(x):
    each = [heights(x[i, 0], x[i, 1]) for i in range(x.shape[0])]
    return jnp.stack(each) if each else jnp.zeros(0)


@mutant("surface", "gradients", "constructed: a list of floats")
def cuts_the_gradient(x):
    return solutions.surface(jax.lax.stop_gradient(x))


# surface_gradient --------------------------------------------------------------


def wave(x):
    return jnp.stack([jnp.cos(x[0]) * jnp.cos(x[1]), -jnp.sin(x[0]) * jnp.sin(x[1])])


@mutant(
    "surface_gradient", "values", "constructed: no chain rule", says="forgot the inner"
)
def forgets_the_chain_rule(x):
    return wave(x) + wave(x / 2)


@mutant("surface_gradient", "values", "constructed: cos' = sin", says="minus the sine")
def has_a_sign_wrong(x):
    return solutions.surface_gradient(x) * jnp.array([1, -1])


@mutant("surface_gradient", "values", "constructed: one term", says="left out")
def differentiates_one_wave(x):
    return wave(x)


@mutant("surface_gradient", "values", "constructed: order", says="exchanged the two")
def exchanges_the_derivatives(x):
    return solutions.surface_gradient(x)[::-1]


@mutant(
    "surface_gradient", "values", "constructed: minus the gradient", says="way down"
)
def goes_down(x):
    return -solutions.surface_gradient(x)


@mutant("surface_gradient", "values", "constructed: a sum", says="one number for each")
def adds_the_derivatives(x):
    return solutions.surface_gradient(x).sum()


@mutant(
    "surface_gradient",
    "many points by vmap",
    "NumPy on a tracer: TracerArrayConversionError",
)
def computes_with_numpy(x):
    a, b = np.float32(x)
    return jnp.array(
        [
            np.cos(a) * np.cos(b) + np.cos(a / 2) * np.cos(b / 2) / 2,
            -np.sin(a) * np.sin(b) - np.sin(a / 2) * np.sin(b / 2) / 2,
        ]
    )


# momentum ----------------------------------------------------------------------


def along(velocity, rate):
    return -rate * velocity, velocity


@mutant("momentum", "values", "constructed: ascent", says="goes uphill")
def climbs(v, g, rate, beta):
    return solutions.momentum(v, g, -rate, beta)


@mutant(
    "momentum",
    "values",
    "constructed: the new state is not returned",
    says="old velocity: then",
)
def keeps_the_old_state(v, g, rate, beta):
    return solutions.momentum(v, g, rate, beta)[0], v


@mutant(
    "momentum",
    "values",
    "github euancrabtree/Lipreading-PyTorch#7: optimiser made anew",
    says="from velocity 0",
)
def resets_the_state(v, g, rate, beta):
    return along(g, rate)


@mutant(
    "momentum",
    "values",
    "github HIPS/autograd#289: mass and 1 - mass",
    says="running mean",
)
def dampens(v, g, rate, beta):
    return along(beta * v + (1 - beta) * g, rate)


@mutant("momentum", "values", "constructed: no friction", says="forgot beta")
def never_forgets(v, g, rate, beta):
    return along(v + g, rate)


@mutant("momentum", "values", "constructed: beta on g", says="gradient by beta")
def weighs_the_gradient(v, g, rate, beta):
    return along(v + beta * g, rate)


@mutant(
    "momentum",
    "values",
    "github apache/mxnet#15533: rate in the state",
    says="holds the rate",
)
def puts_the_rate_in_the_velocity(v, g, rate, beta):
    new = beta * v - rate * g
    return new, new


@mutant(
    "momentum", "values", "constructed: results exchanged", says="the velocity first"
)
def returns_the_velocity_first(v, g, rate, beta):
    return solutions.momentum(v, g, rate, beta)[::-1]


@mutant("momentum", "values", "torch.optim.SGD: nesterov=True", says="wrote Nesterov")
def looks_ahead(v, g, rate, beta):
    new = beta * v + g
    return -rate * (beta * new + g), new


@mutant("momentum", "no Python loop over d", "constructed: one parameter at a time")
def loops_over_parameters(v, g, rate, beta):
    new = [beta * v[i] + g[i] for i in range(v.shape[0])]
    return along(jnp.stack(new) if new else v, rate)


# adam --------------------------------------------------------------------------


def moments(m, s, g):
    return 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2


def divided(m, s, t, rate, betas=(0.9, 0.999)):
    m_hat, s_hat = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
    return -rate * m_hat / (jnp.sqrt(s_hat) + 1e-8)


@mutant(
    "adam",
    "values",
    "github ml-explore/mlx#1640: no correction",
    says="forgot the correction",
)
def forgets_the_correction(m, s, g, step, rate):
    m, s = moments(m, s, g)
    return -rate * m / (jnp.sqrt(s) + 1e-8), m, s


@mutant(
    "adam",
    "values",
    "github FluxML/Flux.jl#448, CyberZHG/keras-radam#29: inside",
    says="inside the root",
)
def puts_epsilon_inside(m, s, g, step, rate):
    m, s = moments(m, s, g)
    m_hat, s_hat = m / (1 - 0.9**step), s / (1 - 0.999**step)
    return -rate * m_hat / jnp.sqrt(s_hat + 1e-8), m, s


@mutant(
    "adam",
    "values",
    "github PennyLaneAI/pennylane#1928: corrected twice",
    says="corrected means",
)
def keeps_the_corrected(m, s, g, step, rate):
    m, s = moments(m, s, g)
    return divided(m, s, step, rate), m / (1 - 0.9**step), s / (1 - 0.999**step)


@mutant(
    "adam", "values", "constructed: a step counted from 0", says="one step too many"
)
def counts_too_far(m, s, g, step, rate):
    m, s = moments(m, s, g)
    return divided(m, s, step + 1, rate), m, s


@mutant("adam", "values", "constructed: betas exchanged", says="0.9 and 0.999")
def exchanges_the_betas(m, s, g, step, rate):
    m, s = 0.999 * m + 0.001 * g, 0.9 * s + 0.1 * g**2
    return divided(m, s, step, rate, (0.999, 0.9)), m, s


@mutant("adam", "values", "constructed: no root", says="have no root")
def divides_by_the_square(m, s, g, step, rate):
    m, s = moments(m, s, g)
    return -rate * m / (1 - 0.9**step) / (s / (1 - 0.999**step) + 1e-8), m, s


@mutant(
    "adam",
    "values",
    "constructed: mean over the wrong axis",
    says="over all parameters",
)
def shares_one_scale(m, s, g, step, rate):
    square = jnp.sum(g**2) / max(g.shape[0], 1)
    m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * square
    return divided(m, s, step, rate), m, s


@mutant("adam", "values", "constructed: ascent", says="uphill")
def climbs_with_adam(m, s, g, step, rate):
    return solutions.adam(m, s, g, step, -rate)


@mutant("adam", "values", "constructed: order of results", says="the means first")
def returns_the_means_first(m, s, g, step, rate):
    update, m, s = solutions.adam(m, s, g, step, rate)
    return m, s, update


@mutant("adam", "jit", "jax.errors.TracerBoolConversionError: `if step == 1`")
def branches_on_the_step(m, s, g, step, rate):
    return solutions.adam(m, s, g, 1 if step == 1 else step, rate)


@mutant(
    "adam", "values", "github ufal/npfl114#79: 1 - beta for 1 - beta^t", says="no power"
)
def forgets_the_power(m, s, g, step, rate):
    m, s = moments(m, s, g)
    return divided(m, s, 1, rate), m, s
