"""Every file belongs to a room, and imports point one way.

In the root of the package stand topics only: what the exercises, notebooks or slides of
a lecture name, and what such a topic imports. Every other file lies in one of ROOMS.
"""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import nnds

PACKAGE = Path(nnds.__file__).parent
LECTURES = PACKAGE.parent / "lectures"
# what a room may import beside itself; none of them imports a topic
ROOMS = {
    "annotations": set(),
    "results": set(),
    "train": set(),
    "data": set(),
    "plot": set(),
    "checks": set(),
    "model": set(),
    "exercises": {"checks"},
    "grading": {"checks"},
    "commands": {"checks", "data", "grading", "results"},
}
# topics are read in this order; those in no tier stand between the first and the second
FIRST, COMBINED, LAST = (
    {"init", "losses"},
    {"transformer", "generative", "physics", "explain"},
    {"pretrained"},
)
IN_A_LECTURE = {
    *("notebook.py", "deck.md", "figures.py", "panels.py", "mutants.py"),
    *("solutions.py", "arrays"),  # of a lecture without a notebook; of its panels
}
IN_THE_ROOT = {"__init__.py", "__main__.py"}
OWNERS = packages_distributions()
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
IMPORTERS = {"import_module", "__import__", "find_spec", "run_module", "iter_modules"}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "files" not in p.parts)


def name(path: Path) -> str:
    """Return the dotted name below nnds, such as "conv" or "data.hub"."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    return module.split(".")[0]


def named_modules(tree: ast.AST) -> set[str]:
    """Return the full names of all that a program imports, by importlib too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in IMPORTERS:
                texts = [n for n in ast.walk(node) if isinstance(n, ast.Constant)]
                names |= {str(text.value) for text in texts}
    return names


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the modules of nnds that a file imports, anywhere in it."""
    modules = {name(p) for p in FILES}
    arrows = set()
    for full in named_modules(ast.parse(path.read_text(encoding="utf-8"))):
        parts = full.split(".")
        if parts[0] != "nnds":
            continue
        rest = ".".join(parts[1:])
        parent = ".".join(parts[1:-1])
        # `from nnds.data import columns` names a file, not what its folder exports
        arrows |= {m for m in (rest, parent) if m in modules and m}
        if rest in modules:
            arrows.discard(parent)
    return frozenset(arrows)


@cache
def topics() -> frozenset[str]:
    """Return what stands in the root and a lecture, or a topic of one, has use for."""
    present = {
        p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or list(p.glob("*.py"))
    }
    sources = [p.read_text(encoding="utf-8") for p in LECTURES.glob("*/notebook.py")]
    used = {
        full.split(".")[1]
        for source in sources
        for full in named_modules(ast.parse(source))
        if full.startswith("nnds.")
    }
    used |= {p.stem for p in (PACKAGE / "exercises").glob("[a-z]*")}
    while True:
        known = (used & present) - set(ROOMS)
        inner = [p for p in FILES if room(name(p)) in known]
        more = {room(m) for p in inner for m in imported(p)} - set(ROOMS)
        if more <= used:
            return frozenset(known)
        used |= more


def tier(topic: str) -> int:
    for number, names in ((0, FIRST), (2, COMBINED), (3, LAST)):
        if topic in names:
            return number
    return 1


TOPIC_FILES = [p for p in FILES if room(name(p)) in topics()]
every_file = pytest.mark.parametrize("path", FILES, ids=lambda p: name(p) or "nnds")
topic_files = pytest.mark.parametrize("path", TOPIC_FILES, ids=name)


@every_file
def test_every_file_belongs_to_a_room(path):
    if path.parent == PACKAGE and path.name in IN_THE_ROOT:
        return
    where = room(name(path))
    assert where in ROOMS or where in topics(), (
        f"{name(path)} is in no room: no lecture, exercise or topic imports it, and "
        f"the rooms are {sorted(ROOMS)}"
    )


@every_file
def test_imports_point_one_way(path):
    own = room(name(path))
    if path in (PACKAGE / "__main__.py", PACKAGE / "__init__.py"):
        return
    if own in ROOMS:
        allowed = ROOMS[own] | {own}
        wrong = {m for m in imported(path) if room(m) not in allowed}
        assert not wrong, f"{name(path)} must not import {wrong}, only {allowed}"
        return
    for module in imported(path):
        other = room(module)
        assert other not in ROOMS or (own in LAST and other in ("data", "model")), (
            f"the topic {name(path)} must not import {module}"
        )
        assert tier(other) <= tier(own), f"{name(path)} is read before {module}"


def test_there_is_no_cycle_of_files():
    arrows = {name(p): set(imported(p)) - {name(p)} for p in FILES}
    # a folder's __init__ gathers what its files define; they do not import it
    assert_no_cycle(arrows)


def test_there_is_no_cycle_of_folders():
    arrows: dict[str, set[str]] = {}
    for path in FILES:
        folder = path.parent if path.name != "__init__.py" else path.parent.parent
        if path.name == "__init__.py" or path.parent == PACKAGE:
            continue
        here = name(folder / "__init__.py")
        for module in imported(path):
            there = module if (PACKAGE / Path(*module.split("."))).is_dir() else ""
            there = there or module.rpartition(".")[0]
            nested = here.startswith(f"{there}.") or there.startswith(f"{here}.")
            if there and there != here and not nested:
                arrows.setdefault(here, set()).add(there)
    assert_no_cycle(arrows)


def assert_no_cycle(arrows):
    left = dict(arrows)
    while left:
        free = {module for module, needs in left.items() if not needs & set(left)}
        assert free, f"a cycle among {sorted(left)}"
        left = {m: needs for m, needs in left.items() if m not in free}


@every_file
def test_no_file_is_named_after_nothing(path):
    assert not FORBIDDEN_NAMES & set(name(path).split("."))


@pytest.mark.parametrize(
    "folder", sorted(LECTURES.glob("[0-9]*")), ids=lambda p: p.name
)
def test_a_lecture_holds_the_files_of_a_lecture(folder):
    files = {p.name for p in folder.iterdir() if p.name != "__pycache__"}
    panels = folder / "panels.py"
    declared = panels.read_text(encoding="utf-8") if panels.is_file() else ""
    files -= {f for f in files if f.endswith(".js") and f'script="{f}"' in declared}
    assert files <= IN_A_LECTURE, f"{files - IN_A_LECTURE}: see lecture.md"


def test_the_root_re_exports_nothing():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    rest = "\n".join(ast.unparse(node) for node in tree.body[1:])
    assert rest == "from nnds.annotations import hook\nhook.install(__name__)"


@topic_files
def test_a_topic_has_no_decorator_no_jit_and_no_init(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "__future__", "it defeats the checks of annotations"
            assert "Self" not in {alias.name for alias in node.names}
            assert all(alias.name != "*" for alias in node.names)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            allowed = {"classmethod", "property"}
            if isinstance(node, ast.FunctionDef):
                allowed |= {"jax.custom_vjp", "jax.custom_jvp"}
            if isinstance(node, ast.ClassDef):  # a value with an identity, not a tree
                allowed |= {"dataclass(eq=False)"}
            marks = {ast.unparse(d) for d in node.decorator_list}
            assert marks <= allowed, f"{node.name} is decorated with {marks - allowed}"
        if isinstance(node, ast.FunctionDef):
            assert node.name != "__init__", "a module has a generated constructor"
            booleans = [
                a
                for a in node.args.args + node.args.kwonlyargs
                if a.annotation is not None and ast.unparse(a.annotation) == "bool"
            ]
            assert len(booleans) < 3, f"{node.name}: write a second function"
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"jit", "filter_jit", "filter_vmap"}, "callers jit"


def loaded_after(statement: str) -> set[str]:
    """Return what a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_topics_and_train_load_neither_datasets_nor_matplotlib():
    modules = sorted({room(name(p)) for p in TOPIC_FILES} | {"train", "data"})
    loaded = loaded_after("\n".join(f"import nnds.{m}" for m in modules))
    assert "nnds.conv" in loaded
    assert not loaded & {"datasets", "matplotlib", "pandas", "torch", "typer"}


def test_import_nnds_loads_nothing_else():
    standard = "import ast, os, importlib.machinery, importlib.util"
    own = {"nnds", "nnds.annotations", "nnds.annotations.hook"}
    assert loaded_after(f"{standard}, nnds") - loaded_after(standard) == own


def distributions(requirements: list[str]) -> set[str]:
    names = (re.split(r"[^\w.-]", line)[0] for line in requirements)
    return {name.lower().replace("_", "-") for name in names}


@every_file
def test_every_import_is_declared_in_pyproject(path):
    """Else an installation works as long as another package happens to bring it."""
    text = PACKAGE.parent.joinpath("pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    always = distributions(project["dependencies"])
    extras = project["optional-dependencies"].values()
    optional = distributions([line for extra in extras for line in extra])
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        allowed = always if node in tree.body else always | optional
        if path.name == "pytest_plugin.py":
            allowed = allowed | {"pytest"}  # which loads it
        for full in named_modules(ast.Module([node], [])):
            top = full.split(".")[0]
            if top != "nnds" and top not in sys.stdlib_module_names:
                owned = distributions(OWNERS.get(top, [top]))
                assert owned & allowed, f"{full} is imported, and not in pyproject.toml"
