"""The sixteen lectures, as data, and where their notebooks are.

Lectures 1 to 13 carry the chapter numbers of the book.
"""

from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[1]


class Lecture(NamedTuple):
    """A lecture, and the modules of nnds it reads."""

    number: int
    title: str
    modules: tuple[str, ...]


LECTURES = (
    Lecture(1, "Introduction", ("perceptron", "scaling")),
    Lecture(2, "Tensors, gradients, descent", ("optimize",)),
    Lecture(3, "Data and losses", ("losses",)),
    Lecture(4, "Linear models", ("linear",)),
    Lecture(5, "Fully connected", ("dense",)),
    Lecture(6, "Automatic differentiation", ("autodiff",)),
    Lecture(7, "Convolution", ("conv",)),
    Lecture(8, "Sequences and text", ("sequence", "text")),
    Lecture(9, "Deeper models", ("norm", "regularize", "residual")),
    Lecture(10, "Sets and attention", ("sets", "attention")),
    Lecture(11, "Transformers", ("transformer",)),
    Lecture(12, "Graphs", ("graph",)),
    Lecture(13, "Recurrent and state space", ("recurrent",)),
    Lecture(14, "Generative models", ("generative",)),
    Lecture(15, "Physics and fields", ("physics",)),
    Lecture(16, "Looking inside", ("explain",)),
)


def written(module: str) -> bool:
    """Whether `nnds.module` exists; looks for its file, and imports nothing.

    >>> written("dense"), written("plot"), written("exercises.alchemy")
    (True, True, False)
    """
    path = PACKAGE.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def notebook_folder() -> Path:
    """Return the folder of the student notebooks: in the wheel, or in the checkout."""
    wheel = PACKAGE / "_notebooks"
    return wheel if wheel.is_dir() else PACKAGE.parent / "notebooks"


def notebook_paths() -> dict[int, Path]:
    """Return the notebooks by lecture number: `7` -> `.../07_conv.ipynb`."""
    paths = sorted(notebook_folder().glob("[0-9][0-9]_*.ipynb"))
    return {int(path.name[:2]): path for path in paths}


def copy_notebooks(where: Path, *, force: bool = False) -> dict[str, str]:
    """Copy the student notebooks to `where`; return for each what was done with it.

    A file that differs from ours may hold a student's work: it is kept, or with
    `force` replaced after a backup beside it.
    """
    where.mkdir(parents=True, exist_ok=True)
    done = {}
    for source in notebook_paths().values():
        target = where / source.name
        new = source.read_bytes()
        if not target.exists():
            done[source.name] = "copied"
        elif target.read_bytes() == new:
            done[source.name] = "already there"
            continue
        elif not force:
            done[source.name] = "kept yours, which differs (--force replaces it)"
            continue
        else:
            backup, k = target.with_suffix(".backup.ipynb"), 1
            while backup.exists():
                k += 1
                backup = target.with_suffix(f".backup{k}.ipynb")
            target.rename(backup)
            done[source.name] = f"replaced; yours is now {backup.name}"
        target.write_bytes(new)
    return done
