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
    """Yield the files that the imports of a program name, `__init__.py` included."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] != "nnds":
                continue
            for k in range(1, len(parts) + 1):
                path = ROOT.joinpath(*parts[:k])
                for file in (path.with_suffix(".py"), path / "__init__.py"):
                    if file.is_file():
                        yield file


def program(source: str) -> str:
    """Return what a source does: its tree, without comments and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
