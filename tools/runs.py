"""The runs of notebooks: made once, kept in `_build/runs`, read by all that shows them.

`_build/runs/07_conv` holds the executed notebook, its named figures as SVG, and
`run.json` with the key of the run: the program of the notebook and of all it imports
(see `closure`). A run whose key is right is used again, another is made anew. Prose may
change without a new run.
"""

import ast
import json
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import closure
import numpy as np
from nb_release import ROOT, solution, sources
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from nnds.commands import execution
from nnds.commands.outputs import Outputs, outputs

ANSI = re.compile(r"\x1b\[[0-9;]*m")  # colours of a traceback
APART = ("grading", "checks", "exercises")  # they change no figure and no number


@dataclass(frozen=True)
class Run:
    """How one notebook ran: its cost, and what went wrong, or ""."""

    name: str
    seconds: float  # of processor
    megabytes: float
    reused: bool
    problem: str = ""

    def __str__(self) -> str:
        cost = f"{self.seconds:.1f} s of processor"
        cost += f", {self.megabytes:,.0f} MB" if self.megabytes else ""
        how = "as kept" if self.reused else cost
        return f"{self.name}: {how}, {self.problem or 'ok'}"


def place(source: Path, root: Path = ROOT) -> Path:
    """Return the folder of a lecture's run."""
    return root / "_build" / "runs" / source.parent.name


def code_cells(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def key(source: Path, root: Path = ROOT) -> str:
    """Return the key of a run of this source, in this setting and with this JAX."""
    cells = code_cells(solution(source, root))
    sizes = [str(len(ast.parse(without_magics(cell.source)).body)) for cell in cells]
    text = "\n".join(without_magics(cell.source) for cell in cells)
    setting = (
        version("jax"),
        *(os.environ.get(n, "") for n in ("NNDS_FULL", "NNDS_SEED")),
    )
    return closure.key(text, *sizes, *setting, apart=APART)


def without_magics(code: str) -> str:
    return "\n".join(
        "" if s.lstrip()[:1] in ("%", "!") else s for s in code.split("\n")
    )


def stored(source: Path, root: Path = ROOT) -> dict | None:
    """Return what is noted of the run that is kept, or None if none is right."""
    note = place(source, root) / "run.json"
    if not note.is_file():
        return None
    known = json.loads(note.read_text(encoding="utf-8"))
    return known if known["key"] == key(source, root) else None


def run(
    source: Path,
    root: Path = ROOT,
    *,
    anew: bool = False,
    network: bool = True,
    budget: float = 120,
    timeout: float = 600,
) -> Run:
    """Return the run of a notebook: that which is kept if it is right, or a new one."""
    name, folder = source.parent.name, place(source, root)
    if not anew and (known := stored(source, root)):
        return _judged(name, known["seconds"], known["megabytes"], True, budget)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    nb = solution(source, root)
    cost, problem = executed(nb, folder, network, timeout)
    read = Outputs()
    if not problem:
        try:
            read = outputs(nb)
        except ValueError as error:
            problem = str(error)
    execution.write(nb, folder / "notebook.ipynb")
    if problem:
        return Run(name, cost.seconds, cost.megabytes, False, problem)
    for figure, shown in read.figures.items():
        (folder / f"{figure}.svg").write_text(shown.svg, encoding="utf-8")
    note = dict(key=key(source, root), **vars(cost))
    (folder / "run.json").write_text(json.dumps(note), encoding="utf-8")
    return _judged(name, cost.seconds, cost.megabytes, False, budget)


def _judged(name: str, seconds: float, size: float, reused: bool, budget: float) -> Run:
    over = f"over its budget of {budget:.0f} s of processor, took {seconds:.1f} s"
    return Run(name, seconds, size, reused, over if seconds > budget else "")


def executed(
    nb: NotebookNode, folder: Path, network: bool, timeout: float
) -> tuple[execution.Cost, str]:
    """Execute `nb` on one core; return what it cost, and which cell failed, or ""."""
    cost, now, problem = execution.Cost(), [0], ""
    try:
        execution.execute(
            nb,
            folder,
            before_cell=lambda index: now.__setitem__(0, index),
            network=network,
            single=True,
            timeout=timeout,
            cost=cost,
        )
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        why = ANSI.sub("", getattr(error, "traceback", str(error)))
        problem = f"cell {now[0]} failed\n{nb.cells[now[0]].source}\n{why}"
    return cost, problem


def run_all(chosen: list[Path], root: Path = ROOT, jobs: int = 2, **how) -> bool:
    """Run notebooks, `jobs` at once, a line for each; return whether all are good."""
    good = True
    with ThreadPoolExecutor(jobs) as pool:
        for done in pool.map(lambda source: run(source, root, **how), chosen):
            good &= not done.problem
            print(done, flush=True)
    return good


def need(names: set[str] | None = None, root: Path = ROOT, jobs: int = 2) -> None:
    """Make the runs that are missing or stale, of these lectures or all; say so.

    SystemExit when one fails: nothing is shown that has not run.
    """
    chosen = [s for s in sources(root) if names is None or s.parent.name in names]
    old = [source for source in chosen if not stored(source, root)]
    if not old:
        return
    print(f"to run first: {', '.join(s.parent.name for s in old)}", flush=True)
    if not run_all(old, root, jobs, network=False):
        sys.exit("A notebook failed, so nothing is built from it: see above.")


def notebook(source: Path, root: Path = ROOT) -> NotebookNode:
    """Return the notebook as it is now, with the outputs of its run.

    LookupError when there is no run, or that of another program.
    """
    name = source.parent.name
    if not stored(source, root):
        raise LookupError(f"no run of {name} as it is now: python tools/nb.py execute")
    nb = solution(source, root)
    ran = execution.read(place(source, root) / "notebook.ipynb")
    for cell, kept in zip(code_cells(nb), code_cells(ran), strict=True):
        cell.outputs, cell.execution_count = kept.outputs, kept.execution_count
    return nb


def shown(source: Path, root: Path = ROOT) -> Outputs:
    """Return the figures, values, arrays and claims of a run; LookupError as above."""
    return outputs(notebook(source, root))


@cache
def lecture(name: str, root: Path = ROOT) -> Outputs:
    """Return what the run of a lecture such as "07_conv" shows; LookupError if none."""
    source = root / "lectures" / name / "notebook.py"
    if not source.is_file():
        raise LookupError(f"there is no lectures/{name}/notebook.py")
    return shown(source, root)


def arrays(name: str, kept: str, root: Path = ROOT) -> dict[str, np.ndarray]:
    """Return the arrays that a lecture's notebook kept; LookupError if it did not."""
    run = lecture(name, root)
    if kept not in run.arrays:
        have = ", ".join(run.arrays) or "nothing"
        raise LookupError(f"the notebook of {name} keeps no {kept!r}; it keeps {have}")
    return run.arrays[kept]
