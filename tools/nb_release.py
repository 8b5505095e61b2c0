"""From the author's source to the notebook of the students, and to its solution."""

import hashlib
import re
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from nnds.checks.naming import exercise_of

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN (?P<what>SOLUTION|HIDDEN TESTS)[ \t]*\n"
    r"(?P<body>.*?)^[ \t]*### END (?P=what)[ \t]*(?:\n|\Z)",
    re.M | re.S,
)
STUB = 'raise NotImplementedError("your code goes here")'
SETUP = """\
# Install the course where it is missing (Colab, Kaggle). The jax and numpy that are
# already there stay: they were chosen for this machine.
import importlib.util

if importlib.util.find_spec("nnds") is None:
    import subprocess
    import sys
    import tempfile
    from importlib.metadata import PackageNotFoundError, version
    from pathlib import Path

    pins = []
    for name in ("jax", "jaxlib", "numpy"):
        try:
            pins.append(f"{{name}}=={{version(name)}}\\n")
        except PackageNotFoundError:
            pass
    constraints = Path(tempfile.mkdtemp(), "constraints.txt")
    constraints.write_text("".join(pins), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "-c", str(constraints)]
    subprocess.run([*pip, "nnds=={version}"], check=True)"""


def version_of(root: Path) -> str:
    """Return the version of the project, from the one place that states it."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def read(source: Path) -> NotebookNode:
    """Return the author's notebook; ValueError when its markers are wrong."""
    nb = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    for number, cell in enumerate(nb.cells):
        if re.search(r"### *(BEGIN|END) ", BLOCK.sub("", cell.source)):
            raise ValueError(
                f"{source.parent.name}, cell {number}: a marker has no partner"
            )
        for block in BLOCK.finditer(cell.source):
            if block["what"] == "SOLUTION" and not block["indent"]:
                raise ValueError(
                    f"{source.parent.name}, cell {number}: a solution must stand "
                    "inside a function, or the stub raises when the cell runs"
                )
    _identify(nb, source.parent.name)
    return nb


def _stub(block: re.Match[str]) -> str:
    return f"{block['indent']}{STUB}\n" if block["what"] == "SOLUTION" else ""


def _identify(nb: NotebookNode, stem: str) -> None:
    """Give each cell an id that its neighbours do not change, for grader and diff."""
    seen: dict[str, int] = {}
    for cell in nb.cells:
        public = BLOCK.sub(_stub, cell.source)
        function = re.search(r"^def (\w+)", public, re.M)
        if function and STUB in public:
            name = f"exercise-{exercise_of(function[1])}"[:56]
        else:
            text = f"{stem}\n{cell.cell_type}\n{public}"
            name = hashlib.sha256(text.encode()).hexdigest()[:12]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name + (f"-{seen[name]}" if seen[name] > 1 else "")


def _finish(nb: NotebookNode, root: Path) -> NotebookNode:
    setup = SETUP.format(version=version_of(root))
    cell = nbformat.v4.new_code_cell(setup, metadata={"tags": ["setup"]}, id="setup")
    nb.cells.insert(1, cell)
    nb.nbformat, nb.nbformat_minor = 4, 5
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nb.metadata = nbformat.from_dict(
        {"kernelspec": kernel, "language_info": {"name": "python"}}
    )
    for cell in nb.cells:
        cell.source = cell.source.rstrip()
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's own
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nb.cells = [cell for cell in nb.cells if cell.source]
    nbformat.validate(nb)
    return nb


def student(source: Path, root: Path = ROOT) -> NotebookNode:
    """Return what students open: stubs for solutions, no hidden tests."""
    nb = read(source)
    nb.cells = [c for c in nb.cells if "solution" not in c.metadata.get("tags", [])]
    for cell in nb.cells:
        cell.source = BLOCK.sub(_stub, cell.source)
    return _finish(nb, root)


def solution(source: Path, root: Path = ROOT) -> NotebookNode:
    """Return the notebook with its solutions and hidden tests, without the markers."""
    nb = read(source)
    for cell in nb.cells:
        cell.source = BLOCK.sub(lambda block: block["body"], cell.source)
    return _finish(nb, root)


def dump(nb: NotebookNode) -> bytes:
    """Return the bytes of the file, the same on every system."""
    return (nbformat.writes(nb).rstrip("\n") + "\n").encode()


def sources(root: Path) -> list[Path]:
    """Return the sources in the order of the lectures."""
    return sorted(root.glob("lectures/[0-9][0-9]_*/notebook.py"))


def released(source: Path, root: Path) -> Path:
    """Return where the student notebook of a source belongs."""
    return root / "notebooks" / f"{source.parent.name}.ipynb"


def release(root: Path) -> list[Path]:
    """Write every student notebook; return the paths."""
    files = []
    for source in sources(root):
        files.append(released(source, root))
        files[-1].write_bytes(dump(student(source, root)))
    return files
