"""The command `nnds`: run a lecture, copy the notebooks, check them, grade, diagnose.

Everything that is slow to import is imported by the command that needs it.
"""

import io
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nnds.commands.data import app as data
from nnds.commands.grading import check, grade

app = typer.Typer(
    help="The JAX course companion: run its lectures, and check the machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(data, name="data")
app.command()(check)
app.command()(grade)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        problem = f"{text} is not the number of a lecture; see `nnds list`"
        raise typer.BadParameter(problem) from None


Number = Annotated[
    int,
    typer.Argument(
        parser=_number, metavar="NUMBER", help="Lecture number; see `nnds list`."
    ),
]
# so that -1 is a number, and not an option that nobody knows
NEGATIVE = {"ignore_unknown_options": True}
out = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def _version(wanted: bool) -> bool:
    if wanted:
        from importlib.metadata import version

        print(f"nnds {version('nnds')}")
        raise typer.Exit
    return wanted


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    # legacy code pages of Windows cannot print a tick or the book's symbols
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@app.command("list")
def list_lectures() -> None:
    """List the lectures that have a notebook, and the modules that they read."""
    from nnds.commands.lectures import lectures

    table = Table("", "lecture", "modules", "notebook", "exercises")
    for number, lecture in lectures().items():
        table.add_row(
            str(number),
            escape(lecture.title),
            ", ".join(lecture.modules),
            lecture.notebook.name,
            "yes" if lecture.exercises else "no",
        )
    out.print(table)
    out.print("Run one: nnds run NUMBER. The lectures that are planned: README.md")


@app.command(context_settings=NEGATIVE)
def run(
    number: Number,
    full: Annotated[
        bool, typer.Option("--full", help="Train longer, on the full data sets.")
    ] = False,
    where: Annotated[
        Path | None,
        typer.Option("--out", help="Default: nnds-out/NN_topic.", file_okay=False),
    ] = None,
) -> None:
    """Execute the notebook of a lecture; save it with its figures."""
    from nnds.commands.lectures import notebook_paths

    paths = notebook_paths()
    if number not in paths:
        have = ", ".join(map(str, paths)) or "none: is the installation complete?"
        errors.print(f"There is no notebook for lecture {number}. There are: {have}")
        raise typer.Exit(2)
    from nnds.commands.run import run_notebook

    path = paths[number]
    status = run_notebook(path, where or Path("nnds-out", path.stem), full, out)
    raise typer.Exit(status)


@app.command(context_settings=NEGATIVE)
def slides(
    number: Number,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Do not open it in the browser.")
    ] = False,
) -> None:
    """Build the slides of a lecture, and open them. Press S for the speaker's notes."""
    from nnds.commands.slides import build_deck

    try:
        page = build_deck(number)
    except ValueError as problem:
        errors.print(str(problem), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    out.print(escape(str(page)), soft_wrap=True)
    if not no_open:
        import webbrowser

        webbrowser.open(page.as_uri())


@app.command("new-lecture", context_settings=NEGATIVE)
def new_lecture(
    number: Number,
    topic: Annotated[str, typer.Argument(help="Name of its module: sequence.")],
) -> None:
    """Write the room of a new lecture (for authors, in a clone)."""
    from nnds.commands.new_lecture import new_lecture

    try:
        status = new_lecture(number, topic)
    except ValueError as problem:
        errors.print(str(problem), markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    raise typer.Exit(status)


@app.command("notebooks")
def copy_notebooks(
    where: Annotated[Path, typer.Argument(help="Folder to copy to.")] = Path(),
    force: Annotated[
        bool, typer.Option("--force", help="Replace yours, after a backup.")
    ] = False,
) -> None:
    """Copy the student notebooks here, without touching those you have changed."""
    from nnds.commands.lectures import copy_notebooks

    try:
        done = copy_notebooks(where, force=force)
    except OSError as error:
        errors.print(f"Cannot write to {where}: {error}", markup=False)
        raise typer.Exit(1) from None
    for name, what in done.items():
        out.print(f"{escape(str(where / name))}: {what}", soft_wrap=True)
    if not done:
        errors.print("No notebooks are installed: try `nnds doctor`.")
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """Check this machine, and say what to do about each problem."""
    from nnds.commands.doctor import diagnose

    marks = {"ok": "[green]ok[/green]", "warn": "[yellow]warn[/yellow]"}
    table = Table("", "checked", "result", "what to do")
    failed = False
    for finding in diagnose():
        failed |= finding.state == "fail"
        mark = marks.get(finding.state, "[bold red]fail[/bold red]")
        table.add_row(
            mark, finding.subject, escape(finding.result), escape(finding.advice)
        )
    out.print(table)
    raise typer.Exit(1 if failed else 0)
