"""Own data from a folder of images: one folder a class, or one a split and a class."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnds.data.columns import VALIDATION
from nnds.data.dataset import SPLITS, Dataset, Split
from nnds.data.own import cut, gather
from nnds.data.splits import warn_of_duplicates

SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}
MODES = {"1": "L", "L": "L", "RGB": "RGB", "RGBA": "RGB", "P": "RGB", "CMYK": "RGB"}


def images_in(folder: Path) -> list[Path]:
    """Return the image files below a folder, by name; hidden ones are left out."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return [
        p for p in paths if not any(s[0] == "." for s in p.relative_to(folder).parts)
    ]


def read_pictures(folder: Path, size: tuple[int, int] | None) -> Dataset:
    """Return a folder of images as a data set; see `load`.

    Either `folder/CLASS/1.png`, which is cut 70/15/15, or `folder/train/CLASS/1.png`
    with `validation` and `test` beside it.
    """
    folder = Path(folder)
    inside = {p.name.lower(): p for p in folder.iterdir() if p.is_dir()}
    validation = next((inside[v] for v in VALIDATION if v in inside), None)
    if "train" not in inside:
        classes = class_folders(folder)
        columns = read_classes(folder, classes, size)
        return cut(folder.name, columns, classes, (), None)
    if validation is None or "test" not in inside:
        raise ValueError(
            f"{folder} has a folder train, expected validation and test beside it, "
            f"received {', '.join(sorted(inside))}; or put one folder for each class "
            "there, and the images are cut for you"
        )
    classes = class_folders(inside["train"])
    parts = [
        read_classes(where, classes, size)
        for where in (inside["train"], validation, inside["test"])
    ]
    shapes = {k: part["x"].shape[1:] for k, part in zip(SPLITS, parts, strict=True)}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"{folder}: images of different shapes by split: {shapes}")
    data = gather(folder.name, parts, classes, (), "as in the folders")
    return warn_of_duplicates(data)


def class_folders(folder: Path) -> tuple[str, ...]:
    """Return the names of the classes: the folders that hold images."""
    loose = [p.name for p in folder.iterdir() if p.suffix.lower() in SUFFIXES]
    if loose:
        raise ValueError(
            f"{folder} holds {len(loose)} images in no class folder, such as "
            f"{min(loose)}; expected one folder for each class, such as "
            f"{folder.name}/cat/1.png"
        )
    names = (p.name for p in folder.iterdir() if p.is_dir() and p.name[0] != ".")
    return tuple(sorted(name for name in names if images_in(folder / name)))


def read_classes(
    folder: Path, classes: Sequence[str], size: tuple[int, int] | None
) -> Split:
    """Return the images as `x` (n, h, w, d) from 0 to 1, and their classes as `y`."""
    paths, y = [], []
    present = class_folders(folder)
    new = sorted(set(present) - set(classes))
    if new:
        raise ValueError(f"{folder}: the classes {new} are not in train")
    for k, name in enumerate(classes):
        own = images_in(folder / name)
        paths += own
        y += [k] * len(own)
    x = read_images(folder, paths, size)
    return {"x": x, "y": np.array(y, np.int32)}


def read_images(
    folder: Path, paths: Sequence[Path], size: tuple[int, int] | None
) -> np.ndarray:
    """Return the decoded images; ValueError lists what cannot be read, or differs."""
    pixels, modes, unreadable = [], [], []
    for path in paths:
        try:
            mode, array = read_image(path, size)
        except (OSError, ValueError, SyntaxError) as error:  # whatever Pillow raises
            reason = str(error).partition("\n")[0].replace(str(path), path.name)
            unreadable.append(f"  {path.relative_to(folder)}: {reason}")
            continue
        pixels.append(array)
        modes.append(mode)
    if unreadable:
        more = len(unreadable) - 10
        rest = [f"  and {more} more"] if more > 0 else []
        text = "\n".join([*unreadable[:10], *rest])
        raise ValueError(
            f"{folder}: {len(unreadable)} of {len(paths)} images cannot be read; "
            f"remove or replace them:\n{text}"
        )
    kinds = [
        f"{a.shape[0]}x{a.shape[1]} {m}" for a, m in zip(pixels, modes, strict=True)
    ]
    counts = Counter(kinds).most_common(3)
    if len(counts) > 1:
        names = [paths[kinds.index(kind)].relative_to(folder) for kind, _ in counts]
        shown = zip(counts, names, strict=True)
        some = ", ".join(
            f"{n} are {kind} (such as {name})" for (kind, n), name in shown
        )
        advice = (
            "convert them to one mode" if len(set(modes)) > 1 else "pass size=(h, w)"
        )
        raise ValueError(
            f"{folder}: expected images of one size (height x width) and mode; "
            f"{some}; {advice}"
        )
    return np.stack(pixels).astype(np.float32) / np.float32(255)


def read_image(path: Path, size: tuple[int, int] | None) -> tuple[str, np.ndarray]:
    """Return the mode (L or RGB) and the pixels (h, w, d), upright and at `size`."""
    from PIL import Image, ImageOps

    with Image.open(path) as file:
        if file.mode not in MODES:
            raise ValueError(f"mode {file.mode} is not among {', '.join(MODES)}")
        image = ImageOps.exif_transpose(file).convert(MODES[file.mode])
    if size:
        image = image.resize((size[1], size[0]))
    array = np.asarray(image)
    return image.mode, array if array.ndim == 3 else array[..., None]
