"""Training: one step, and `fit`, which repeats it over the data. On optax.

`loss(model, batch, key)` returns the mean loss of a batch, or that and a dict of other
numbers to record; `key` is None when the model is only evaluated. A model with a state
that is not trained (running statistics) takes it and returns it:
`loss(model, batch, key, state)` returns `(scalar, metrics, state)`.
"""

import time
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh
from jaxtyping import Array, Bool, Int, PRNGKeyArray, PyTree
from tqdm import tqdm

from nnds import batches
from nnds.batches import Batch, Data, in_memory
from nnds.divergence import Diverged, check_model, explain, finite_leaves
from nnds.evaluate import Loss, Metrics, apply_loss, evaluate
from nnds.history import History, Steps
from nnds.interrupt import interruptible


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
    """What a step of `fit` reads and replaces: donated, so that nothing is copied."""

    model: PyTree
    opt_state: PyTree
    state: PyTree
    count: Int[Array, ""]  # of steps taken
    ok: Bool[Array, ""]  # were they all finite?


@partial(
    jax.jit, donate_argnums=0, static_argnames=("tree", "loss", "optimizer", "mesh")
)
def run(
    leaves: list[Array],
    key: PRNGKeyArray,
    data: Batch,
    rows: Int[Array, "..."] | None,
    *,
    tree: Any,
    loss: Loss,
    optimizer: optax.GradientTransformation,
    mesh: Mesh | None,
) -> tuple[list[Array], tuple[Metrics, Bool[Array, "..."]]]:
    """Step on the batch `data`, or on `data[rows]`, or once for each row of `rows`.

    The carry comes as its leaves, since taking a module apart at every call costs more
    than the call. A step that meets a number that is not finite changes nothing, nor
    does any after it.
    """

    def one(carry: Carry, rows: Int[Array, " b"] | None) -> tuple[Carry, Any]:
        batch = data if rows is None else {name: a[rows] for name, a in data.items()}
        if mesh is not None:  # each device reads its part; XLA adds the parts up
            batch = jax.lax.with_sharding_constraint(
                batch, batches.placement(mesh, "rows")
            )
        model, opt_state, state, count, ok = carry
        key_now = jax.random.fold_in(key, count)
        *new, metrics = step(
            model, opt_state, batch, key_now, state, loss=loss, optimizer=optimizer
        )
        finite = finite_leaves(batch, metrics["loss"], new[0])
        ok = ok & finite.all()
        kept = jax.tree.map(partial(jnp.where, ok), new, list(carry[:3]))
        metrics["loss"] = jnp.where(ok, metrics["loss"], jnp.nan)
        return Carry(kept[0], kept[1], kept[2], count + ok, ok), (metrics, finite)

    carry = jax.tree.unflatten(tree, leaves)
    several = rows is not None and rows.ndim == 2
    carry, seen = jax.lax.scan(one, carry, rows) if several else one(carry, rows)
    if mesh is not None:
        carry = jax.lax.with_sharding_constraint(carry, batches.placement(mesh))
    return jax.tree.leaves(carry), seen


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
    program (`lax.scan`): by default 1 on a CPU, where a loop was measured faster, and
    32 elsewhere. Ctrl-C returns what is trained so far. ValueError or TypeError for
    input that cannot be trained on; Diverged for a number that is not finite.
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
    chunk = chunk or (1 if jax.default_backend() == "cpu" else 32)
    everywhere = batches.placement(mesh)
    data = jax.device_put(dict(data), everywhere) if in_memory(data) else data
    if in_memory(validation):
        validation = jax.device_put(dict(validation), everywhere)
    shuffling, stepping = jax.random.split(key)
    carry = Carry(model, optimizer.init(model), state, jnp.array(0), jnp.array(True))
    leaves, tree = jax.tree.flatten(batches.place(carry, mesh))
    update = partial(run, tree=tree, loss=loss, optimizer=optimizer, mesh=mesh)
    history, best, least = History(), None, jnp.inf

    each = batches.length(data, batch_size)
    total = None if each is None else epochs * each
    bar = tqdm(total=total, unit="step", disable=not progress)
    with interruptible() as interrupted, bar:
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}")
            began, steps, batch = time.perf_counter(), Steps(), {}
            order = jax.random.fold_in(shuffling, epoch)
            for batch, rows in batches.epoch_of(data, order, batch_size, chunk, mesh):
                leaves, result = update(leaves, stepping, batch, rows)
                if steps.add(result):
                    steps.show(bar)
                if interrupted() or steps.bad is not None:
                    break
            steps.read()
            steps.show(bar)
            if not batch:
                raise ValueError(
                    f"the data gave no batch in epoch {epoch}. A generator is spent "
                    "after one: pass what can be gone through again, such as a list"
                )
            trained = jax.tree.unflatten(tree, leaves)
            history.add("train", steps.means())
            history.seconds.append(time.perf_counter() - began)
            if steps.bad is not None:
                history.stopped = "diverged"
                message = explain(steps.bad, batch, model, epoch, steps.count + 1)
                raise Diverged(message, trained.model, history)
            if interrupted():
                history.stopped = "interrupted"
                break
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
