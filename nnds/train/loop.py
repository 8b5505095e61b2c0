"""Training: one step, and `fit`, which repeats it over the data. On optax.

`loss(model, batch, key)` returns the mean loss of a batch, or that and a dict of other
numbers to record; `key` is None when the model is only evaluated. A model with a state
that is not trained (running statistics) takes it and returns it:
`loss(model, batch, key, state)` returns `(scalar, metrics, state)`.
"""

import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh
from jaxtyping import Array, Int, PRNGKeyArray, PyTree
from tqdm import tqdm

from nnds.train import batches
from nnds.train.batches import Batch, Data, in_memory
from nnds.train.chunks import repeat, steps_together
from nnds.train.divergence import Diverged, check_model, retrace
from nnds.train.evaluation import Loss, Metrics, apply_loss, evaluate
from nnds.train.history import History, Steps
from nnds.train.interrupt import interruptible


def step(
    model: PyTree,
    opt_state: PyTree,
    batch: Batch,
    key: PRNGKeyArray | None,
    state: PyTree = None,
    *,
    loss: Loss,
    optimizer: optax.GradientTransformation,
) -> tuple[PyTree, PyTree, PyTree, Metrics]:
    """Return the model, optimiser state, state and metrics after one gradient step.

    Pure, and compiled by whoever calls it: `jax.jit(partial(step, loss=loss, ...))`.
    """
    slope = jax.value_and_grad(partial(apply_loss, loss), has_aux=True)
    (_, (metrics, state)), grads = slope(model, batch, key, state)
    updates, opt_state = optimizer.update(grads, opt_state, model)
    return optax.apply_updates(model, updates), opt_state, state, metrics


class Carry(NamedTuple):
    """What a step of `fit` reads and replaces."""

    model: PyTree
    opt_state: PyTree
    state: PyTree
    count: Int[Array, ""]  # of steps taken


@lru_cache(maxsize=32)
def program(
    tree: Any,
    loss: Loss,
    optimizer: optax.GradientTransformation,
    mesh: Mesh | None,
    donate: bool = True,
) -> Callable[..., tuple[list[Array], Metrics]]:
    """Return the compiled function that takes one step or several.

    It steps on the batch `data`, or on `data[rows]`, or on the first `count` of `rows`
    one after the other. The carry comes as its leaves, which are donated: nothing is
    copied, and taking a module apart at every call would cost more than the call.
    """

    @jax.jit  # so that it is traced once, whoever asks for its shapes before
    def one(
        carry: Carry, rows: Int[Array, " b"] | None, key: PRNGKeyArray, data: Batch
    ) -> tuple[Carry, Metrics]:
        batch = data if rows is None else {name: a[rows] for name, a in data.items()}
        if mesh is not None:  # each device reads its part; XLA adds the parts up
            there = batches.placement(mesh, "rows")
            batch = jax.lax.with_sharding_constraint(batch, there)
        model, opt_state, state, count = carry
        key = jax.random.fold_in(key, count)
        model, opt_state, state, metrics = step(
            model, opt_state, batch, key, state, loss=loss, optimizer=optimizer
        )
        return Carry(model, opt_state, state, count + 1), metrics

    def run(
        leaves: list[Array],
        key: PRNGKeyArray,
        data: Batch,
        rows: Int[Array, "..."] | None,
        count: Int[Array, ""] | int,
    ) -> tuple[list[Array], Metrics]:
        carry = jax.tree.unflatten(tree, leaves)
        if rows is None or rows.ndim == 1:
            carry, metrics = one(carry, rows, key, data)
        else:
            carry, metrics = repeat(
                lambda carry, rows: one(carry, rows, key, data), carry, rows, count
            )
        if mesh is not None:
            carry = jax.lax.with_sharding_constraint(carry, batches.placement(mesh))
        return jax.tree.leaves(carry), metrics

    return jax.jit(run, donate_argnums=0 if donate else ())


def fit(
    model: PyTree,
    data: Data,
    *,
    loss: Loss,
    optimizer: optax.GradientTransformation,
    epochs: int,
    batch_size: int,
    key: PRNGKeyArray,
    validation: Data = None,
    patience: int | None = None,
    state: PyTree = None,
    mesh: Mesh | None = None,
    chunk: int | None = None,
    progress: bool = True,
) -> tuple[PyTree, History]:
    """Return a trained copy of the model, and the history of its training.

    `data` is a dict of arrays with one row an example, shuffled anew each epoch, or an
    iterable of such dicts, gone through once an epoch. With `patience`, training stops
    after so many epochs without a lower `validation` loss, and the best model is
    returned. `mesh` divides each batch among its devices. `chunk` steps run as one
    program: 32 unless given, or 1 where that was measured to be faster (a CPU, and a
    step with convolutions of the library). Ctrl-C returns what is trained so far.
    ValueError or TypeError for input that cannot be trained on; Diverged for a number
    that is not finite.
    """
    check_model(model)
    size = batches.check_rows(data) if in_memory(data) else None
    batches.check_batch_size(batch_size, size, mesh)
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; expected 1 or more")
    if patience is not None and (patience < 1 or validation is None):
        raise ValueError(
            f"patience is {patience}, validation is {type(validation).__name__}; "
            "expected a patience of 1 or more and data to validate on"
        )
    data, validation = (batches.on_device(d, mesh) for d in (data, validation))
    shuffling, stepping = jax.random.split(key)
    carry = Carry(model, optimizer.init(model), state, jnp.array(0))
    leaves, tree = jax.tree.flatten(batches.place(carry, mesh))
    update = program(tree, loss, optimizer, mesh)
    if chunk is None:
        chunk = steps_together(update, leaves, stepping, data, batch_size)
    history, best, least = History(), None, jnp.inf
    steps = Steps(batches.place(leaves, mesh))
    each = batches.length(data, batch_size)
    bar = tqdm(total=each and epochs * each, unit="step", disable=not progress)
    with interruptible() as interrupted, bar:
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}")
            began, steps = time.perf_counter(), steps.anew()
            order = jax.random.fold_in(shuffling, epoch)
            calls = batches.epoch_of(data, order, batch_size, chunk, mesh, steps.pace)
            for call in calls:
                leaves, metrics = update(leaves, stepping, *call)
                if steps.add(metrics, call):
                    steps.read(leaves, bar)
                if interrupted() or not steps.sound:
                    break
            steps.read(leaves, bar)
            trained = Carry(*jax.tree.unflatten(tree, leaves))
            history.add("train", steps.means())
            history.seconds.append(time.perf_counter() - began)
            if not steps.sound:
                history.stopped = "diverged"
                again = program(tree, loss, optimizer, mesh, donate=False)
                raise Diverged(*retrace(again, stepping, tree, steps, epoch), history)
            if interrupted():
                history.stopped = "interrupted"
                break
            if not steps.count:
                raise ValueError(
                    f"the data gave no batch in epoch {epoch}. A generator is spent "
                    "after one: pass what can be gone through again, such as a list"
                )
            if validation is None:
                continue
            scores = evaluate(trained.model, validation, loss=loss, state=trained.state)
            history.add("validation", scores)
            if scores["loss"] < least:
                least, history.best_epoch = scores["loss"], epoch
                best = batches.place(trained, mesh) if patience else None
            elif patience and epoch - (history.best_epoch or 0) >= patience:
                history.stopped = "patience"
                break

    if best is not None and history.stopped != "interrupted":
        trained = best
    history.state = trained.state
    return trained.model, history
