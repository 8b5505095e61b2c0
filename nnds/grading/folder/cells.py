"""What IPython makes of a cell: Python, where `%`, `!` and `?` have become calls."""

import ast
import warnings
from dataclasses import dataclass

LIMITS = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Cell:
    """A cell as Python, the statements in it, and the numbers of those to run."""

    place: str
    source: str
    statements: tuple[ast.stmt, ...] = ()
    needed: tuple[int, ...] = ()


def parsed(place: str, source: str) -> tuple[Cell, str]:
    r"""Return the cell, and what is wrong with it or "".

    Lines keep their numbers, as messages name them.

    >>> parsed("cell 1", "%%time\nx = !ls\ny = 1")[0].source
    "\nx = get_ipython().getoutput('ls')\ny = 1"
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return Cell(place, source, _statements(source)), ""
    except LIMITS as error:
        first = error
    try:
        python = _by_ipython(source)
        return Cell(place, python, _statements(python)), ""
    except LIMITS:
        pass  # the first one counts lines as the student does
    line = getattr(first, "lineno", None) or 1
    what = getattr(first, "msg", None) or type(first).__name__
    return Cell(place, ""), f"{place}, line {line}: syntax error: {what}"


def _statements(source: str) -> tuple[ast.stmt, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a string of theirs is not our concern
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(source, "<cell>", "exec", flags, dont_inherit=True)
    return tuple(tree.body)


def _by_ipython(source: str) -> str:
    """Return the cell as IPython would run it; of `%%time` and its like, the body."""
    from IPython.core.inputtransformer2 import TransformerManager  # takes 0.2 s

    head, _, body = source.lstrip("\n").partition("\n")
    if head.startswith("%%"):
        blank = "\n" * (source.count("\n") - body.count("\n"))
        return blank + _by_ipython(body) if body.strip() else ""
    python = TransformerManager().transform_cell(source).removesuffix("\n")
    empty = source[: len(source) - len(source.lstrip())].count("\n")  # which it drops
    return "\n" * empty + "\n".join(map(_timed, python.split("\n")))


def _timed(line: str) -> str:
    """Return `y = f(x)` for `%time y = f(x)`: what it sets is there afterwards.

    >>> _timed("get_ipython().run_line_magic('time', 'y = f(x)')")
    'y = f(x)'
    """
    text = line.lstrip()
    if not text.startswith("get_ipython().run_line_magic("):
        return line
    try:
        call = ast.parse(text, mode="eval").body
        argument = ast.literal_eval(call.args[1])  # type: ignore[attr-defined]
        statement = ast.parse(argument).body[0]
    except (*LIMITS, IndexError):
        return line
    set_here = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
    return line[: len(line) - len(text)] + argument if set_here else line
