"""What training leaves behind: numbers by epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jaxtyping import PyTree


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
