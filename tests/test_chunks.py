"""Many steps as one program: how many, and when their results are read."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tqdm import tqdm

from nnds.conv import Conv2d, LeNet5
from nnds.dense import MLP
from nnds.train import readings as module
from nnds.train.batches import Call
from nnds.train.chunks import STEPS, repeat, steps_together
from nnds.train.program import Carry, program
from nnds.train.readings import Readings

KEY = jax.random.key(0)


def loss(model, batch, key):
    return jnp.mean(jax.vmap(model)(batch["x"]) ** 2)


@pytest.mark.parametrize(
    ("model", "shape", "expected"),
    [
        (MLP.init([4, 3, 2], key=KEY), (4,), STEPS),
        (LeNet5.init(key=KEY), (28, 28, 1), STEPS),  # matrix products on a CPU
        (Conv2d.init(16, 4, size=3, key=KEY), (9, 9, 16), 1),
    ],
    ids=["MLP", "LeNet-5", "16 channels"],
)
def test_a_convolution_of_the_library_is_not_put_in_a_loop(model, shape, expected):
    optimizer = optax.sgd(0.1)
    carry = Carry(model, optimizer.init(model), None, jnp.array(0))
    leaves, tree = jax.tree.flatten(carry)
    data = {"x": np.zeros((6, *shape), np.float32)}
    run = program(tree, loss, optimizer, None)
    expected = expected if jax.default_backend() == "cpu" else STEPS
    assert steps_together(run, leaves, KEY, data, 2) == expected
    assert steps_together(run, leaves, KEY, [data], 2) == 1


def test_one_program_serves_every_count():
    traces = []

    def take(carry, rows):
        traces.append(rows.shape)
        return carry + rows.sum(), {"before": carry, "first": rows[0]}

    rows = jnp.arange(8).reshape(4, 2)
    compiled = jax.jit(lambda count: repeat(jax.jit(take), 0, rows, count))
    for count in range(5):
        last, results = compiled(count)
        assert int(last) == rows[:count].sum()
        sums = np.cumsum([0, *rows.sum(1)])[:4] * (np.arange(4) < count)
        np.testing.assert_array_equal(results["before"], sums)
        np.testing.assert_array_equal(
            results["first"], rows[:, 0] * (rows[:, 0] < 2 * count)
        )
    assert traces == [(2,)]


class Bar(tqdm):
    """A bar that remembers how it moved."""

    def __init__(self):
        super().__init__(disable=True)
        self.moved = []

    def update(self, n=1):
        self.moved.append(n)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(1.0, [1] * 8), (0.099, [1, 3, 3]), (0.001, [1, 8, 64, 300])],
)
def test_results_are_read_about_three_times_a_second(monkeypatch, seconds, expected):
    now = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    leaves, bar = [jnp.zeros(2)], Bar()
    readings = Readings(leaves, model=1)
    while len(bar.moved) < len(expected):
        call = Call({}, None, min(STEPS, readings.steps_left()))
        now[0] += seconds * call.count
        # a call that was filled up: what does not count would not be finite
        losses = np.where(np.arange(STEPS) < call.count, 1.0, np.nan)
        if readings.add({"loss": losses}, call):
            readings.read(leaves, bar)
    assert bar.moved == expected
    assert readings.finite
    assert readings.count == sum(expected)
    assert readings.means() == {"loss": 1.0}
    assert readings.next_epoch().steps_left() == readings.steps_left()
