"""Own data from a table: a CSV file with a header, one example a row."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnds.data.dataset import Dataset
from nnds.data.own import cut, targets

MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}
CLASSES = 20  # whole numbers with more different values are a quantity


def read_table(
    path: Path, target: str, features: Sequence[str], groups: str | None
) -> Dataset:
    """Return the rows of a CSV file as a data set; see `load`."""
    table = read_csv(path)
    for column in [target, *features, *([groups] if groups else [])]:
        if column not in table:
            raise ValueError(
                f"{path.name} has no column {column!r}; it has {', '.join(table)}"
            )
    rest = [key for key in table if key not in (target, groups)]
    chosen = list(features) or [key for key in rest if numeric(table[key])]
    if not chosen:
        raise ValueError(
            f"{path.name} has no column of numbers beside {target!r}, so there is no x"
        )
    x = [parse(path.name, key, table[key]) for key in chosen]
    y, classes = targets(labels(path.name, target, table[target]), (), path.name)
    columns = {"x": np.stack(x, 1), "y": y}
    for key in (k for k in table if k not in (target, *chosen, "x", "y")):
        columns[key] = np.array(table[key], object)
    together = table[groups] if groups else None
    return cut(path.stem, columns, classes, tuple(chosen), together)


def read_csv(path: Path) -> dict[str, list[str]]:
    """Return the columns of a file as text; the separator is `,` or `;` or a tab."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name} is not UTF-8 text ({error.reason} at byte {error.start}); "
            "save it again as CSV UTF-8"
        ) from error
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    lines = [row for row in csv.reader(text.splitlines(), delimiter=separator) if row]
    if len(lines) < 2:
        raise ValueError(f"{path.name}: expected a header and rows, received nothing")
    header = [key.strip() for key in lines[0]]
    twice = sorted({key for key in header if header.count(key) > 1})
    if twice:
        raise ValueError(f"{path.name}: columns of the same name: {', '.join(twice)}")
    for i, row in enumerate(lines[1:], 1):
        if len(row) != len(header):
            raise ValueError(
                f"{path.name}, row {i}: expected {len(header)} cells as in the header, "
                f"received {len(row)}"
            )
    columns = zip(*lines[1:], strict=True)
    return {k: [c.strip() for c in v] for k, v in zip(header, columns, strict=True)}


def number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def numeric(cells: list[str]) -> bool:
    """Say whether a column is of numbers: at least half of what is there is one.

    >>> numeric(["1", "2.5", "x", ""]), numeric(["a", "b"])
    (True, False)
    """
    there = [cell for cell in cells if cell.casefold() not in MISSING]
    count = sum(number(cell) is not None for cell in there)
    return 0 < len(there) <= 2 * count


def parse(file: str, key: str, cells: list[str]) -> np.ndarray:
    """Return a column as float32; ValueError names the rows that hold no number."""
    empty = [i for i, c in enumerate(cells, 1) if c.casefold() in MISSING]
    if empty:
        raise ValueError(
            f"{file}, column {key!r}: {len(empty)} cells are empty or nan, the first "
            f"in rows {empty[:5]}; fill them in, remove the rows, or choose other "
            "columns by features="
        )
    text = [(i, c) for i, c in enumerate(cells, 1) if number(c) is None]
    if text:
        row, cell = text[0]
        raise ValueError(
            f"{file}, column {key!r}: {len(text)} cells are text where the others are "
            f"numbers, the first is {cell!r} in row {row}; correct them, or choose "
            "columns by features="
        )
    values = np.array([float(cell) for cell in cells], np.float32)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
        raise ValueError(f"{file}, column {key!r}: row {row} is not a finite number")
    return values


def labels(file: str, key: str, cells: list[str]) -> np.ndarray:
    """Return a target: words, class numbers from 0 without a gap, or a quantity."""
    empty = [i for i, c in enumerate(cells, 1) if c.casefold() in MISSING]
    if empty:
        raise ValueError(
            f"{file}: the target {key!r} is missing in {len(empty)} rows, the first "
            f"are {empty[:5]}; remove these rows"
        )
    if not numeric(cells):
        return np.array(cells, object)
    values = parse(file, key, cells)
    different = sorted(set(values.tolist()))
    if different == list(range(len(different))) and len(different) <= CLASSES:
        return values.astype(np.int32)
    return values
