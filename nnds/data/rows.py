"""Rows from files: a folder or a set on the hub, opened by the `datasets` library."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

Row = dict[str, Any]


@dataclass(frozen=True)
class Shards:
    """The rows of one split in pieces, usually files; each call reads a piece anew.

    `rows` is how many the publisher declares, or None. Images are left as the bytes of
    their file: {"bytes": ..., "path": ...}.
    """

    features: Mapping[str, Any]
    pieces: tuple[Callable[[], Iterator[Row]], ...]
    rows: int | None = None

    def __iter__(self) -> Iterator[Row]:
        for piece in self.pieces:
            yield from piece()


def open_files(
    where: str, config: str | None, revision: str | None = None
) -> dict[str, Shards]:
    """Return the splits of a folder or hub set; only names and types are read now.

    ValueError if `where` holds nothing that `datasets` can read.
    """
    import datasets
    from datasets.exceptions import DatasetsError
    from datasets.packaged_modules.parquet.parquet import Parquet

    try:
        builder = datasets.load_dataset_builder(where, config, revision=revision)
        splits: Any = builder.as_streaming_dataset()
    except (FileNotFoundError, DatasetsError) as error:
        raise ValueError(
            f"cannot read a data set from {where}: {error}; expected parquet, csv or "
            "json files named after their split, such as train.parquet"
        ) from error
    declared = {str(k): v.num_examples for k, v in (builder.info.splits or {}).items()}
    pieces = {
        str(name): tuple(partial(read_stream, rows, i) for i in range(rows.num_shards))
        for name, rows in splits.items()
    }
    if isinstance(builder, Parquet):
        # the reader of datasets 5.2 takes a whole file into memory, and sleeps after it
        paths = builder.config.data_files or {}
        pieces = {
            str(name): tuple(partial(read_parquet, path) for path in some)
            for name, some in paths.items()
        }
    return {
        str(name): Shards(rows.features or {}, pieces[str(name)], declared.get(name))
        for name, rows in splits.items()
    }


def read_parquet(path: str) -> Iterator[Row]:
    """Yield the rows of one file, with one of its row groups at most in memory."""
    import fsspec
    import pyarrow.parquet

    with fsspec.open(path, "rb") as file:
        content = pyarrow.parquet.ParquetFile(file)
        for group in range(content.num_row_groups):  # all at once would be read ahead
            for batch in content.iter_batches(256, row_groups=[group]):
                names, values = batch.schema.names, map(cells, batch.columns)
                table = dict(zip(names, values, strict=True))
                for i in range(batch.num_rows):
                    yield {key: column[i] for key, column in table.items()}


def cells(column: Any) -> list:
    """Return the values of an arrow column: lists of numbers as arrays of their own."""
    import pyarrow

    kind = column.type
    if hasattr(kind, "value_type") and pyarrow.types.is_primitive(kind.value_type):
        lists = (v.values for v in column)
        return [v if v is None else np.array(v.to_numpy(False)) for v in lists]
    return column.to_pylist()


def read_stream(rows: Any, piece: int) -> Iterator[Row]:
    """Yield the rows of one piece of another format (csv, json, folders of images)."""
    for key, feature in (rows.features or {}).items():
        if getattr(feature, "decode", False):
            rows = rows.cast_column(key, replace(feature, decode=False))
    yield from rows.shard(num_shards=rows.num_shards, index=piece)
