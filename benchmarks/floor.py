"""The floor: JAX written by hand for one problem, with nothing a user would want.

No checks, no shuffling, no history: a donated step in a loop, or all steps of an epoch
in one `lax.scan`. Several ways of each, of which the fastest is the floor.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optax
from jax import lax

from benchmarks.problem import RATE, Problem
from nnds.conv import max_pool2d
from nnds.conv.toeplitz import banded_conv2d
from nnds.graph import CSR

OPTIMIZER = optax.adam(RATE)


def mean_loss(logits, labels):
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def stepper(forward: Callable) -> Callable:
    """Return a step on the rows of data that stay on the device."""

    def step(weights, state, x, y):
        def loss(weights):
            return mean_loss(forward(weights, x), y)

        value, grads = jax.value_and_grad(loss)(weights)
        updates, state = OPTIMIZER.update(grads, state, weights)
        return optax.apply_updates(weights, updates), state, value

    return step


def start(problem: Problem):
    weights = [jnp.array(w) for w in problem.weights]
    return weights, OPTIMIZER.init(weights)


def looped(forward: Callable, problem: Problem) -> Callable[[], float]:
    step, (x, y) = stepper(forward), map(jnp.asarray, (problem.x, problem.y))

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(weights, state, x, y, rows):
        return step(weights, state, x[rows], y[rows])

    def run() -> float:
        (weights, state), losses = start(problem), []
        for rows in problem.rows.reshape(-1, problem.rows.shape[-1]):
            weights, state, value = update(weights, state, x, y, rows)
            losses.append(value)
        return problem.last(jax.device_get(losses))

    return run


def scanned(forward: Callable, problem: Problem) -> Callable[[], float]:
    step, (x, y) = stepper(forward), map(jnp.asarray, (problem.x, problem.y))

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(weights, state, x, y, rows):
        def one(carry, rows):
            *carry, value = step(*carry, x[rows], y[rows])
            return tuple(carry), value

        return lax.scan(one, (weights, state), rows)

    def run() -> float:
        (weights, state), losses = start(problem), []
        for rows in problem.rows:
            (weights, state), value = update(weights, state, x, y, rows)
            losses.extend(jax.device_get(value))
        return problem.last(losses)

    return run


def mlp_forward(weights, x):
    w0, b0, w1, b1 = weights
    return jax.nn.relu(x @ w0 + b0) @ w1 + b1


def mlp_loop(problem: Problem) -> Callable[[], float]:
    return looped(mlp_forward, problem)


def mlp_scan(problem: Problem) -> Callable[[], float]:
    return scanned(mlp_forward, problem)


def lenet_forward(convolve: Callable, pool: Callable, weights, x):
    w1, b1, w3, b3, w5, b5, w6, b6, w7, b7 = weights
    x = jnp.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
    x = pool(jax.nn.relu(convolve(x, w1) + b1))
    x = pool(jax.nn.relu(convolve(x, w3) + b3))
    x = jax.nn.relu(x.reshape(len(x), -1) @ w5 + b5)
    return jax.nn.relu(x @ w6 + b6) @ w7 + b7


def library(x, w):
    numbers = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=numbers)


def halves(x):
    """Pool by a reshape, as the windows do not overlap."""
    b, h, w, d = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2, d).max((2, 4))


def shifts(x):
    return jax.vmap(lambda image: max_pool2d(image, 2))(x)


def banded(x, w):
    return jax.vmap(banded_conv2d, (0, None))(x, w)


def lenet_loop(problem: Problem) -> Callable[[], float]:
    return looped(partial(lenet_forward, library, shifts), problem)


def lenet_loop_banded(problem: Problem) -> Callable[[], float]:
    return looped(partial(lenet_forward, banded, shifts), problem)


def lenet_loop_reshape(problem: Problem) -> Callable[[], float]:
    return looped(partial(lenet_forward, banded, halves), problem)


def lenet_scan_banded(problem: Problem) -> Callable[[], float]:
    return scanned(partial(lenet_forward, banded, shifts), problem)


def gcn(multiply: Callable, weights, x):
    w0, w1 = weights
    return multiply(jax.nn.relu(multiply(x @ w0)) @ w1)


def gcn_product_first(multiply: Callable, weights, x):
    """As above, but the first layer multiplies by the data first: no gradient there."""
    w0, w1 = weights
    return multiply(jax.nn.relu(multiply(x) @ w0) @ w1)


def whole_graph(
    problem: Problem, multiplier: Callable, *a, network: Callable = gcn
) -> Callable[[], float]:
    """Return a loop over steps on all nodes; the graph `a` is an argument of each."""
    x, y = map(jnp.asarray, (problem.x, problem.y))

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(weights, state, x, y, *a):
        forward = partial(network, partial(multiplier, *a))
        return stepper(forward)(weights, state, x, y)

    def run() -> float:
        (weights, state), losses = start(problem), []
        for _ in range(problem.rows.shape[0] * problem.rows.shape[1]):
            weights, state, value = update(weights, state, x, y, *a)
            losses.append(value)
        return problem.last(jax.device_get(losses))

    return run


def graph_csr(problem: Problem) -> Callable[[], float]:
    n = len(problem.x)
    a = CSR.from_edges(problem.reader, problem.read, n, problem.values)
    return whole_graph(problem, lambda a, x: a @ x, a)


def graph_csr_product_first(problem: Problem) -> Callable[[], float]:
    n = len(problem.x)
    a = CSR.from_edges(problem.reader, problem.read, n, problem.values)
    return whole_graph(problem, lambda a, x: a @ x, a, network=gcn_product_first)


def graph_segments(problem: Problem) -> Callable[[], float]:
    def multiply(reader, read, values, x):
        terms = values[:, None] * x[read]
        return jax.ops.segment_sum(terms, reader, len(x), indices_are_sorted=True)

    a = map(jnp.asarray, (problem.reader, problem.read, problem.values))
    return whole_graph(problem, multiply, *a)
