"""`load`: a whole data set in memory: embedded, your own, or from the hub."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnds.data import columns
from nnds.data.dataset import SPLITS, Dataset, Datasheet, Split, checked
from nnds.data.embedded import EMBEDDED, load_embedded
from nnds.data.hub import COMMIT, COURSE, Repo, fetch, find
from nnds.data.pictures import images_in, read_pictures
from nnds.data.rows import open_files
from nnds.data.splits import warn_of_duplicates
from nnds.data.tables import read_table


def load(
    name: str | Path,
    *,
    full: bool = False,
    revision: str | None = None,
    config: str | None = None,
    target: str | None = None,
    features: Sequence[str] = (),
    groups: str | None = None,
    size: tuple[int, int] | None = None,
) -> Dataset:
    """Return the data set `name` as NumPy arrays; see `Dataset`.

    **Inside the package, or published.** `name` is one of `EMBEDDED` (no network), a
    short name of `hub.COURSE` such as "cifar10", any "owner/name" on the Hugging Face
    hub with `revision` (a commit), or a folder of parquet, csv or json files.
    `full=True` takes the published set from the hub where the embedded one is a part:
    `load("mnist", full=True)` has 70,000 images. `config` chooses among the
    configurations of a hub set. A set without validation or test loses a tenth of
    `train` to each, chosen by a hash of the row.

    **Your own.** `load("birds.csv", target="species")` reads a table: `x` is its
    columns of numbers, or those named in `features`; the target is words, class numbers
    from 0, or a quantity; other columns are kept as texts. `load("photos/")` reads
    images in one folder for each class, and `size=(h, w)` makes them equal. Both are
    cut 70/15/15 as by `from_arrays`, rows with the same entry in the column `groups`
    together; photos in folders train, validation and test stay there. The datasheet
    says which of its lines you have to fill in: see `Dataset.with_sheet`.

    Raises ValueError for an unknown name, an empty split, a label out of range, and
    for own data that cannot be used: it names the column, row or file, and what to do.
    OSError for a damaged or absent file; ConnectionError, in less than five seconds, if
    the hub cannot be reached, naming the embedded set to use instead. Equal rows in two
    splits of an own folder are a warning.

    >>> load("digits").train["x"].shape
    (1437, 8, 8, 1)
    """
    name = str(name)
    kind = own_kind(name)
    wanted = {"target": target, "features": features, "groups": groups, "size": size}
    useful = {"table": {"target", "features", "groups"}, "pictures": {"size"}}
    for key, value in wanted.items():
        if value and key not in useful.get(kind, set()):
            raise ValueError(
                f"{key}= has no meaning for {name!r}: size= is for a folder of images, "
                "target=, features= and groups= are for a CSV file"
            )
    if kind and (full or revision or config):
        raise ValueError(f"full=, revision= and config= have no meaning for {name!r}")
    if kind == "pictures":
        return read_pictures(Path(name), size)
    if kind == "table":
        if target is None:
            raise ValueError(f"say which column of {name} is to be predicted: target=")
        return read_table(Path(name), target, features, groups)
    source = locate(name, full, revision, config)
    if isinstance(source, str):
        return load_embedded(source)
    if isinstance(source, Path):
        return warn_of_duplicates(read_folder(source, name, config, None))
    return read_folder(fetch(source), name, config, source)


def own_kind(name: str) -> str:
    """Return "table", "pictures", or "" for what is neither a CSV nor photos."""
    path = Path(name)
    if path.suffix.lower() in (".csv", ".tsv"):
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {name} in {Path.cwd()}")
        return "table"
    if name in EMBEDDED or name in COURSE or not path.is_dir():
        return ""
    tables = any(
        p.suffix in (".parquet", ".csv", ".json", ".jsonl", ".arrow")
        for p in path.rglob("*")
    )
    return "pictures" if not tables and images_in(path) else ""


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
    files = open_files(str(folder), config)
    stored, missing = columns.layout(files, name)
    rows: dict[str, list] = {split: [] for split in SPLITS}
    for split in (key for key in SPLITS if key not in missing):
        shards = files[stored[split]]
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
    features = files["train"].features
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
