"""What training leaves behind: numbers by epoch, read from the device now and then."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, PyTree
from tqdm import tqdm

from nnds.train.batches import Call


@dataclass
class History:
    """What `fit` recorded: by name, one number an epoch.

    >>> history = History()
    >>> history.add("train", {"loss": 0.5})
    >>> history.train
    {'loss': [0.5]}
    """

    train: dict[str, list[float]] = field(default_factory=dict)
    validation: dict[str, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int | None = None  # from 1: where the validation loss was least
    stopped: str = "epochs"  # or "patience", "interrupted", "diverged"
    state: PyTree = None

    def add(self, part: str, metrics: Mapping[str, Any]) -> None:
        for name, value in metrics.items():
            getattr(self, part).setdefault(name, []).append(float(value))


class Steps:
    """The steps of an epoch: their results, left on the device while it works.

    To read a number is to wait for it, so they are read together: after as many steps
    as take about 0.3 s, so that a bar moves and a nan is seen early. What was `before`
    is kept, so that the steps can be taken again to find where a nan began.
    """

    def __init__(self, before: list[Array], between: int = 1) -> None:
        self.metrics: dict[str, list[np.ndarray]] = {}
        self.count = 0  # of the steps read
        self.sound = True  # were they finite?
        self.taken: list[Call] = []  # since `before`
        self.before = before
        self._between = between  # steps from one reading to the next
        self._taken = 0  # since the last reading
        self._results: list[Any] = []
        self._read = time.perf_counter()

    def anew(self) -> "Steps":
        """Return the steps of the next epoch, at the same pace."""
        return Steps(self.before, self._between)

    def pace(self) -> int:
        """Return the number of steps to take before the next reading."""
        return max(1, self._between - self._taken)

    def add(self, result: Any, call: Call) -> bool:
        """Keep the result of a call; return whether it is time to read."""
        self._results.append(result)
        self.taken.append(call)
        self._taken += call.count
        # not too many calls, since they hold the batches of a stream
        return self._taken >= self._between or len(self.taken) >= 64

    def read(self, leaves: list[Array], bar: tqdm) -> None:
        """Wait for the results, look whether all is finite, and move the bar."""
        if not (self._results and self.sound):
            return
        after, finite = snapshot(leaves)
        results = [  # of a call that was filled up, the steps that count
            {name: np.atleast_1d(m)[: call.count] for name, m in result.items()}
            for call, result in zip(
                self.taken, jax.device_get(self._results), strict=True
            )
        ]
        losses = np.concatenate([m["loss"] for m in results])
        now = time.perf_counter()
        most = 0.3 * len(losses) / (now - self._read)
        # the first reading also waited for the compiler: grow from there
        self._between = int(min(max(most, 1), 8 * self._between))
        self._results, self._taken, self._read = [], 0, now
        if not (finite and np.isfinite(losses).all()):
            self.sound = False
            return
        for name in results[0]:
            self.metrics.setdefault(name, []).extend(m[name] for m in results)
        self.count += len(losses)
        self.taken, self.before = [], after
        bar.set_postfix(loss=f"{losses[-1]:.4f}", refresh=False)
        bar.update(len(losses))

    def means(self) -> dict[str, float]:
        """Return the mean of each metric over the steps."""
        return {k: float(np.concatenate(v).mean()) for k, v in self.metrics.items()}


@jax.jit
def snapshot(leaves: list[Array]) -> tuple[list[Array], Bool[Array, ""]]:
    """Return a copy of the leaves, and whether all of them are finite."""
    finite = [jnp.isfinite(jnp.sum(leaf)) for leaf in leaves]
    return [jnp.copy(leaf) for leaf in leaves], jnp.stack(finite).all()
