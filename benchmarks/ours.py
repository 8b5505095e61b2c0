"""nnds, as its users call it: `fit` on a dict of arrays."""

from collections.abc import Callable

import jax
import numpy as np
import optax

from benchmarks.make import KEY
from benchmarks.problem import RATE, Problem
from nnds.conv import LeNet5
from nnds.dense import MLP
from nnds.graph import CSR, GCN
from nnds.losses import cross_entropy
from nnds.train import fit


def loss(model, batch, key):
    logits = jax.vmap(model)(batch["x"])
    return jax.vmap(cross_entropy)(logits, batch["y"]).mean()


def train(problem: Problem, model, chunk: int | None = None) -> Callable[[], float]:
    leaves = [jax.numpy.asarray(w) for w in problem.weights]
    model = jax.tree.unflatten(jax.tree.structure(model), leaves)
    optimizer = optax.adam(RATE)
    epochs, _, batch = problem.rows.shape
    data = jax.device_put({"x": problem.x, "y": problem.y})  # as the floor has them

    def run() -> float:
        _, history = fit(
            model,
            data,
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch,
            key=jax.random.key(KEY),
            chunk=chunk,
            progress=False,
        )
        return history.train["loss"][-1]

    return run


def mlp(problem: Problem, chunk: int | None = None) -> Callable[[], float]:
    return train(problem, MLP.init([784, 128, 10], key=jax.random.key(0)), chunk)


def mlp_loop(problem: Problem) -> Callable[[], float]:
    return mlp(problem, 1)


def lenet(problem: Problem, chunk: int | None = None) -> Callable[[], float]:
    return train(problem, LeNet5.init(key=jax.random.key(0)), chunk)


def lenet_loop(problem: Problem) -> Callable[[], float]:
    return lenet(problem, 1)


def graph(problem: Problem) -> Callable[[], float]:
    a = CSR.from_edges(problem.reader, problem.read, len(problem.x), problem.values)
    batch = {"x": jax.numpy.asarray(problem.x), "y": jax.numpy.asarray(problem.y)}
    model = GCN.init([32, 32, 8], key=jax.random.key(0))
    leaves = [jax.numpy.asarray(w) for w in problem.weights]
    model = jax.tree.unflatten(jax.tree.structure(model), leaves)
    optimizer = optax.adam(RATE)

    def graph_loss(model, batch, key):
        return jax.vmap(cross_entropy)(model(batch["x"], a), batch["y"]).mean()

    def run() -> float:
        _, history = fit(
            model,
            [batch] * problem.rows.shape[1],
            loss=graph_loss,
            optimizer=optimizer,
            epochs=len(problem.rows),
            batch_size=len(problem.x),
            key=jax.random.key(KEY),
            progress=False,
        )
        return history.train["loss"][-1]

    assert np.array_equal(np.asarray(a.pattern.column), problem.read)
    return run
