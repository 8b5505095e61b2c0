"""The real data sets inside the package: verified, then read."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from nnds.data.dataset import SPLITS, Dataset, Datasheet, checked

FILES = Path(__file__).parent / "files"
EMBEDDED = (
    "mnist",
    "fashion_mnist",
    "twemoji",
    "phrases",
    "glosses",
    "examples",
    "cmudict",
    "bbbp",
    "solubility",
    "counties",
    "penguins",
    "digits",
)
REINSTALL = (
    "reinstall nnds (python -m pip install --force-reinstall --no-deps nnds; "
    "in a clone: git checkout nnds/data/files)"
)


def load_embedded(name: str) -> Dataset:
    """Read one of `EMBEDDED`; a damaged file raises OSError before it is parsed."""
    sheet, extra = load_sheet(name), described(name)
    with np.load(io.BytesIO(read(f"{name}.npz")), allow_pickle=False) as archive:
        columns = dict(
            decode(key, archive[key]) for key in archive.files if key != "sizes"
        )
        sizes = archive["sizes"]
    if "scale" in extra:
        columns["x"] = columns["x"].astype(np.float32) / np.float32(extra["scale"])
    shared = {key: columns.pop(key) for key in extra["shared"]}
    ends = np.cumsum(sizes)
    parts = [
        shared | {key: column[end - size : end] for key, column in columns.items()}
        for size, end in zip(sizes, ends, strict=True)
    ]
    return checked(Dataset(name, *parts, classes=tuple(extra["classes"]), sheet=sheet))


def load_sheet(name: str) -> Datasheet:
    """Read the datasheet of one of `EMBEDDED`, and the rows of its splits."""
    extra = described(name)
    with np.load(io.BytesIO(read(f"{name}.npz")), allow_pickle=False) as archive:
        sizes = archive["sizes"].tolist()
    keys = ("title", "task", "source", "licence", "licence_file", "citation", "split")
    return Datasheet(
        **{key: extra[key] for key in keys},
        counts=dict[str, int](zip(SPLITS, sizes, strict=True)),
        columns=extra["columns"],
        names=tuple(extra["names"]),
        flaws=tuple(extra["flaws"]),
    )


def described(name: str) -> dict[str, Any]:
    import tomllib  # here, and so elsewhere: `import nnds.data` stays quick

    return tomllib.loads(read(f"{name}.toml").decode())


def decode(key: str, array: np.ndarray) -> tuple[str, np.ndarray]:
    r"""Turn UTF-8 bytes under `key.txt` into an array of strings under `key`.

    >>> decode("word.txt", np.frombuffer(b"one\ntwo", np.uint8))
    ('word', array(['one', 'two'], dtype=object))
    """
    if not key.endswith(".txt"):
        return key, array
    # object, not <U: fixed-width strings of 47,252 sentences would take 49 MB
    return key[:-4], np.array(array.tobytes().decode().split("\n"), dtype=object)


def read(file: str) -> bytes:
    """Return the bytes of an embedded file, after comparing their SHA-256."""
    expected = digests()[file]
    content, received = measured(file)
    if received != expected:
        state = "is missing" if content is None else "is corrupt"
        raise OSError(
            f"the data file {FILES / file} {state}: expected SHA-256 {expected}, "
            f"received {received}; {REINSTALL}"
        )
    assert content is not None
    return content


def measured(file: str) -> tuple[bytes | None, str]:
    try:
        content = (FILES / file).read_bytes()
    except OSError as error:
        return None, f"no file ({error.strerror})"
    return content, hashlib.sha256(content).hexdigest()


def digests() -> dict[str, str]:
    """Return the expected SHA-256 of each file, from `SHA256SUMS`."""
    path = FILES / "SHA256SUMS"
    names = {f"{name}.{end}" for name in EMBEDDED for end in ("npz", "toml")}
    try:
        rows = [line.split("  ") for line in path.read_text("utf-8").splitlines()]
        expected = {file: value for value, file in rows}
    except (OSError, ValueError) as error:
        raise OSError(
            f"the list of checksums {path} is missing or unreadable ({error}); "
            f"expected lines 'SHA-256  file'; {REINSTALL}"
        ) from error
    if set(expected) != names:
        wrong = ", ".join(sorted(set(expected) ^ names))
        raise OSError(
            f"the list of checksums {path} is corrupt: expected one line for each data "
            f"file, wrong for {wrong}; {REINSTALL}"
        )
    return expected


def checksums() -> dict[str, str]:
    """Return `ok`, `corrupt` or `missing` for every embedded data file.

    If the list of checksums itself is damaged, its state alone. Never raises.
    """
    try:
        known = digests()
    except OSError:
        there = (FILES / "SHA256SUMS").is_file()
        return {"SHA256SUMS": "corrupt" if there else "missing"}
    states = {}
    for file, expected in known.items():
        content, received = measured(file)
        wrong = "missing" if content is None else "corrupt"
        states[file] = "ok" if received == expected else wrong
    return states
