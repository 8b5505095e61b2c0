"""An import hook: functions with annotated arrays are checked when they are called.

`import nnds` installs it. The environment variable NNDS_CHECK=0 leaves it out, and so
does a hook of jaxtyping for this package, such as that of its pytest plugin.
"""

import ast
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import decode_source

VARIABLE = "NNDS_CHECK"
# rooms that call no layer, or that start often and must start fast
APART = {
    *("annotations", "checks", "commands", "data", "exercises", "grading", "model"),
    *("plot", "results"),
}


class Finder:
    """Finds the modules of a package as usual, and has their functions checked."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        package, _, rest = name.partition(".")
        if package != self.package or rest.partition(".")[0] in APART | {""}:
            return None
        spec = PathFinder.find_spec(name, path, target)  # type: ignore[arg-type]
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


class Loader(SourceFileLoader):
    """Compiles a file with checks, and caches that apart from what Python caches."""

    def source_to_code(self, data, path, *, _optimize=-1):  # type: ignore[override]
        tree = decorate(ast.parse(decode_source(data)))  # type: ignore[arg-type]
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

    def get_data(self, path: str) -> bytes:
        return super().get_data(_apart(path))

    def set_data(self, path: str, data, *, _mode: int = 0o666) -> None:  # type: ignore[override]
        super().set_data(_apart(path), data, _mode=_mode)


def _apart(path: str) -> str:
    return path[:-4] + ".checked-1.pyc" if path.endswith(".pyc") else path


def decorate(tree: ast.Module) -> ast.Module:
    """Put `checked` next to each public function that annotates an array.

    >>> source = 'def f(x: Float[Array, " d"]): ...'
    >>> decorate(ast.parse(source)).body[1].decorator_list[0].id
    '_checked'
    """
    functions = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)]
    public = [f for f in functions if f.name[:1] != "_" or f.name[:2] == "__"]
    annotated = [f for f in public if any(map(_of_array, _arguments(f)))]
    for function in annotated:
        # the innermost decorator: jit and custom_vjp come around it
        mark = ast.copy_location(ast.Name("_checked", ast.Load()), function)
        function.decorator_list.append(mark)
    if annotated:
        first = 1 if ast.get_docstring(tree) is not None else 0
        name = [ast.alias("checked", "_checked")]
        tree.body.insert(first, ast.ImportFrom("nnds.annotations.checked", name, 0))
    return ast.fix_missing_locations(tree)


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    given = function.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs]


def _of_array(argument: ast.arg) -> bool:
    """Say whether an annotation holds axes, `Float[Array, "n d"]`, or is of a key."""
    parts = list(ast.walk(argument.annotation)) if argument.annotation else []
    return any(isinstance(p, ast.Subscript) for p in parts) or any(
        isinstance(p, ast.Name) and p.id == "PRNGKeyArray" for p in parts
    )


def install(package: str) -> None:
    """Check the functions of a package that are imported from here on."""
    already = any(
        getattr(finder, "should_instrument", lambda name: False)(package)
        for finder in sys.meta_path
    )
    if os.environ.get(VARIABLE) != "0" and not already:
        sys.meta_path.insert(0, Finder(package))
