"""What all contestants train: the same rows in the same order, from the same weights.

Only NumPy is imported here, so that a contestant starts nothing but its own library.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

RATE = 1e-3  # of Adam, for everyone


@dataclass(frozen=True)
class Problem:
    """Data, the row numbers of every step, and initial weights.

    `rows` is (epochs, steps, batch); a graph is one batch, whose `rows` are not read.
    `weights` are w and b of each layer in turn: a dense w is (d, c), that of a
    convolution (i, j, d, c). Edge e of a graph is read by `reader[e]` from `read[e]`.
    """

    x: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    weights: list[np.ndarray]
    reader: np.ndarray
    read: np.ndarray
    values: np.ndarray

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield what a data loader would: the arrays of every step."""
        for rows in self.rows.reshape(-1, self.rows.shape[-1]):
            yield self.x[rows], self.y[rows]

    def last(self, losses: list[float]) -> float:
        """Return the mean loss of the last epoch, from the losses of all steps."""
        return float(np.mean(losses[-self.rows.shape[1] :]))

    def save(self, path: Path) -> None:
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}
        for i, weight in enumerate(arrays.pop("weights")):
            arrays[f"weight{i:02}"] = weight
        np.savez(path, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Problem":
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        names = sorted(name for name in arrays if name.startswith("weight"))
        return cls(weights=[arrays.pop(name) for name in names], **arrays)
