"""The cells of a submission, run one after the other as a notebook runs them."""

import __future__

import ast
import asyncio
import contextlib
import inspect
import linecache
import signal
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from types import ModuleType
from typing import Any

WHAT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
TOGETHER = 4  # times what one statement may take, for all; later ones get LEAST
LEAST = 0.5  # seconds of processor
PATIENT = 4  # seconds on the clock for one of processor, as the machine may be busy


class TooLong(BaseException):
    """Raised in code that uses up its time; no `except Exception` stops it."""


class Shell:
    """`get_ipython()`: what `%`, `!` and `?` became calls of, and here does nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: []


class Notebook:
    """The names of a submission, in a module that is its `__main__`.

    hidden: the modules that its exercise is to be written without.
    """

    def __init__(self) -> None:
        module = ModuleType("__main__")
        sys.modules["__main__"] = module  # where dataclasses and pickle look names up
        self.names: dict[str, Any] = vars(module)
        self.names["get_ipython"] = Shell
        self.names["display"] = lambda *args, **kwargs: None
        self.flags, self.used = 0, 0.0

    def run(
        self, cell: Sequence[Any], hidden: Collection[str], seconds: float
    ) -> list[str]:
        """Run statements of a cell; what fails takes no other with it, and is said.

        seconds: of processor, which one statement may take, such as a training.
        """
        place, source, numbers = cell
        lines = source.splitlines(keepends=True)
        linecache.cache[place] = (len(source), None, lines, place)
        flags = ast.PyCF_ONLY_AST | WHAT
        body = compile(source, place, "exec", flags, dont_inherit=True).body  # type: ignore[attr-defined]
        problems = []
        for node in (body[number] for number in numbers):
            if problem := self._statement(place, node, hidden, seconds):
                problems.append(f"{place}, line {node.lineno}: {problem}"[:500])
        return problems

    def _statement(
        self, place: str, node: ast.stmt, hidden: Collection[str], seconds: float
    ) -> str:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:  # it holds for the cells after it as well
                feature = getattr(__future__, alias.name, None)
                self.flags |= getattr(feature, "compiler_flag", 0)
        most = max(LEAST, min(seconds, TOGETHER * seconds - self.used))
        began = time.process_time()
        try:
            tree = ast.Module([node], [])
            code = compile(tree, place, "exec", WHAT | self.flags, dont_inherit=True)
            with limited(most):
                out = eval(code, self.names)
                if inspect.iscoroutine(out):
                    asyncio.run(out)
        except TooLong:
            return f"took longer than {most:.1f} seconds of processor and was cut off"
        except ModuleNotFoundError as error:
            if error.name in hidden:
                return f"the exercise is to be written without {error.name}"
            return f"{type(error).__name__}: {error}"
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            self.used += time.process_time() - began
        return ""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in what uses more processor than that, or four times on the clock.

    Code that C runs is not interrupted: the grader waits no longer either.
    """
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    timers = (signal.ITIMER_PROF, signal.SIGPROF), (signal.ITIMER_REAL, signal.SIGALRM)

    def stop(number: int, frame: Any) -> None:
        raise TooLong

    for (timer, number), factor in zip(timers, (1, PATIENT), strict=True):
        signal.signal(number, stop)
        signal.setitimer(timer, factor * seconds, 1.0)
    try:
        yield
    finally:
        for timer, _ in timers:
            signal.setitimer(timer, 0)
