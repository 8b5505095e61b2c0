"""Exercises found by name: those of the package, and those of a private folder."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from nnds.checks.form import Exercise


def exercises(folder: Path | str | None = None) -> dict[str, Exercise]:
    """Return the exercises by name: those of the package, then those of `folder`.

    Every `.py` file of the folder is run; it needs no other form than a file of
    `nnds/exercises`. Two of one name raise ValueError.
    """
    found: dict[str, Exercise] = {}
    for module in (*_package(), *(_folder(Path(folder)) if folder else ())):
        for value in vars(module).values():
            if not isinstance(value, Exercise):
                continue
            if found.get(value.name, value) is not value:
                raise ValueError(f"two exercises are named {value.name}; rename one")
            found[value.name] = value
    return found


def exercise(name: str, folder: Path | str | None = None) -> Exercise:
    """Return one exercise by name; an unknown name raises ValueError."""
    known = exercises(folder)
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]!r}?" if close else f"known are {sorted(known)}"
    raise ValueError(f"no exercise is named {name!r}; {guess}")


def _package() -> Iterable[ModuleType]:
    package = importlib.import_module("nnds.exercises")
    for info in pkgutil.iter_modules(package.__path__, "nnds.exercises."):
        yield importlib.import_module(info.name)


def _folder(folder: Path) -> Iterable[ModuleType]:
    if not folder.is_dir():
        raise ValueError(f"exercises are read from a folder; {folder} is none")
    for path in sorted(folder.glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"exercises_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise ValueError(f"{path} cannot be read as a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
