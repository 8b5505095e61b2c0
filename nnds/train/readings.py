"""Results of steps: left on the device while it works, and read now and then."""

import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool
from tqdm import tqdm

from nnds.train.batches import Call


class Readings:
    """The results of the steps of one epoch, read a few times a second.

    To read a number is to wait for it. Results are therefore read together, after as
    many steps as take about 0.3 s: often enough to move a progress bar and to notice a
    nan. The parameters at the last reading (`last_finite`) and the calls since then
    are kept, so that these steps can be repeated to find where a nan began.
    """

    def __init__(self, last_finite: list[Array], model: int, interval: int = 1) -> None:
        self.metrics: dict[str, list[np.ndarray]] = {}
        self.count = 0  # of the steps read
        self.finite = True
        self.calls: list[Call] = []  # since the last reading
        self.last_finite = last_finite
        self._model = model  # how many of the leaves are those of the model
        self._interval = interval  # steps from one reading to the next
        self._steps = 0  # since the last reading
        self._results: list[Any] = []
        self._read_at = time.perf_counter()

    def next_epoch(self) -> "Readings":
        """Return the readings of the next epoch, with the same interval."""
        return Readings(self.last_finite, self._model, self._interval)

    def steps_left(self) -> int:
        """Return the number of steps to take before the next reading."""
        return max(1, self._interval - self._steps)

    def add(self, result: Any, call: Call) -> bool:
        """Keep the result of a call; return whether it is time to read."""
        self._results.append(result)
        self.calls.append(call)
        self._steps += call.count
        # not too many calls, since they hold the batches of a stream
        return self._steps >= self._interval or len(self.calls) >= 64

    def read(self, leaves: list[Array], bar: tqdm) -> None:
        """Wait for the results, check that all are finite, and move the bar."""
        if not (self._results and self.finite):
            return
        copies, finite = snapshot(leaves, self._model)
        results = [  # a call with fewer steps than rows has results that do not count
            {name: np.atleast_1d(m)[: call.count] for name, m in result.items()}
            for call, result in zip(
                self.calls, jax.device_get(self._results), strict=True
            )
        ]
        losses = np.concatenate([m["loss"] for m in results])
        now = time.perf_counter()
        affordable = 0.3 * len(losses) / (now - self._read_at)
        # the first reading also waited for the compiler: grow from there
        self._interval = int(min(max(affordable, 1), 8 * self._interval))
        self._results, self._steps, self._read_at = [], 0, now
        if not (finite and np.isfinite(losses).all()):
            self.finite = False
            return
        for name in results[0]:
            self.metrics.setdefault(name, []).extend(m[name] for m in results)
        self.count += len(losses)
        self.calls, self.last_finite = [], copies
        bar.set_postfix(loss=f"{losses[-1]:.4f}", refresh=False)
        bar.update(len(losses))

    def means(self) -> dict[str, float]:
        """Return the mean of each metric over the steps."""
        return {k: float(np.concatenate(v).mean()) for k, v in self.metrics.items()}


@partial(jax.jit, static_argnames="model")
def snapshot(leaves: list[Array], model: int) -> tuple[list[Array], Bool[Array, ""]]:
    """Return a copy of the leaves, and whether those of the model are finite.

    They come first. An optimiser or a state may hold an infinity, such as the least of
    nothing so far, or a random key.
    """
    finite = [jnp.isfinite(leaf).all() for leaf in leaves[:model]]
    return [jnp.copy(leaf) for leaf in leaves], jnp.stack(finite).all()
