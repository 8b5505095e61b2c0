"""Standardisation, with the mean and deviation of the train split only."""

from dataclasses import replace

import numpy as np

from nnds.data.dataset import SPLITS, Dataset


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the standard deviation of each column, over all other axes.

    The columns are the last axis: the features of a table, the colours of an image.
    nan is left out. A constant column has the deviation 1, so that dividing by it
    gives 0.

    >>> mean, deviation = moments(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> mean.tolist(), deviation.tolist()
    ([2.0, 5.0], [1.0, 1.0])
    """
    columns = x.shape[-1] if x.ndim > 1 else 1
    rows = np.asarray(x, np.float64).reshape(-1, columns)
    mean, deviation = np.nanmean(rows, 0), np.nanstd(rows, 0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return mean.astype(np.float32), deviation.astype(np.float32)


def standardise(data: Dataset, key: str = "x") -> Dataset:
    """Return the set with `(x - mean) / deviation` in place of `x`, in all splits.

    Both are the `moments` of train: those of all rows would let the test set into the
    training. Unitless; train then has mean 0 and deviation 1. A column that is absent
    or holds no real numbers raises ValueError.

    >>> from nnds.data import load
    >>> penguins = standardise(load("penguins").complete("x"))
    >>> bool(abs(penguins.train["x"].mean(0)).max() < 1e-5)
    True
    """
    column = data.select(key).train[key]
    if column.dtype.kind != "f":
        raise ValueError(
            f"{data.name}: expected real numbers in {key!r}, received {column.dtype}"
        )
    mean, deviation = moments(column)
    splits = {}
    for name in SPLITS:
        part = getattr(data, name)
        splits[name] = part | {key: (part[key] - mean) / deviation}
    return replace(data, **splits)
