"""Wrong solutions made by a program: each solution with one small thing changed.

`python tests/exercises/systematic.py [NAME ...]` makes all of them, and fails unless
the checks reject each for each of five seeds. What changes nothing stands in
`equivalent.py`, with the reason. Whatever else gets by is a hole in the checks.
"""

import ast
import copy
import linecache
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does

from exercises import rooms
from exercises.equivalent import EQUIVALENT
from nnds.checks.calling import Remembering
from nnds.checks.engine import first_failure
from nnds.checks.form import Exercise
from nnds.checks.naming import exercise_of
from nnds.grading.inprocess import InProcess
from nnds.grading.load import exercises

SEEDS = range(5)
OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mod),
}
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
NAMES = {
    "sum": ("mean", "max", "prod"),
    "mean": ("sum", "max"),
    "max": ("min",),
    "min": ("max",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "sin": ("cos", "tan"),
    "cos": ("sin",),
    "log": ("log1p",),
    "exp": ("expm1",),
    "log_softmax": ("softmax",),
    "relu": ("silu", "gelu"),
    "silu": ("relu", "gelu"),
    "sigmoid": ("tanh", "hard_sigmoid"),
    "zeros": ("ones",),
    "eye": ("ones_like",),
    "normal": ("uniform", "rademacher"),
    "cumprod": ("cumsum",),
    "cumsum": ("cumprod",),
    "add": ("set", "max", "multiply"),
}


@dataclass(frozen=True)
class Wrong:
    """A solution with one change, and the line that it is in, as it is now."""

    of: str
    line: str
    program: str

    @property
    def key(self) -> str:
        return f"{self.of}: {self.line}"

    def function(self) -> Callable[..., Any]:
        file = f"<{self.key}>"
        lines = self.program.splitlines(keepends=True)
        linecache.cache[file] = (len(self.program), None, lines, file)
        space: dict[str, Any] = {"__name__": "wrong"}
        exec(compile(self.program, file, "exec"), space)
        return next(f for n, f in space.items() if exercise_of(n) == self.of)


def wrong_solutions(of: str) -> list[Wrong]:
    """Return all changes of the solution of an exercise, and of what it calls."""
    for room in rooms.ROOMS:
        tree = ast.parse(rooms.source(room))
        functions = {
            exercise_of(n.name): n for n in tree.body if isinstance(n, ast.FunctionDef)
        }
        if of in functions and of in exercises():
            used = [functions[of]]
            names = {n.id for n in ast.walk(used[0]) if isinstance(n, ast.Name)}
            used += [f for n, f in functions.items() if n in names]
            made = [w for f in used for w in _changed(of, tree, f)]
            return list({w.program: w for w in made}.values())
    return []


def _changed(of: str, tree: ast.Module, function: ast.FunctionDef) -> Iterator[Wrong]:
    arguments = [a.arg for a in function.args.args]
    for statement in ast.walk(function):
        if not isinstance(statement, ast.Assign | ast.Return | ast.AugAssign | ast.For):
            continue
        for node in ast.walk(statement):
            if not isinstance(node, ast.expr):
                continue
            for other in _others(node, arguments):
                text = _replaced(tree, node, other)
                if text != ast.unparse(tree):
                    line = _replaced(statement, node, other).splitlines()[0]
                    yield Wrong(of, line, text)


def _replaced(tree: ast.AST, node: ast.expr, other: ast.expr) -> str:
    """Return the source with one expression in place of another."""

    class Replace(ast.NodeTransformer):
        def visit(self, at: ast.AST) -> Any:
            return other if at is node else self.generic_visit(at)

    memo: dict[int, Any] = {id(node): node, id(other): other}
    return ast.unparse(Replace().visit(copy.deepcopy(tree, memo)))


def _others(node: ast.expr, arguments: list[str]) -> Iterator[ast.expr]:
    """Yield what a hasty person writes in place of an expression."""

    def like(**fields: Any) -> ast.expr:
        other = copy.copy(node)
        for name, value in fields.items():
            setattr(other, name, value)
        return other

    match node:
        case ast.BinOp(left, op, right):
            yield from (like(op=o()) for o in OPERATORS.get(type(op), ()))
            yield from (left, right)
            if not isinstance(op, ast.Add | ast.Mult):
                yield like(left=right, right=left)
            if isinstance(op, ast.MatMult):
                transposed = [ast.Attribute(x, "T", ast.Load()) for x in (left, right)]
                yield like(left=transposed[0])
                yield like(right=transposed[1])
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Compare(_, [op], _):
            yield from (like(ops=[o()]) for o in COMPARISONS.get(type(op), ()))
        case ast.Constant(value) if type(value) in (int, float):
            changed = (value + 1, value - 1, 2 * value, 0)
            if isinstance(value, float):
                changed = (2 * value, value / 2, 1.01 * value, 0.0)
            yield from (ast.Constant(v) for v in changed if v != value)
        case ast.Attribute(value, name):
            yield from (like(attr=n) for n in NAMES.get(name, ()))
            if name == "T":
                yield value
        case ast.Call(_, args, keywords):
            yield from (a for a in args if not isinstance(a, ast.Starred))
            symmetric = ast.unparse(node.func).endswith(("max", "min", "imum"))
            for i in range(0 if symmetric else len(args) - 1):
                swapped = [*args[:i], args[i + 1], args[i], *args[i + 2 :]]
                yield like(args=swapped)
            if len(args) > 1:
                yield like(args=args[:-1])
            for i in range(len(keywords)):
                yield like(keywords=keywords[:i] + keywords[i + 1 :])
        case ast.Slice(lower, upper, step):
            if lower:
                yield like(lower=None)
            if upper:
                yield like(upper=None)
            if step:
                yield like(step=None)
        case ast.Tuple(elts, ast.Load()):
            for i in range(len(elts) - 1):
                yield like(elts=[*elts[:i], elts[i + 1], elts[i], *elts[i + 2 :]])
        case ast.Name(name, ast.Load()) if name in arguments:
            yield from (ast.Name(a, ast.Load()) for a in arguments if a != name)


def rejected(exercise: Exercise, wrong: Wrong, seed: int) -> bool:
    """Return whether a check fails; only whether, so that it costs little."""
    try:
        caller = Remembering(InProcess(wrong.function()))
    except Exception:  # it cannot even be defined
        return True
    laws = (check.law for check in exercise.checks)
    return any(first_failure(exercise, x, caller, seed, shrink=False) for x in laws)


def survivors(exercise: Exercise) -> Iterator[Wrong]:
    """Yield the wrong solutions that get by at one of the seeds."""
    for wrong in wrong_solutions(exercise.name):
        if wrong.key not in EQUIVALENT and not all(
            rejected(exercise, wrong, seed) for seed in SEEDS
        ):
            yield wrong


def main() -> int:
    warnings.simplefilter("ignore")
    count = bad = 0
    for exercise in exercises().values():
        if sys.argv[1:] and exercise.name not in sys.argv[1:]:
            continue
        made = wrong_solutions(exercise.name)
        count += len(made)
        print(f"{exercise.name}: {len(made)}", flush=True)
        for wrong in survivors(exercise):
            bad += 1
            print(f"    GETS BY: {wrong.key}", flush=True)
    print(f"{bad} of {count} get by")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
