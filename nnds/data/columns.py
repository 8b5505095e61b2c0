"""From rows to the arrays of a split, and a fair cut."""

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nnds.data.dataset import Split

LABELS = ("label", "labels", "fine_label", "target")
VALIDATION = ("validation", "valid", "val", "dev")


def renames(features: Mapping[str, Any] | None, keys: Iterable[str]) -> dict[str, str]:
    """Return which columns become `x` and `y`: the first image and the label."""
    features, keys = features or {}, list(keys)
    images = [k for k in keys if type(features.get(k)).__name__ == "Image"]
    named = [k for k in keys if type(features.get(k)).__name__ == "ClassLabel"]
    labels = [k for k in LABELS if k in keys] + named
    new = {}
    if images and "x" not in keys:
        new[images[0]] = "x"
    if labels and "y" not in keys:
        new[labels[0]] = "y"
    return new


def class_names(features: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the names of the classes of the column that becomes `y`."""
    names = renames(features, features or {})
    label = next((k for k, new in names.items() if new == "y"), "y")
    return tuple(getattr((features or {}).get(label), "names", None) or ())


def arrays(rows: Sequence[Mapping], features: Mapping[str, Any] | None) -> Split:
    """Stack rows: images as `x`, labels as `y`, texts as objects."""
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    new = renames(features, columns)
    out = {}
    for key, column in columns.items():
        image = type((features or {}).get(key)).__name__ == "Image"
        out[new.get(key, key)] = images(key, column) if image else values(key, column)
    return out


def images(key: str, column: Sequence) -> np.ndarray:
    """Decode image files to (n, h, w, d) float32 from 0 to 1; sizes must agree."""
    from PIL import Image

    pixels = []
    for item in column:
        with Image.open(
            io.BytesIO(item["bytes"]) if item["bytes"] else item["path"]
        ) as f:
            pixels.append(np.asarray(f if f.mode in ("L", "RGB") else f.convert("RGB")))
    shapes = {p.shape for p in pixels}
    if len(shapes) > 1:
        raise ValueError(
            f"column {key!r}: images of different shapes, such as "
            f"{sorted(shapes)[:3]}, expected one; resize them and load your folder"
        )
    x = np.stack(pixels).astype(np.float32) / np.float32(255)
    return x if x.ndim == 4 else x[..., None]


def values(key: str, column: Sequence) -> np.ndarray:
    """Return numbers as int32 or float32 (nan where absent), the rest as objects."""
    absent = any(v is None for v in column)
    if absent and all(isinstance(v, int | float | None) for v in column):
        column = [np.nan if v is None else v for v in column]
    if not isinstance(column[0], str | dict | None):
        try:
            out = np.asarray(column)
        except ValueError:  # lists of different lengths
            out = np.empty(0, object)
        if out.dtype.kind == "f":
            return out.astype(np.float32)
        if out.dtype.kind == "i" and np.abs(out).max(initial=0) < 2**31:
            return out.astype(np.int32)
        if out.dtype.kind in "biu":
            return out
    objects = np.empty(len(column), object)
    objects[:] = column
    return objects


def place(row: Mapping[str, Any], missing: Sequence[str]) -> str:
    """Return the split of a row of `train` when the set lacks the splits `missing`.

    Each takes a tenth, by the SHA-256 of the row: the same in any order and on any
    machine, and equal rows never lie on both sides.
    """
    sha = hashlib.sha256()
    for key in sorted(row):
        value = row[key]
        if isinstance(value, dict) and value.get("bytes"):
            value = value["bytes"]
        if isinstance(value, np.ndarray) and value.dtype != object:
            value = value.tobytes()
        sha.update(value if isinstance(value, bytes) else repr(value).encode())
    share = int.from_bytes(sha.digest()[:4], "big") / 2**32
    for k, name in enumerate(missing):
        if share < 0.1 * (k + 1):
            return name
    return "train"


def layout(splits: Iterable[str], name: str) -> tuple[dict[str, str], list[str]]:
    """Return where each split is stored, and the splits to be cut off `train`."""
    splits = list(splits)
    stored = {"train": "train", "test": "test"}
    stored |= {"validation": next((v for v in VALIDATION if v in splits), "validation")}
    if "train" not in splits:
        raise ValueError(
            f"{name}: expected a split named 'train', received {', '.join(splits)}; "
            "rename it or choose another configuration with config="
        )
    missing = [k for k in ("test", "validation") if stored[k] not in splits]
    return {k: "train" if k in missing else v for k, v in stored.items()}, missing
