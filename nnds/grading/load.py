"""Exercises, looked for in folders: that of the package, and a private one."""

import functools
import importlib.util
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from nnds.checks.form import PACKAGE, Exercise


def exercises(folder: Path | str | None = None) -> dict[str, Exercise]:
    """Return the exercises by name: those of the package, then those of `folder`.

    Every `.py` file of the folder is run; it needs no other form than a file of
    `nnds/exercises`. Two of one name raise ValueError.
    """
    known: dict[str, Exercise] = {}
    for module in (*_package(), *(_modules(Path(folder)) if folder else ())):
        for value in vars(module).values():
            if not isinstance(value, Exercise):
                continue
            if known.get(value.name, value) is not value:
                raise ValueError(f"two exercises are named {value.name}; rename one")
            known[value.name] = value
    return known


def exercise(name: str, folder: Path | str | None = None) -> Exercise:
    """Return one exercise by name; an unknown name raises ValueError."""
    known = exercises(folder)
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=1)
    guess = f"did you mean {close[0]!r}?" if close else f"known are {sorted(known)}"
    raise ValueError(f"no exercise is named {name!r}; {guess}")


@functools.cache
def _package() -> tuple[ModuleType, ...]:
    return tuple(_modules(PACKAGE))


def _modules(folder: Path) -> Iterable[ModuleType]:
    if not folder.is_dir():
        raise ValueError(f"exercises are read from a folder; {folder} is none")
    files = list(folder.glob("[!_]*.py"))
    if folder == PACKAGE:  # a topic is a file there, or a folder
        files += folder.glob("[!_]*/[!_]*.py")
    for path in sorted(files):
        spec = importlib.util.spec_from_file_location(f"exercises_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise ValueError(f"{path} cannot be read as a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
