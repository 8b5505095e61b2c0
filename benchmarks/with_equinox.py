"""Equinox, as its documentation trains: `eqx.nn` layers and `eqx.filter_jit`."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks.problem import RATE, Problem


def mean_loss(model, x, y):
    logits = jax.vmap(model)(x)
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def train(problem: Problem, start, batches, loss=mean_loss) -> Callable[[], float]:
    optimizer = optax.adam(RATE)

    @eqx.filter_jit
    def make_step(model, state, *batch):
        value, grads = eqx.filter_value_and_grad(loss)(model, *batch)
        updates, state = optimizer.update(grads, state, model)
        return eqx.apply_updates(model, updates), state, value

    def run() -> float:
        model, losses = start, []
        state = optimizer.init(eqx.filter(model, eqx.is_array))
        for batch in batches():
            model, state, value = make_step(model, state, *batch)
            losses.append(value)
        return problem.last(jax.device_get(losses))

    return run


def linear(w: np.ndarray, b: np.ndarray | None = None) -> eqx.nn.Linear:
    layer = eqx.nn.Linear(*w.shape, use_bias=b is not None, key=jax.random.key(0))
    layer = eqx.tree_at(lambda t: t.weight, layer, jnp.array(w.T))
    return layer if b is None else eqx.tree_at(lambda t: t.bias, layer, jnp.array(b))


def conv(w: np.ndarray, b: np.ndarray, padding: int) -> eqx.nn.Conv2d:
    i, _, d, c = w.shape
    layer = eqx.nn.Conv2d(d, c, i, padding=padding, key=jax.random.key(0))
    layer = eqx.tree_at(lambda t: t.weight, layer, jnp.array(w.transpose(3, 2, 0, 1)))
    return eqx.tree_at(lambda t: t.bias, layer, jnp.array(b)[:, None, None])


def mlp(problem: Problem) -> Callable[[], float]:
    w0, b0, w1, b1 = problem.weights
    relu = eqx.nn.Lambda(jax.nn.relu)
    model = eqx.nn.Sequential([linear(w0, b0), relu, linear(w1, b1)])
    return train(problem, model, problem.batches)


def lenet(problem: Problem) -> Callable[[], float]:
    w1, b1, w3, b3, w5, b5, w6, b6, w7, b7 = problem.weights
    # an image is (channel, row, column) here, and is unrolled in that order
    w5 = w5.reshape(5, 5, 16, 120).transpose(2, 0, 1, 3).reshape(400, 120)
    relu, pool = eqx.nn.Lambda(jax.nn.relu), eqx.nn.MaxPool2d(2, 2)
    first = [conv(w1, b1, 2), relu, pool, conv(w3, b3, 0), relu, pool]
    last = [linear(w5, b5), relu, linear(w6, b6), relu, linear(w7, b7)]
    model = eqx.nn.Sequential([*first, eqx.nn.Lambda(jnp.ravel), *last])

    def batches():
        return ((x.transpose(0, 3, 1, 2), y) for x, y in problem.batches())

    return train(problem, model, batches)


def graph(problem: Problem) -> Callable[[], float]:
    arrays = (problem.x, problem.y, problem.reader, problem.read, problem.values)
    batch = tuple(map(jnp.asarray, arrays))

    def loss(model, x, y, reader, read, values):
        def multiply(x):
            terms = values[:, None] * x[read]
            return jax.ops.segment_sum(terms, reader, len(x))

        hidden = jax.nn.relu(multiply(jax.vmap(model[0])(x)))
        logits = multiply(jax.vmap(model[1])(hidden))
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    model = [linear(w) for w in problem.weights]
    steps = problem.rows.shape[0] * problem.rows.shape[1]
    return train(problem, model, lambda: [batch] * steps, loss)
