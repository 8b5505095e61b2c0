"""Own data: from arrays to the same `Dataset` that `load` gives for any other name."""

from collections.abc import Sequence

import numpy as np

from nnds.data.dataset import SPLITS, Dataset, Datasheet, Split, check_labels, checked
from nnds.data.splits import components, fingerprints, split

UNKNOWN = "unknown: fill in"
FRACTIONS = (0.15, 0.15)  # of validation and of test


def from_arrays(
    x: np.ndarray,
    y: np.ndarray,
    *,
    classes: Sequence[str] = (),
    names: Sequence[str] = (),
    groups: Sequence | None = None,
    name: str = "own data",
) -> Dataset:
    """Return the rows of `x` and `y` as a data set, cut 70/15/15.

    `x` is (n, d) numbers, or (n, h, w, d) images from 0 to 1, or of uint8, which are
    divided by 255. `y` (n,) is class numbers from 0 or words, which are classes, or
    real numbers, which are a target of regression. `classes[k]` names class k; `names`
    names the columns of a tabular `x`. Rows with the same entry in `groups` (a patient,
    a page of a book) stay in the same split, and so do equal rows. Each class is cut
    alike, by the content of the rows: in any order and on any machine the same rows are
    held out.

    Raises ValueError for lengths that differ, for what is not a number in `x`, for
    infinite numbers or nan, for labels without a class, and for too few rows.

    >>> x = np.arange(40.0).reshape(20, 2)
    >>> data = from_arrays(x, np.arange(20) % 2, classes=("even", "odd"))
    >>> data.sheet.counts, data.sheet.licence
    ({'train': 14, 'validation': 3, 'test': 3}, 'unknown: fill in')
    """
    x, y = numbers(x, f"{name}: x"), np.asarray(y)
    if y.shape != x.shape[:1]:
        raise ValueError(
            f"{name}: x has {x.shape[0]} rows, expected y of shape ({x.shape[0]},), "
            f"received {y.shape}"
        )
    if names and len(names) != x.shape[-1]:
        raise ValueError(
            f"{name}: x has {x.shape[-1]} columns, but {len(names)} names: {names}"
        )
    y, classes = targets(y, tuple(classes), name)
    return cut(name, {"x": x, "y": y}, classes, tuple(names), groups)


def numbers(x: np.ndarray, what: str) -> np.ndarray:
    """Return `x` as float32; ValueError for text, nan, infinity or no axis of rows."""
    x = np.asarray(x)
    if x.dtype.kind not in "biuf" or x.ndim < 2:
        raise ValueError(
            f"{what}: expected numbers of shape (rows, columns) or more axes, received "
            f"{x.dtype} {x.shape}"
        )
    bad = np.flatnonzero(~np.isfinite(x).reshape(len(x), -1).all(1))
    if len(bad):
        raise ValueError(
            f"{what}: {len(bad)} rows hold nan or infinity, the first are "
            f"{bad[:5].tolist()}; fill them in, or leave them out"
        )
    scale = 255 if x.dtype == np.uint8 and x.ndim == 4 else 1
    return x.astype(np.float32) / np.float32(scale)


def targets(
    y: np.ndarray, classes: tuple[str, ...], name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return words as their class numbers, whole numbers as int32, others as float32.

    >>> targets(np.array(["b", "a", "b"]), (), "")
    (array([1, 0, 1], dtype=int32), ('a', 'b'))
    """
    if y.dtype.kind in "UO":
        words = np.array([str(word) for word in y], object)
        known = classes or tuple(sorted(set(words)))
        place = {word: k for k, word in enumerate(known)}
        new = sorted(set(words) - set(known))
        if new:
            raise ValueError(f"{name}: y holds {new[:5]}, which are not in {known}")
        return np.array([place[word] for word in words], np.int32), known
    if y.dtype.kind in "biu":
        every = tuple(map(str, range(int(y.max(initial=0)) + 1)))
        return y.astype(np.int32), classes or every
    if y.dtype.kind != "f":
        raise ValueError(f"{name}: expected numbers or words in y, received {y.dtype}")
    bad = np.flatnonzero(~np.isfinite(y))
    if len(bad):
        raise ValueError(
            f"{name}: y is nan or infinite in {len(bad)} rows, the first are "
            f"{bad[:5].tolist()}; leave these rows out"
        )
    return y.astype(np.float32), classes


def cut(
    name: str,
    columns: Split,
    classes: tuple[str, ...],
    names: tuple[str, ...],
    groups: Sequence | None,
) -> Dataset:
    """Return the data set of these columns, cut by class, content and groups."""
    y = columns["y"]
    n = len(y)
    check_labels(columns, classes, name)
    if groups is not None and len(groups) != n:
        raise ValueError(f"{name}: {n} rows, but groups has {len(groups)} entries")
    content = fingerprints(columns)
    together = components(content, *([] if groups is None else [list(groups)]))
    first: dict[int, str] = {}  # of a group, in an order that no file decides
    for group, digest in sorted(zip(together, content, strict=True)):
        first.setdefault(group, digest)
    content = [first[group] for group in together]
    labels = y.tolist() if y.dtype.kind == "i" else [0] * n
    rows = split("own", content, labels, FRACTIONS, together)
    if min(map(len, rows)) == 0:
        raise ValueError(
            f"{name}: {n} rows in {len(set(together))} groups cannot be cut into "
            "train, validation and test; expected at least 10, several of each class"
        )
    parts = [{key: column[own] for key, column in columns.items()} for own in rows]
    how = "70/15/15 per class, by SHA-256 of the content; equal rows stay together"
    how += "" if groups is None else ", and so do the rows of a group"
    return gather(name, parts, classes, names, how)


def gather(
    name: str,
    parts: Sequence[Split],
    classes: tuple[str, ...],
    names: tuple[str, ...],
    how: str,
) -> Dataset:
    """Return three splits as a data set, with a datasheet that is to be filled in."""
    train = parts[0]
    whole = train["y"].dtype.kind == "i"
    task = f"classification, {len(classes)} classes" if whole else "regression"
    sheet = Datasheet(
        title=name,
        task=task,
        source=UNKNOWN,
        licence=UNKNOWN,
        licence_file="",
        citation=UNKNOWN,
        split=how,
        counts={k: len(part["y"]) for k, part in zip(SPLITS, parts, strict=True)},
        columns={k: f"{UNKNOWN}, {describe(v)}" for k, v in train.items()},
        names=names,
        flaws=(UNKNOWN,),
    )
    return checked(Dataset(name, *parts, classes=classes, sheet=sheet))


def describe(column: np.ndarray) -> str:
    kind = "str" if column.dtype == object else str(column.dtype)
    axes = ", ".join(["n", *map(str, column.shape[1:])])
    return f"({axes}{',' if column.ndim == 1 else ''}) {kind}"
