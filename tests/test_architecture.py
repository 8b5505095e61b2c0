"""The arrows between files, and what a layer file may not contain."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nnds

PACKAGE = Path(nnds.__file__).parent
# In the order of reading: a layer file imports only what stands before it.
READING_ORDER = """
    init losses sparse windows toeplitz
    perceptron scaling optimize linear dense autodiff conv sequence text
    norm regularize residual sets attention graph recurrent
    transformer generative physics explain pretrained
"""
LAYERS = READING_ORDER.split()
NO_LAYER = {
    *("train", "batches", "chunks", "evaluate", "history", "divergence", "interrupt"),
    *("data", "plot", "grading"),
}  # these import no layer
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "misc"}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "files" not in p.parts)
LAYER_FILES = [PACKAGE / f"{n}.py" for n in LAYERS if (PACKAGE / f"{n}.py").exists()]


def name(path: Path) -> str:
    """Return the dotted name below nnds, such as "conv" or "data.hub"."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """Return the modules of nnds that a file names in an import, anywhere in it."""
    modules = {name(p) for p in FILES}
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            # `from nnds.data import columns` names a file, not what its folder exports
            full = {f"{node.module}.{a.name}" for a in node.names}
            files = {f for f in full if f.removeprefix("nnds.") in modules}
            names = [*files, *([node.module] if full - files else [])]
        else:
            continue
        for full in names:
            top, _, rest = full.partition(".")
            if top == "nnds" and rest in modules and rest:
                found.add(rest)
    return found


def top(module: str) -> str:
    return module.split(".")[0]


ids = {"ids": name}
layer_files = pytest.mark.parametrize("path", LAYER_FILES, **ids)


@layer_files
def test_a_layer_imports_only_what_stands_before_it(path):
    before = LAYERS[: LAYERS.index(name(path))]
    late = {m for m in imported(path) if m not in before}
    assert not late, f"{name(path)} must not import {late}: see LAYERS for the order"


def test_every_file_with_a_module_is_in_the_list_of_layers():
    for path in FILES:
        if "eqx.Module" in path.read_text(encoding="utf-8"):
            allowed = top(name(path)) in {*LAYERS, "exercises", "grading"}
            assert allowed, f"add {name(path)} to LAYERS"


def test_train_data_plot_and_grading_import_no_layer():
    layers = set(LAYERS) - {"init", "losses"}
    for path in FILES:
        if top(name(path)) in NO_LAYER:
            assert not imported(path) & layers, name(path)


def test_exercises_do_not_import_the_topic_they_examine():
    for path in FILES:
        if name(path).startswith("exercises."):
            topic = name(path).split(".")[1]
            assert topic not in imported(path), name(path)


def test_nothing_imports_the_command_line():
    for path in FILES:
        assert "cli" not in imported(path) or path.name == "__main__.py", name(path)


def test_there_is_no_cycle():
    arrows = {name(p): imported(p) - {name(p)} for p in FILES}
    while arrows:
        free = {module for module, needs in arrows.items() if not needs & set(arrows)}
        assert free, f"a cycle among {sorted(arrows)}"
        arrows = {m: needs for m, needs in arrows.items() if m not in free}


def test_no_file_is_named_after_nothing():
    for path in FILES:
        assert not FORBIDDEN_NAMES & set(name(path).split(".")), path


def test_the_package_re_exports_nothing():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1, "nnds/__init__.py holds its docstring alone"


@layer_files
def test_a_layer_file_has_no_decorator_no_jit_and_no_init(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "__future__", "it defeats the checks of annotations"
            assert "Self" not in {alias.name for alias in node.names}
            assert all(alias.name != "*" for alias in node.names)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            allowed = {"classmethod", "property"}
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


def test_layers_and_train_load_neither_datasets_nor_matplotlib():
    modules = [name(p) for p in LAYER_FILES]
    modules += [m for m in ("train", "data") if m in {name(p) for p in FILES}]
    loaded = loaded_after("\n".join(f"import nnds.{m}" for m in modules))
    assert "nnds.conv" in loaded
    assert not loaded & {"datasets", "matplotlib", "pandas", "torch", "typer"}


def test_import_nnds_loads_nothing_else():
    base = loaded_after("import jax, equinox")
    assert loaded_after("import jax, equinox, nnds") - base <= {"nnds"}


def test_import_nnds_is_quick():
    """At most 50 ms beyond jax and equinox: it is a docstring, so far below."""
    code = (
        "import jax, equinox, time\nt = time.perf_counter()\nimport nnds\n"
        "print(time.perf_counter() - t)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert float(run.stdout) < 0.05
