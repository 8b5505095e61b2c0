"""`load`: a whole data set in memory, embedded, from a folder, or from the hub."""

from pathlib import Path

import numpy as np

from nnds.data import columns
from nnds.data.dataset import SPLITS, Dataset, Datasheet, Split, checked
from nnds.data.embedded import EMBEDDED, load_embedded
from nnds.data.hub import COMMIT, COURSE, Repo, fetch, find
from nnds.data.rows import open_files


def load(
    name: str,
    *,
    full: bool = False,
    revision: str | None = None,
    config: str | None = None,
) -> Dataset:
    """Return the data set `name` as NumPy arrays; see `Dataset`.

    `name` is one of `EMBEDDED` (no network), a short name of `hub.COURSE` such as
    "cifar10", any "owner/name" on the Hugging Face hub with `revision` (a commit), or a
    folder of parquet, csv or json files. `full=True` takes the published set from the
    hub where the embedded one is a part: `load("mnist", full=True)` has 70,000 images.
    `config` chooses among the configurations of a hub set.

    A hub set that has no validation or no test split loses a tenth of `train` to each,
    chosen by a hash of the row. Raises ValueError for an unknown name, an empty split
    or a label out of range; OSError for a damaged file; ConnectionError, in less than
    five seconds, if the hub cannot be reached, naming the embedded set to use instead.

    >>> load("digits").train["x"].shape
    (1437, 8, 8, 1)
    """
    source = locate(name, full, revision, config)
    if isinstance(source, str):
        return load_embedded(source)
    if isinstance(source, Path):
        return read_folder(source, name, config, None)
    return read_folder(fetch(source), name, config, source)


def locate(
    name: str, full: bool, revision: str | None, config: str | None
) -> str | Path | Repo:
    """Return what `name` means: an embedded set, a folder, or a set on the hub."""
    if full:
        if name not in COURSE:
            raise ValueError(
                f"there is no fuller version of {name!r}; full=True is for "
                f"{', '.join(COURSE)}; leave it out"
            )
        return find(name, revision)
    if name in EMBEDDED:
        if revision or config:
            raise ValueError(
                f"{name!r} is embedded and has no revision or config, received "
                f"{revision or config!r}; leave it out, or pass full=True"
            )
        return name
    if name and name not in COURSE and Path(name).is_dir():
        return Path(name)
    return find(name, revision)


def read_folder(
    folder: Path, name: str, config: str | None, repo: Repo | None
) -> Dataset:
    """Read a folder of parquet, csv or json files, as published or your own."""
    found = open_files(str(folder), config)
    stored, missing = columns.layout(found, name)
    rows: dict[str, list] = {split: [] for split in SPLITS}
    for split in (key for key in SPLITS if key not in missing):
        shards = found[stored[split]]
        cut = missing if split == "train" else []
        count = 0
        for row in shards:
            rows[columns.place(row, cut) if cut else split].append(row)
            count += 1
        if shards.rows not in (None, count):
            raise OSError(
                f"{name}, split {split!r}: read {count} rows, expected {shards.rows}; "
                f"delete {folder} and fetch again"
            )
    sizes = {split: len(part) for split, part in rows.items()}
    if 0 in sizes.values():
        raise ValueError(
            f"{name}: a split is empty, expected at least one row in each; read {sizes}"
        )
    features = found["train"].features
    parts = {split: columns.arrays(rows[split], features) for split in SPLITS}
    classes = columns.class_names(features) or name_labels(name, parts)
    sheet = describe(folder, parts, missing, repo)
    return checked(Dataset(name, **parts, classes=classes, sheet=sheet))


def name_labels(name: str, parts: dict[str, Split]) -> tuple[str, ...]:
    """Replace labels that are words by their number, in place; return the words."""
    y = parts["train"].get("y")
    if y is None or y.dtype != object:
        return ()
    classes = sorted(set(map(str, y)))
    number = {word: k for k, word in enumerate(classes)}
    for split, part in parts.items():
        new = sorted(set(map(str, part["y"])) - set(classes))
        if new:
            raise ValueError(f"{name}, split {split!r}: labels {new} are not in train")
        part["y"] = np.array([number[str(word)] for word in part["y"]], np.int32)
    return tuple(classes)


def describe(
    folder: Path, parts: dict[str, Split], missing: list[str], repo: Repo | None
) -> Datasheet:
    cut = f"; {' and '.join(missing)} cut off train by hash" if missing else ""
    page = f"huggingface.co/datasets/{repo.path}" if repo else str(folder)
    commit = folder.name if repo and COMMIT.fullmatch(folder.name) else None
    return Datasheet(
        title=repo.path if repo else folder.name,
        task="see the source",
        source=page,
        licence=f"see {page}",
        licence_file="",
        citation=f"see {page}",
        split=f"as published{cut}",
        counts={k: len(next(iter(part.values()))) for k, part in parts.items()},
        columns={k: f"{v.dtype} {v.shape}" for k, v in parts["train"].items()},
        flaws=("not examined by nnds",),
        revision=commit or (repo.revision if repo else None),
    )
