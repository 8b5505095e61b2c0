"""The panel "debug the run": curves of real runs, whose fault is to be named."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from nnds.plot.panel import Choice, Guess, Lines, Panel

# the fault: what its button says, and what one would see
FAULTS = {
    "healthy": (
        "nothing",
        "Both losses fall; validation levels off while training goes on.",
    ),
    "rate": (
        "learning rate too high",
        "The training loss itself jumps up and down, or rises at once.",
    ),
    "labels": (
        "labels shuffled",
        "Training learns by heart, and validation stays at chance.",
    ),
    "leak": (
        "validation in training",
        "Validation is as perfect as training: too good, and fresh data is worse.",
    ),
    "dead": (
        "dead units",
        "From the first epoch nothing moves: the gradient behind them is 0.",
    ),
    "scale": (
        "inputs not scaled",
        "The first loss is many times that of a guess, ln(classes).",
    ),
}


def signs(run: Mapping[str, np.ndarray]) -> set[str]:
    """Return the faults that the curves of a run show; `healthy` for none of them."""
    train, last = run["train_loss"], {key: x[-1] for key, x in run.items()}
    later = np.diff(train[3:])  # a rise at once is no jump
    seen = {
        "rate": (later > 0.15).sum() >= 3 and np.max(run["valid_accuracy"]) > 0.25,
        "labels": last["train_accuracy"] > 0.6 and last["valid_accuracy"] < 0.2,
        "leak": last["valid_accuracy"] > 0.97
        and last["valid_accuracy"] > last["fresh_accuracy"] + 0.05,
        "dead": np.ptp(train) < 0.05 and np.max(run["dead"]) == 1,
        "scale": train[0] > 12,
    }
    return {fault for fault, shown in seen.items() if shown} or {"healthy"}


def unclear(runs: Mapping[str, Mapping[str, np.ndarray]]) -> list[str]:
    """Return which runs do not show their own fault alone, as a student needs."""
    shown = {fault: signs(run) for fault, run in runs.items()}
    return [f"{f} shows {sorted(s)}" for f, s in shown.items() if s != {f}]


def debug_the_run(
    runs: Mapping[str, Mapping[str, Float[np.ndarray, "..."]]],
    *,
    order: str = "",
    faults: Mapping[str, tuple[str, str]] = FAULTS,
    chance: float = 0.1,
) -> Panel:
    """Return the panel for runs by the name of their fault.

    Each holds what `nnds.train.watch` records with the metric `accuracy`, for "train",
    "valid" and "fresh" (data that no one used), and `dead`, the share of units by
    layer that are 0 for all training data. `order` shuffles the runs, by its letters.
    """
    names = sorted(runs, key=lambda name: (_place(order, name), name))
    arrays = {
        key: np.stack([np.asarray(runs[name][key], float) for name in names])
        for key in next(iter(runs.values()))
    }
    options = list(faults)
    answers = [
        [_because(runs[n], n, guess, faults) for guess in options] for n in names
    ]
    losses = np.concatenate([arrays["train_loss"], arrays["valid_loss"]])
    least, most = (float(f(losses[np.isfinite(losses)])) for f in (np.min, np.max))
    parts = {"training": "train", "validation": "valid"}
    half: dict[str, Any] = dict(width=560, height=300, x_label="epoch")
    return Panel(
        controls={"run": Choice("Run", [chr(65 + k) for k in range(len(names))])},
        views=[
            Lines(
                {name: f"{part}_loss[run]" for name, part in parts.items()},
                y_label="loss", log=True,
                y_range=(max(least, 1e-3) / 1.5, min(most, 1e4) * 1.5), **half,
            ),
            Lines(
                {name: f"{part}_accuracy[run]" for name, part in parts.items()},
                y_label="accuracy", y_range=(0, 1.02), **half,
            ),
        ],
        say="",
        guess=Guess(
            "What is wrong?",
            [faults[name][0] for name in options],
            answer="fault[run]",
            because="{because[run, guess]}",
        ),
        arrays={
            **arrays,
            "fault": np.array([options.index(name) for name in names]),
            "because": np.array(answers),
        },
    )  # fmt: skip


def by_fault(data: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """Return runs from arrays that are named `<fault>_<what>`.

    >>> by_fault({"rate_loss": np.array([1, 2])})
    {'rate': {'loss': array([1, 2])}}
    """
    runs: dict[str, dict[str, np.ndarray]] = {}
    for name, array in data.items():
        fault, _, what = name.partition("_")
        runs.setdefault(fault, {})[what] = array
    return runs


def _place(order: str, name: str) -> int:
    return order.index(name[0]) if name[0] in order else len(order)


def _because(run: Mapping, fault: str, guess: str, faults: Mapping) -> str:
    """Return the sentence for a guess: the evidence if it is right, else a hint."""
    if guess != fault:
        return f"Then one would see this: {faults[guess][1]} Look at where they start."
    return f"{faults[fault][1]} {_evidence(run)}"


def _evidence(run: Mapping) -> str:
    last = {key: np.asarray(x)[np.isfinite(x)][-1] for key, x in run.items()}
    start = np.asarray(run["gradient"])[0]
    return (
        f"Evidence: fresh data {last['fresh_accuracy']:.0%} right (validation "
        f"{last['valid_accuracy']:.0%}), gradient {start:.3g} at the start, "
        f"{np.max(run['dead']):.0%} of a layer's units dead."
    )
