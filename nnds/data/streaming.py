"""`stream`: batches of a data set that need not fit in memory."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nnds.data import columns
from nnds.data.dataset import SPLITS, Split, check_labels
from nnds.data.embedded import load_embedded
from nnds.data.hub import Repo, cached, reach, refusal
from nnds.data.loading import locate
from nnds.data.rows import Row, Shards, open_files


@dataclass(frozen=True)
class Stream:
    """An iterable of batches, each a dict of arrays as in `Dataset`.

    Every new iteration is the next epoch, in another order; `epoch(k)` is epoch k
    again. `rows` is a dict of arrays, or files of which the splits `missing` are cut
    off.
    """

    name: str
    split: str
    batch_size: int
    seed: int | None
    buffer: int
    drop_last: bool
    classes: tuple[str, ...]
    rows: Split | Shards
    missing: tuple[str, ...] = ()
    _epochs: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def __iter__(self) -> Iterator[Split]:
        return self.epoch(next(self._epochs))

    def epoch(self, k: int) -> Iterator[Split]:
        """Yield the batches of epoch k; ValueError if there is none."""
        rows = self.rows
        files = isinstance(rows, Shards)
        batches = self._files(rows, k) if files else self._memory(rows, k)
        empty = True
        for batch in batches:
            check_labels(batch, self.classes, f"{self.name}, split {self.split!r}")
            empty = False
            yield batch
        if empty:
            raise ValueError(
                f"{self.name}, split {self.split!r}: no batch of {self.batch_size}: "
                "it is empty, or smaller than a batch; then use drop_last=False"
            )

    def _memory(self, rows: Split, k: int) -> Iterator[Split]:
        n = len(next(iter(rows.values())))
        order = np.arange(n)
        if self.seed is not None:
            order = np.random.default_rng([self.seed, k]).permutation(n)
        end = n - n % self.batch_size if self.drop_last else n
        for start in range(0, end, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield {key: v[chosen] for key, v in rows.items()}

    def _files(self, rows: Shards, k: int) -> Iterator[Split]:
        kept = (
            row
            for row in _in_order(rows, self.seed, self.buffer, k)
            if not self.missing or columns.place(row, self.missing) == self.split
        )
        while chunk := list(itertools.islice(kept, self.batch_size)):
            if len(chunk) == self.batch_size or not self.drop_last:
                yield columns.arrays(chunk, rows.features)


def _in_order(rows: Shards, seed: int | None, buffer: int, k: int) -> Iterator[Row]:
    """Yield the rows of epoch k: pieces in random order, then through the buffer."""
    if seed is None:
        yield from rows
        return
    random = np.random.default_rng([seed, k])
    held: list[Row] = []
    for piece in random.permutation(len(rows.pieces)).tolist():
        for row in rows.pieces[piece]():
            if len(held) < buffer:
                held.append(row)
                continue
            j = int(random.integers(buffer))
            yield held[j]
            held[j] = row
    for j in random.permutation(len(held)).tolist():
        yield held[j]


def stream(
    name: str,
    split: str = "train",
    *,
    batch_size: int,
    seed: int | None = 0,
    buffer: int = 10_000,
    drop_last: bool = False,
    full: bool = False,
    revision: str | None = None,
    config: str | None = None,
) -> Stream:
    """Return an iterable of batches of one split, for sets larger than memory.

    Names and splits are those of `load`, and so are the rows of each split. Iterate
    once an epoch: the order is new each time and fixed by `seed`; `seed=None` keeps the
    stored order. From files only `buffer` rows are in memory, and the shuffle mixes
    within them. The last batch may be smaller, unless `drop_last`.

    Raises the errors of `load`; ValueError for a batch size below 1, an unknown split,
    a graph, or a split without a batch.

    >>> batches = stream("digits", batch_size=500)
    >>> [len(batch["y"]) for batch in batches]
    [500, 500, 437]
    """
    if batch_size < 1 or buffer < 1:
        raise ValueError(
            f"expected batch_size and buffer of 1 or more, got {batch_size}, {buffer}"
        )
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}, expected one of {SPLITS}")
    source = locate(name, full, revision, config)
    if isinstance(source, str):
        rows = getattr(data := load_embedded(source), split)
        if len({len(v) for v in rows.values()}) > 1:
            raise ValueError(f"{name} is one graph, not rows: use load({name!r})")
        classes, missing = data.classes, []
    else:
        splits = where(source, config)
        stored, missing = columns.layout(splits, name)
        rows = splits[stored[split]]
        missing = missing if stored[split] == "train" else []
        classes = columns.class_names(rows.features)
    return Stream(
        name,
        split,
        batch_size,
        seed,
        buffer,
        drop_last,
        classes,
        rows,
        missing=tuple(missing),
    )


def where(source: Path | Repo, config: str | None) -> dict[str, Shards]:
    """Open a folder, a fetched set, or else the hub itself, without reading rows."""
    folder = source if isinstance(source, Path) else cached(source)
    if folder:
        return open_files(str(folder), config)
    assert isinstance(source, Repo)
    if problem := reach(source):
        raise refusal(source, problem)
    return open_files(source.path, config, source.revision)
