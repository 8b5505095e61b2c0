"""What every data set is after loading: three dicts of arrays and a datasheet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Split = dict[str, np.ndarray]
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Datasheet:
    """Where a data set comes from, what its columns mean, and what is wrong with it.

    `columns` says meaning, unit, shape and type of each array; `names` names the
    columns of a tabular `x`, with units; `counts` has the rows of each split; `split`
    says how they were cut; `flaws` are the known ones. `revision` is the commit of a
    set from the hub and None for an embedded one.
    """

    title: str
    task: str
    source: str
    licence: str
    licence_file: str
    citation: str
    split: str
    counts: Mapping[str, int]
    columns: Mapping[str, str]
    names: tuple[str, ...] = ()
    flaws: tuple[str, ...] = ()
    revision: str | None = None

    def __str__(self) -> str:
        rows = ", ".join(f"{k} {n:,}" for k, n in self.counts.items())
        lines = [self.title, f"  task: {self.task}", f"  rows: {rows}"]
        lines += [f"  split: {self.split}", f"  source: {self.source}"]
        lines += [f"  revision: {self.revision}"] if self.revision else []
        lines += [f"  licence: {self.licence}", f"  citation: {self.citation}"]
        lines += [f"  {key}: {text}" for key, text in self.columns.items()]
        lines += [f"  columns of x: {', '.join(self.names)}"] if self.names else []
        return "\n".join([*lines, *(f"  flaw: {flaw}" for flaw in self.flaws)])


@dataclass(frozen=True)
class Dataset:
    """A data set: `train`, `validation` and `test` are dicts of NumPy arrays.

    Images are `x` (n, h, w, d) float32 from 0 to 1 and `y` (n,) int32; texts are arrays
    of Python strings (dtype object). `sheet.columns` describes every key. `classes[k]`
    names class k; it is empty where there are no classes.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    sheet: Datasheet

    def __repr__(self) -> str:
        columns = ", ".join(
            f"{k} {v.dtype}{list(v.shape[1:])}" for k, v in self.train.items()
        )
        rows = "/".join(str(n) for n in self.sheet.counts.values())
        return f"Dataset({self.name!r}, rows {rows}, {columns})"

    def select(self, *keys: str) -> "Dataset":
        """Return the same set with these columns only, such as `select("x", "y")`.

        For `fit`, which cannot put texts on a device. An absent key is a ValueError.
        """
        for key in keys:
            if key not in self.train:
                raise ValueError(
                    f"{self.name} has no column {key!r}; it has {', '.join(self.train)}"
                )
        parts = ({k: part[k] for k in keys} for part in self._parts())
        return replace(self, **dict(zip(SPLITS, parts, strict=True)))

    def complete(self, key: str) -> "Dataset":
        """Return the rows in which `key` holds no nan, with the counts to match."""
        self.select(key)
        parts: dict[str, Any] = {}
        for name, part in zip(SPLITS, self._parts(), strict=True):
            if len({len(v) for v in part.values()}) > 1:
                raise ValueError(
                    f"{self.name} is a graph, not a table of rows; expected columns of "
                    "equal length; choose nodes by its column 'index'"
                )
            flat = np.isnan(part[key]).reshape(len(part[key]), -1)
            parts[name] = {k: v[~flat.any(1)] for k, v in part.items()}
        counts = {k: len(v[key]) for k, v in parts.items()}
        return replace(self, sheet=replace(self.sheet, counts=counts), **parts)

    def with_sheet(
        self,
        *,
        title: str | None = None,
        source: str | None = None,
        licence: str | None = None,
        citation: str | None = None,
        columns: Mapping[str, str] | None = None,
        flaws: tuple[str, ...] | None = None,
    ) -> "Dataset":
        """Return the same set with these lines of its datasheet filled in.

        `columns` may have some of the columns only: the others stay as they are.
        """
        lines = {"title": title, "source": source, "licence": licence}
        lines |= {"citation": citation, "flaws": flaws}
        known: dict[str, Any] = {k: v for k, v in lines.items() if v is not None}
        if columns:
            self.select(*columns)
            known["columns"] = {**self.sheet.columns, **columns}
        return replace(self, sheet=replace(self.sheet, **known))

    def _parts(self) -> tuple[Split, Split, Split]:
        return self.train, self.validation, self.test


def checked(data: Dataset) -> Dataset:
    """Return `data`; raise ValueError for an empty split or a label out of range."""
    for split, part in zip(SPLITS, data._parts(), strict=True):
        if data.sheet.counts[split] == 0:
            raise ValueError(
                f"{data.name}: the split {split!r} is empty; expected at least one row"
            )
        check_labels(part, data.classes, f"{data.name}, split {split!r}")
    return data


def check_labels(part: Split, classes: tuple[str, ...], where: str) -> None:
    """Raise ValueError if a label of `part` is negative or names no class."""
    y = part.get("y")
    if y is None or not len(y) or not np.issubdtype(y.dtype, np.integer):
        return
    low, high = int(y.min()), int(y.max())
    if low < 0 or (classes and high >= len(classes)):
        expected = f"0 to {len(classes) - 1}" if classes else "0 or more"
        raise ValueError(
            f"{where}: labels are {low} to {high}, expected {expected}; -1 often marks "
            "rows without a label: leave these out, or load another split"
        )
