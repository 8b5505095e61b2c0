"""The epochs of training, at full speed: what `fit` need not show.

Steps are compiled and their results stay on the device; see `readings`.
"""

import time
from collections.abc import Callable, Generator
from typing import NamedTuple

import jax
import optax
from jax.sharding import Mesh
from jaxtyping import PRNGKeyArray
from tqdm import tqdm

from nnds.train import batches
from nnds.train.batches import Data
from nnds.train.chunks import steps_together
from nnds.train.divergence import Diverged, repeat_steps
from nnds.train.evaluation import Loss
from nnds.train.history import History
from nnds.train.program import Carry, program
from nnds.train.readings import Readings


class Settings(NamedTuple):
    """What stays the same through all epochs."""

    loss: Loss
    optimizer: optax.GradientTransformation
    epochs: int
    batch_size: int
    mesh: Mesh | None
    chunk: int | None  # steps in one program; None: chosen by measurement
    progress: bool


def epochs_of(
    carry: Carry,
    data: Data,
    settings: Settings,
    key: PRNGKeyArray,
    history: History,
    interrupted: Callable[[], bool],
) -> Generator[Carry, None, None]:
    """Yield the carry after each epoch, and record its losses in `history`.

    An interrupted epoch is yielded as far as it went. Its arrays are donated to the
    next epoch: copy what is to be kept. ValueError where the data give no batch;
    Diverged at the first number that is not finite.
    """
    loss, optimizer, epochs, batch_size, mesh, chunk, progress = settings
    data = batches.on_device(data, mesh)
    shuffling, stepping = jax.random.split(key)
    leaves, tree = jax.tree.flatten(batches.place(carry, mesh))
    update = program(tree, loss, optimizer, mesh)
    if chunk is None:
        chunk = steps_together(update, leaves, stepping, data, batch_size)
    model = len(jax.tree.leaves(carry.model))
    readings = Readings(batches.place(leaves, mesh), model)
    del carry  # the caller's copy need not stay
    length = batches.length(data, batch_size)
    bar = tqdm(total=length and epochs * length, unit="step", disable=not progress)
    with bar:
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}")
            start, readings = time.perf_counter(), readings.next_epoch()
            order = jax.random.fold_in(shuffling, epoch)
            for call in batches.epoch_of(
                data, order, batch_size, chunk, mesh, readings.steps_left
            ):
                leaves, metrics = update(leaves, stepping, *call)
                if readings.add(metrics, call):
                    readings.read(leaves, bar)
                if interrupted() or not readings.finite:
                    break
            readings.read(leaves, bar)
            history.add("train", readings.means())
            history.seconds.append(time.perf_counter() - start)
            if not readings.finite:
                history.stopped = "diverged"
                careful = program(tree, loss, optimizer, mesh, donate=False)
                model, problem = repeat_steps(careful, stepping, tree, readings, epoch)
                raise Diverged(model, problem, history)
            if not (readings.count or interrupted()):
                raise ValueError(
                    f"the data gave no batch in epoch {epoch}. A generator is empty "
                    "after one pass: give what can be read again, such as a list"
                )
            yield Carry(*jax.tree.unflatten(tree, leaves))
