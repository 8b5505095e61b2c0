"""`nnds run`: execute one notebook under a progress bar, print and save its results."""

import re
from pathlib import Path

from nbclient.exceptions import CellExecutionError, DeadKernelError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.syntax import Syntax
from rich.text import Text

from nnds.commands.execution import execute, headings, read, write, write_figures
from nnds.commands.outputs import Outputs, outputs

# in the bar of `nnds.train.fit`
TRAINING = re.compile(r"(epoch \d+/\d+):.*(loss=[-+.\w]+)")


def run_notebook(path: Path, where: Path, full: bool, console: Console) -> int:
    """Execute `path`, save it and its figures in `where`; return the exit status.

    0 when every cell ran, 1 when one raised (its source and traceback are printed),
    130 after Ctrl-C. What has run so far is saved in every case.
    """
    try:
        nb = read(path)
        where.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        console.print(str(error), markup=False)
        return 1
    titles = headings(nb)
    status, now = 0, 0
    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(f"{path.stem}: starting", total=len(nb.cells))

        def before_cell(index: int) -> None:
            nonlocal now
            now = index
            title = escape(titles[index] or path.stem)[:48]
            progress.update(task, completed=index, description=title)

        def on_text(text: str) -> None:
            if loss := TRAINING.findall(text):
                title = escape(titles[now] or path.stem)[:32]
                epoch, value = loss[-1]
                progress.update(task, description=f"{title} {epoch} {value}")

        try:
            execute(nb, where, before_cell=before_cell, on_text=on_text, full=full)
            progress.update(task, completed=len(nb.cells), description=path.stem)
        except KeyboardInterrupt:
            status = 130
        except (CellExecutionError, DeadKernelError) as error:
            status, problem = 1, error
    if status == 130:
        console.print(f"Interrupted in cell {now}.")
    if status == 1:
        under = f", under {titles[now]!r}" if titles[now] else ""
        console.print(f"\n[bold red]Cell {now} raised[/bold red]{escape(under)}:\n")
        console.print(Syntax(nb.cells[now].source, "python", line_numbers=True))
        console.print(Text.from_ansi(_traceback(nb.cells[now]) or str(problem)))
    try:
        state(outputs(nb), console)
    except ValueError as error:
        console.print(str(error), markup=False)
        status = status or 1
    write(nb, where / path.name)
    figures = write_figures(nb, where)
    what = f"{path.name} and {len(figures)} figure{'s' * (len(figures) != 1)}"
    console.print(f"Saved {what} in {escape(str(where))}", soft_wrap=True)
    return status


def state(shown: Outputs, console: Console) -> None:
    """Print the values and the claims of a run, each with how it turned out."""
    for name, value in shown.values.items():
        mark = "" if value.ok else " [bold red]outside its band[/bold red]"
        console.print(f"{escape(name)} = [bold]{escape(value.text)}[/bold]{mark}")
    for claim in shown.claims:
        mark = "[green]✓[/green]" if claim.ok else "[bold red]✗[/bold red]"
        console.print(f"{mark} {escape(claim.sentence)}")


def _traceback(cell) -> str:
    raised = [o for o in cell.get("outputs", []) if o.output_type == "error"]
    return "\n".join(raised[-1].traceback) if raised else ""
