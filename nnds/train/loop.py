"""Training: one step, and `fit`, which repeats it over the data. On optax.

`loss(model, batch, key)` returns the mean loss of a batch, or that and a dict of other
numbers to record; `key` is None when the model is only evaluated. A model with a state
that is not trained (running statistics) takes it and returns it:
`loss(model, batch, key, state)` returns `(scalar, metrics, state)`.
"""

import warnings
from contextlib import closing
from math import isnan

import jax.numpy as jnp
import optax
from jax.sharding import Mesh
from jaxtyping import PRNGKeyArray, PyTree

from nnds.train import batches
from nnds.train.batches import Data
from nnds.train.divergence import check_model
from nnds.train.epochs import Settings, epochs_of
from nnds.train.evaluation import Loss, evaluate
from nnds.train.history import History
from nnds.train.interrupt import interruptible
from nnds.train.program import Carry


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
    check_arguments(data, epochs, batch_size, validation, patience, mesh, chunk)
    validation = batches.on_device(validation, mesh)
    settings = Settings(loss, optimizer, epochs, batch_size, mesh, chunk, progress)
    history, best, least = History(), None, jnp.inf
    with interruptible() as interrupted:
        first = Carry(model, optimizer.init(model), state, jnp.array(0))
        training = epochs_of(first, data, settings, key, history, interrupted)
        del first  # its memory is needed
        with closing(training):
            for epoch, trained in enumerate(training, start=1):
                if interrupted():
                    history.stopped = "interrupted"
                    break
                if validation is None:
                    continue
                scores = evaluate(
                    trained.model, validation, loss=loss, state=trained.state
                )
                history.add("validation", scores)
                warn_of_nan(scores["loss"])
                if scores["loss"] < least:
                    least, history.best_epoch = scores["loss"], epoch
                    kept = trained._replace(opt_state=None)
                    best = batches.place(kept, mesh) if patience else None
                elif patience and epoch - (history.best_epoch or 0) >= patience:
                    history.stopped = "patience"
                    break
    if best is not None and history.stopped != "interrupted":
        trained = best
    history.state = trained.state
    return trained.model, history


def warn_of_nan(validation_loss: float) -> None:
    """Warn of a validation loss that patience can never see fall."""
    if isnan(validation_loss):
        text = "the validation loss is nan, which counts as no progress for patience"
        warnings.warn(text, stacklevel=3)


def check_arguments(
    data: Data,
    epochs: int,
    batch_size: int,
    validation: Data,
    patience: int | None,
    mesh: Mesh | None,
    chunk: int | None,
) -> None:
    """Refuse what cannot be trained on: ValueError or TypeError.

    >>> check_arguments([], 0, 1, None, None, None, None)
    Traceback (most recent call last):
    ValueError: epochs is 0; expected 1 or more
    """
    size = batches.check_rows(data) if batches.in_memory(data) else None
    batches.check_batch_size(batch_size, size, mesh)
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; expected 1 or more")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk is {chunk}; expected 1 or more, or None")
    if patience is not None and (patience < 1 or validation is None):
        raise ValueError(
            f"patience is {patience}, validation is {type(validation).__name__}; "
            "expected a patience of 1 or more and data to validate on"
        )
