"""Make the problems. The order of rows is that which `nnds.train.fit` draws."""

import jax
import numpy as np

from benchmarks.problem import Problem
from nnds.conv import LeNet5
from nnds.data import load
from nnds.dense import MLP
from nnds.graph import CSR, GCN, normalise
from nnds.train.batches import shuffled

KEY = 0  # of `fit`, for the order of rows
NONE = np.zeros(0)


def weights_of(model) -> list[np.ndarray]:
    """Return the weights of a model, layer after layer."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(model)]


def order(size: int, batch: int, epochs: int) -> np.ndarray:
    key, _ = jax.random.split(jax.random.key(KEY))
    keys = [jax.random.fold_in(key, epoch) for epoch in range(1, epochs + 1)]
    return np.stack([shuffled(key, size, batch) for key in keys])


def images(model, batch: int, epochs: int, size: int = 4000) -> Problem:
    train = load("mnist").train
    turns = np.arange(size) % len(train["y"])
    x, y = train["x"][turns], train["y"][turns].astype(np.int32)
    rows = order(len(x), batch, epochs)
    return Problem(x, y, rows, weights_of(model), NONE, NONE, NONE)


def mlp(epochs: int = 4, size: int = 20_000) -> Problem:
    """Return MNIST digits, five times over, for an MLP 784-128-10 in batches of 128."""
    model = MLP.init([784, 128, 10], key=jax.random.key(1))
    problem = images(model, min(128, size), epochs, size)
    flat = problem.x.reshape(len(problem.x), 784)
    return Problem(**{**vars(problem), "x": flat})


def lenet(epochs: int = 3, size: int = 4000) -> Problem:
    """Return MNIST digits for LeNet-5, in batches of 64."""
    model = LeNet5.init(key=jax.random.key(1))
    return images(model, min(64, size), epochs, size)


def graph(steps: int = 10, n: int = 100_000, edges: int = 1_000_000) -> Problem:
    """Return a random graph whose nodes have 32 features and one of 8 classes.

    The class is read off the mean of the neighbours, so that there is something to
    learn. Self-loops are among the edges, which are sorted by the node that reads.
    """
    rng = np.random.default_rng(0)
    reader, read = rng.integers(n, size=(2, edges))
    a = normalise(CSR.from_edges(reader, read, n))
    assert isinstance(a, CSR)
    x = rng.standard_normal((n, 32), dtype=np.float32)
    mean = np.asarray(a @ jax.numpy.asarray(x))
    y = (mean @ rng.standard_normal((32, 8), dtype=np.float32)).argmax(1)
    model = GCN.init([32, 32, 8], key=jax.random.key(1))
    return Problem(
        x,
        y.astype(np.int32),
        np.zeros((1, steps, 1), np.int32),
        weights_of(model),
        *(np.asarray(t) for t in (a.pattern.row, a.pattern.column, a.values)),
    )
