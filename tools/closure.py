"""What a file depends on: its own program, and that of all it imports of the package.

The key of a run or of stored arrays follows this, so that a change elsewhere leaves
them valid.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APART = ("plot", "results", "grading", "checks", "exercises")  # changes no array


def key(source: str, *more: str, apart: tuple[str, ...] = APART) -> str:
    """Return the hash of a program, of what it imports of nnds, and of `more`.

    Comments and docstrings do not count, nor rooms named in `apart`; embedded data
    count by their checksums where `nnds.data` is imported.
    """
    digest = hashlib.sha256("\n".join([program(source), *more]).encode())
    for path in sorted(closure(source)):
        name = path.relative_to(ROOT).as_posix()
        if name.split("/")[1] in apart:
            continue
        digest.update(f"\n{name}\n{program(path.read_text(encoding='utf-8'))}".encode())
        if name == "nnds/data/embedded.py":
            digest.update((ROOT / "nnds/data/files/SHA256SUMS").read_bytes())
    return digest.hexdigest()[:16]


def closure(source: str) -> set[Path]:
    """Return the files of the package that a program imports, directly or not."""
    reached: set[Path] = set()
    left = list(imports(source))
    while left:
        path = left.pop()
        if path not in reached:
            reached.add(path)
            left += imports(path.read_text(encoding="utf-8"))
    return reached


def imports(source: str) -> Iterator[Path]:
    """Yield the files that define what a program imports of the package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from filter(None, [file_of(alias.name)])
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield from origin(node.module, alias.name)


def origin(module: str, name: str) -> Iterator[Path]:
    """Yield the file in which `from module import name` ends.

    The `__init__` of a folder only says where a name is defined, and is passed through.

    >>> [path.name for path in origin("nnds.conv", "LeNet5")]
    ['lenet.py']
    """
    if inner := file_of(f"{module}.{name}"):
        yield inner
        return
    file = file_of(module)
    if file is None:
        return
    if file.name == "__init__.py":
        exports = ast.parse(file.read_text(encoding="utf-8")).body
        for node in (n for n in exports if isinstance(n, ast.ImportFrom)):
            if node.module and name in {a.asname or a.name for a in node.names}:
                yield from origin(node.module, name)
                return
    yield file


def file_of(module: str) -> Path | None:
    """Return the file of a module of nnds, or None for anything else."""
    parts = module.split(".")
    if parts[0] != "nnds":
        return None
    path = ROOT.joinpath(*parts)
    files = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


def program(source: str) -> str:
    """Return what a source does: its tree, without comments, docstrings and types."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(tree)
