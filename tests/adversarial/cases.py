"""What must come of each submission: points, and words of its record.

`double` is attacked. `area`, of 1 point, stands beside it: an attack that costs it
that point hurt more than itself.
"""

from typing import Literal, NamedTuple


class Case(NamedTuple):
    """`says` occurs in the problems or explanations; `tier` is the least that holds."""

    earned: Literal["all", "rest", "none"] | int
    says: str = ""
    tier: int = 0


BATCHES: dict[str, dict[str, Case]] = {
    "process": {
        "infinite_loop.py": Case("rest", "took longer than"),
        "sleep.py": Case("rest", "took longer than"),
        "loop_at_import.py": Case("all"),
        "os_exit.py": Case("rest", "the process ended"),
        "sys_exit.py": Case("rest", "SystemExit"),
        "exit_at_import.py": Case("all"),
        "keyboard_interrupt.py": Case("rest", "the process ended"),
        "segfault.py": Case("rest", "the process ended"),
        "kills_the_parent.py": Case("all", tier=1),
        "kills_its_group.py": Case("rest", "the process ended", tier=2),
        "daemon.py": Case("all", tier=1),
        "replaces_itself.py": Case("rest", "the process ended"),
    },
    "bombs": {
        "memory.py": Case("rest", "out of memory"),
        "shared_memory.py": Case("rest", "out of memory"),
        "memory_of_many.py": Case("rest", "out of memory"),
        "shared_by_many.py": Case("rest", "out of memory"),
        "forks.py": Case("rest", "BlockingIOError", tier=2),
        "threads.py": Case("rest", "can't start new thread", tier=2),
        "disk.py": Case("rest", "OSError"),
        "many_files.py": Case("rest", "No space left", tier=2),
        "output.py": Case("all"),
        "big_answer.py": Case("rest", "larger than 64 MB"),
        "many_answers.py": Case("rest", "the header is too long"),
        "long_error.py": Case("rest", "ValueError: xxx"),
    },
    "forge": {
        "verdict.py": Case("rest", "its answer was refused"),
        "answer_in_advance.py": Case("rest", "an answer to no question"),
        "endless_header.py": Case("rest", "a header of 4294967295 bytes is refused"),
        "endless_array.py": Case("rest", "refused"),
        "zip_bomb.py": Case("rest", "refused"),
        "pickled_frame.py": Case("rest", "refused"),
        "pickled_answer.py": Case("rest", "returns an array of object, not of numbers"),
        "equal_to_all.py": Case("rest", "expected"),
        "array_protocol.py": Case("rest", "expected"),
        "patched_numpy.py": Case("rest", "expected"),
        "patched_jax.py": Case("rest", "expected"),
        "patched_pytest.py": Case("rest", "expected"),
        "patched_worker.py": Case("rest", "expected"),
        "points_of_its_own.py": Case("rest", "expected"),
    },
    "escape": {
        "reads_the_tests.py": Case("all", tier=2),
        "reads_the_solution.py": Case("all", tier=1),
        "imports_the_exercises.py": Case("all", tier=1),
        "looks_at_frames.py": Case("all"),
        "looks_at_processes.py": Case("all", tier=2),
        "reads_the_environment.py": Case("all"),
        "opens_the_network.py": Case("all", tier=1),
        "pairs_sockets.py": Case("all", tier=1),
        "new_namespaces.py": Case("all", tier=1),
        "becomes_root.py": Case("all", tier=1),
        "writes_outside.py": Case("all", tier=1),
        "changes_permissions.py": Case("all", tier=1),
        "poisons_the_next.py": Case("all", tier=1),
        "the_next.py": Case("all", tier=1),
        "signals_by_other_ways.py": Case("all", tier=1),
        "changes_the_terminal.py": Case("all"),
    },
    "plain": {
        "stub.py": Case("rest", "not implemented"),
        "syntax_error.py": Case("none", "syntax_error.py, line 2: syntax error"),
        "wrong_shape.py": Case("rest", "has shape (1, 1), expected (1,)"),
        "broadcastable.py": Case("rest", "has shape (1,), expected (2,)"),
        "float64.py": Case("rest", "is float64, as NumPy computes"),
        "nan.py": Case("rest", "is nan at [0]"),
        "mutates_its_input.py": Case("rest", "the result is 1 at [0], expected"),
        "warns.py": Case("all"),
        "keeps_a_table.py": Case("all"),
        "recursion.py": Case("rest", "calls itself without an end (line 2"),
        "undefined.py": Case("rest", "The name `y` is not defined (line 2"),
        "tells_what_it_got.py": Case("rest", "LEAK"),
        "hard_coded.py": Case("rest", "KeyError"),
    },
    "random": {  # noisy, of 5 points, in place of double
        "numpy_global.py": Case(4, "uses the global generator of numpy.random"),
        "numpy_own.py": Case(5, "with the same key in a new process, the result is"),
        "key_ignored.py": Case(5, "key is not used"),
        "key_reused.py": Case(5, "draws twice from one key"),
        "recompiles.py": Case("all", "compiles again at every call"),
    },
    "files": {
        "empty.py": Case("none", "it defines none of"),
        "other_course.py": Case("none", "it defines none of"),
        "hostile_text.py": Case("rest", "::error::"),
        "=cmd().py": Case("all"),
        "eve/answer.py": Case("all", "one of 6 submissions of this student"),
        "eve/conftest.py": Case("none", "it defines none of"),
        "eve/jax.py": Case("none", "it defines none of"),
        "eve/numpy.py": Case("none", "it defines none of"),
        "eve/sitecustomize.py": Case("none", "it defines none of"),
        "eve/usercustomize.py": Case("none", "it defines none of"),
        "ann/first.py": Case("rest", "one of 2 submissions of this student"),
        "ann/second.py": Case("all", "one of 2 submissions of this student"),
        "notebook.ipynb": Case("all"),
        "broken_cell.ipynb": Case("rest", "cell 2, line 3: syntax error"),
        "double_ids.ipynb": Case("all", "cell 2 has the id of another cell: same"),
        "magics.ipynb": Case("all"),
        "training.ipynb": Case("all"),
        "huge.ipynb": Case("none", "has 500 MB, the limit is 20 MB"),
        "link.py": Case("none", "is a symbolic link"),
        "pipe.py": Case("none", "is not a regular file"),
        "bytes.py": Case("none", "is not UTF-8 text"),
        "nul.py": Case("none", "nul.py, line 1: syntax error"),
        "nested.ipynb": Case("none", "is not a notebook"),
        "deep.py": Case("none", "deep.py, line 1: syntax error"),
        "list.ipynb": Case("none", "is not a notebook"),
        "cut.ipynb": Case("none", "is not a notebook"),
        "cells.ipynb": Case("none", "has 5001 cells, the limit is 2000"),
        "slip.zip": Case("none", "is an archive"),
    },
}
