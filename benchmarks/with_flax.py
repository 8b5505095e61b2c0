"""Flax NNX, as its documentation trains: `nnx.Optimizer` and `nnx.jit`."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from benchmarks.problem import RATE, Problem


def mean_loss(model, x, y):
    logits = model(x)
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def train(problem: Problem, init, batches, loss=mean_loss) -> Callable[[], float]:
    @nnx.jit
    def train_step(model, optimizer, *batch):
        value, grads = nnx.value_and_grad(loss)(model, *batch)
        optimizer.update(model, grads)
        return value

    def run() -> float:
        model, losses = init(), []
        optimizer = nnx.Optimizer(model, optax.adam(RATE), wrt=nnx.Param)
        for batch in batches():
            losses.append(train_step(model, optimizer, *batch))
        return problem.last(jax.device_get(losses))

    return run


def filled(layer, w: np.ndarray, b: np.ndarray | None = None):
    layer.kernel[...] = jnp.array(w)
    if b is not None:
        layer.bias[...] = jnp.array(b)
    return layer


def linear(w: np.ndarray, b: np.ndarray | None = None) -> nnx.Linear:
    layer = nnx.Linear(*w.shape, use_bias=b is not None, rngs=nnx.Rngs(0))
    return filled(layer, w, b)


def conv(w: np.ndarray, b: np.ndarray, padding: str) -> nnx.Conv:
    i, j, d, c = w.shape
    return filled(nnx.Conv(d, c, (i, j), padding=padding, rngs=nnx.Rngs(0)), w, b)


def mlp(problem: Problem) -> Callable[[], float]:
    w0, b0, w1, b1 = problem.weights

    def init():
        return nnx.Sequential(linear(w0, b0), nnx.relu, linear(w1, b1))

    return train(problem, init, problem.batches)


def lenet(problem: Problem) -> Callable[[], float]:
    w1, b1, w3, b3, w5, b5, w6, b6, w7, b7 = problem.weights
    pool = partial(nnx.max_pool, window_shape=(2, 2), strides=(2, 2))

    def init():
        return nnx.Sequential(
            *(conv(w1, b1, "SAME"), nnx.relu, pool),
            *(conv(w3, b3, "VALID"), nnx.relu, pool),
            *(lambda x: x.reshape(len(x), -1), linear(w5, b5), nnx.relu),
            *(linear(w6, b6), nnx.relu, linear(w7, b7)),
        )

    return train(problem, init, problem.batches)


class GCN(nnx.Module):
    def __init__(self, problem: Problem):
        self.layers = nnx.List([linear(w) for w in problem.weights])

    def __call__(self, x, reader, read, values):
        def multiply(x):
            terms = values[:, None] * x[read]
            return jax.ops.segment_sum(terms, reader, len(x))

        return multiply(self.layers[1](nnx.relu(multiply(self.layers[0](x)))))


def graph(problem: Problem) -> Callable[[], float]:
    arrays = (problem.x, problem.y, problem.reader, problem.read, problem.values)
    batch = tuple(map(jnp.asarray, arrays))

    def loss(model, x, y, *a):
        logits = model(x, *a)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    steps = problem.rows.shape[0] * problem.rows.shape[1]
    return train(problem, partial(GCN, problem), lambda: [batch] * steps, loss)
