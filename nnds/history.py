"""What training leaves behind: numbers by epoch, read from the device now and then."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from jaxtyping import PyTree
from tqdm import tqdm


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
    """The results of the steps of an epoch, left on the device while it works.

    To read a number is to wait for it, so they are read together: every 64 calls, or
    when 0.3 s have passed, so that a progress bar moves and a nan is seen early.
    """

    def __init__(self) -> None:
        self.metrics: dict[str, list[np.ndarray]] = {}
        self.bad: np.ndarray | None = None  # which leaves of the first bad step are
        self.count = 0  # of the steps read that were finite
        self.fresh = 0  # of the steps read the last time
        self._pending: list[Any] = []
        self._read = time.perf_counter()

    def add(self, result: Any) -> bool:
        """Keep the result of a call; return whether it and all before were read."""
        self._pending.append(result)
        late = time.perf_counter() - self._read > 0.3
        if late or len(self._pending) >= 64:
            self.read()
            return True
        return False

    def read(self) -> None:
        """Wait for the results that are not read yet."""
        self.fresh = 0
        # the loss is nan from the first bad step on; each array read costs time
        read = jax.device_get([metrics for metrics, _ in self._pending])
        for metrics, (_, finite) in zip(read, self._pending, strict=True):
            if self.bad is not None:
                break  # nothing changes after a bad step
            nan = np.isnan(np.atleast_1d(metrics["loss"]))
            good = len(nan)
            if nan.any():
                good = int(nan.argmax())
                self.bad = ~np.atleast_2d(finite)[good]
            self.fresh, self.count = self.fresh + good, self.count + good
            for name, values in metrics.items() if good else ():
                self.metrics.setdefault(name, []).append(np.atleast_1d(values)[:good])
        self._pending, self._read = [], time.perf_counter()

    def show(self, bar: tqdm) -> None:
        """Move a progress bar by what was read last, and write the loss beside it."""
        if losses := self.metrics.get("loss"):
            bar.set_postfix(loss=f"{losses[-1][-1]:.4f}", refresh=False)
        bar.update(self.fresh)

    def means(self) -> dict[str, float]:
        """Return the mean of each metric over the steps."""
        return {k: float(np.concatenate(v).mean()) for k, v in self.metrics.items()}
