"""Which statements of a submission its answers are made of.

A class of 300 cannot wait for the training in every notebook. So a statement runs if it
binds or changes a name that an answer reads, directly or through others, or calls
something of a package that they use (`jax.config.update(...)`). Where that turns out to
be too little, all of the submission is run: see `grade`.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from nnds.checks.naming import PREFIX
from nnds.grading.folder.cells import Cell

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
STORED = (ast.Store, ast.Del)
WORD = re.compile(r"\w+")


@dataclass
class Use:
    """What one statement does with the names of the notebook.

    answers: of what it binds, what is not borrowed from this package. defines: of that,
    functions, classes, and what is called `my_...`. packages: of what it imports, by
    name. calls: the first name of a bare `name.attribute(...)`. says: the words of its
    strings.
    """

    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)
    defines: set[str] = field(default_factory=set)
    packages: dict[str, str] = field(default_factory=dict)
    calls: str = ""
    says: set[str] = field(default_factory=set)
    always: bool = False


def reached(
    cells: Sequence[Cell], wanted: Collection[str]
) -> tuple[set[str], set[str], list[Cell]]:
    """Return the wanted names that are answers, those that may be, and the cells.

    A variable `momentum` may be one, and a name in a string, which `exec` defines. The
    cells know what all that are bound need.
    """
    uses = {
        (i, j): used(statement)
        for i, cell in enumerate(cells)
        for j, statement in enumerate(cell.statements)
    }
    packages = {n: p for use in uses.values() for n, p in use.packages.items()}
    binders, callers = defaultdict(list), defaultdict(list)
    for place, use in uses.items():
        for name in use.binds:
            binders[name].append(place)
        if use.calls in packages:
            if use.reads <= set(packages):  # it sets something up, and shows nothing
                callers[packages[use.calls]].append(place)
        elif use.calls:  # rows.append(...) changes rows
            binders[use.calls].append(place)
    bound = {name for use in uses.values() for name in use.answers} & set(wanted)
    needed = {place for place, use in uses.items() if use.always}
    left, asked = [*bound], {*bound}
    for place in needed:
        left += uses[place].reads - asked
        asked |= uses[place].reads
    while left:
        name = left.pop()
        for place in [*binders[name], *callers.pop(packages.get(name, ""), [])]:
            if place not in needed:
                needed.add(place)
                left += uses[place].reads - asked
                asked |= uses[place].reads
    numbers = defaultdict(list)
    for i, j in sorted(needed):
        numbers[i].append(j)
    surely = {name for use in uses.values() for name in use.defines} & set(wanted)
    said = {word for use in uses.values() for word in use.says} & set(wanted)
    chosen = [replace(c, needed=tuple(numbers[i])) for i, c in enumerate(cells)]
    return surely, bound | said, chosen


def used(statement: ast.stmt) -> Use:
    """Return what a statement does with the names of the notebook.

    >>> use = used(ast.parse("a[0] = [f(b) for c in d]").body[0])
    >>> sorted(use.binds), sorted(use.reads)
    (['a'], ['a', 'b', 'd', 'f'])
    """
    use, own = Use(), set()
    for node, inside in _walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            use.reads.add(node.id)
        elif isinstance(node, ast.Name):
            (own if inside else use.binds).add(node.id)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, SCOPES):
            (own if inside else use.binds).add(node.name)
            if not inside:
                use.defines.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom) and not inside:
            _imported(node, use)
        elif isinstance(node, ast.Attribute | ast.Subscript):
            if isinstance(node.ctx, STORED) and not inside:
                use.binds.add(_root(node))
        elif isinstance(node, ast.Global):
            use.binds.update(node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = set(WORD.findall(node.value))
            use.says |= words
            if " " not in node.value:  # a quoted annotation, perhaps
                use.reads |= words
    use.reads -= own
    use.answers |= use.binds - {*use.packages}
    use.defines |= {name for name in use.answers if name.startswith(PREFIX)}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        use.calls = _root(function) if isinstance(function, ast.Attribute) else ""
    return use


def _imported(node: ast.Import | ast.ImportFrom, use: Use) -> None:
    module = getattr(node, "module", None)
    for alias in node.names:
        name = (alias.asname or alias.name).split(".")[0]
        use.binds.add(name)
        use.packages[name] = (module or alias.name).split(".")[0]
        use.always |= alias.name == "*" or module == "__future__"
        # what is imported from this package answers nothing
        if isinstance(node, ast.ImportFrom) and not f"{module}.".startswith("nnds."):
            use.answers.add(name)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _walk(statement: ast.stmt) -> Iterator[tuple[ast.AST, bool]]:
    """Yield each node, and whether its names are those of a function, class or loop."""
    left: list[tuple[ast.AST, bool]] = [(statement, False)]
    while left:
        node, inside = left.pop()
        yield node, inside
        if isinstance(node, (*SCOPES, ast.Lambda)):
            body = node.body if isinstance(node.body, list) else [node.body]
            left += [(child, True) for child in (*body, *_arguments(node))]
            outer = [*getattr(node, "decorator_list", []), *getattr(node, "bases", [])]
            left += [(child, inside) for child in outer]
        elif isinstance(node, ast.comprehension):
            left += [(node.target, True), (node.iter, inside)]
            left += [(child, inside) for child in node.ifs]
        else:
            left += [(child, inside) for child in ast.iter_child_nodes(node)]


def _arguments(node: ast.AST) -> list[ast.AST]:
    """Return arguments with defaults and annotations, and what else a scope reads."""
    parts = (getattr(node, name, None) for name in ("args", "returns"))
    return [part for part in parts if part is not None] + [
        *getattr(node, "keywords", [])
    ]
