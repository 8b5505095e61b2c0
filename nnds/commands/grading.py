"""`nnds check` and `nnds grade`.

What they need is imported when they run, so that `nnds --help` answers at once.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

Private = Annotated[
    Path | None, typer.Option("--exercises", help="A folder of private exercises.")
]
FORMS = "gradescope, classroom, nbgrader, moodle, junit or html; may be repeated."
UNSAFE = (
    "This machine cannot isolate the code of strangers (tier {tier}: no bubblewrap on "
    "Linux, or not Linux). Install bubblewrap, or say --trust if you trust every file."
)


def check(notebook: Path, exercises: Private = None) -> None:
    """Run the public checks on the functions of your notebook or Python file."""
    from nnds.grading.folder.grade import Plan, examined
    from nnds.grading.folder.ingest import Refused, read
    from nnds.grading.isolate.remote import Evaluator
    from nnds.grading.isolate.sandbox import best_tier
    from nnds.grading.load import exercises as load

    known = load(exercises)
    try:
        submission = read(notebook, known)
    except Refused as refused:
        raise typer.BadParameter(f"{notebook} {refused}") from refused
    names = submission.answered or submission.hinted
    found = [known[name] for name in known if name in names]
    if not found:
        raise typer.BadParameter(f"{notebook} defines none of {sorted(known)}")
    plan = Plan(exercises=found, seed=0, tier=best_tier(), hidden=False)
    with Evaluator(plan.sandbox(1)) as evaluator:
        reports, problems = examined(submission, plan, 0, evaluator)
    for problem in problems:
        typer.echo(problem, err=True)
    for report in reports:
        typer.echo(repr(report))
    if not all(report.passed for report in reports):
        raise typer.Exit(1)


def grade(
    folder: Path,
    topic: Annotated[
        list[str], typer.Option(help="Grade the exercises of this topic, such as conv.")
    ] = [],  # noqa: B006 - typer copies it
    exercises: Private = None,
    out: Annotated[
        Path | None, typer.Option(help="Where reports go; FOLDER-graded by default.")
    ] = None,
    formats: Annotated[list[str], typer.Option("--format", help=FORMS)] = ["html"],  # noqa: B006 - typer copies it
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Submissions at once.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Of the inputs; secret.")] = None,
    trust: Annotated[bool, typer.Option(help="Grade without isolation.")] = False,
) -> None:
    """Grade every notebook and Python file of a folder, each in its own sandbox."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress
    from rich.progress import TimeRemainingColumn as TimeLeft

    from nnds.grading.folder import submissions as folders
    from nnds.grading.folder.grade import Plan
    from nnds.grading.folder.record import grader_failed, most_failed
    from nnds.grading.isolate.sandbox import best_tier
    from nnds.grading.load import exercises as load
    from nnds.grading.publish.write import FORMATS, publish

    tier = best_tier()
    if tier == 0 and not trust:
        raise typer.BadParameter(UNSAFE.format(tier=tier))
    if unknown := set(formats) - set(FORMATS):
        raise typer.BadParameter(f"formats are {FORMATS}; got {sorted(unknown)}")
    place = folder.resolve()  # `.` has no name of its own
    if not place.name:
        raise typer.BadParameter(f"{place} is no folder of submissions")
    out = out or place.with_name(f"{place.name}-graded")
    console = Console()
    try:
        chosen = folders.planned(load(exercises), folder, topic)
        plan = Plan(exercises=chosen, seed=folders.seed_of(out, seed), tier=tier)
        bar = (BarColumn(), MofNCompleteColumn(), TimeLeft())
        with Progress(*bar, console=console) as progress:
            task = progress.add_task("", total=len(folders.submissions(folder)))
            records = folders.grade_folder(
                folder, plan, out, jobs=jobs, done=lambda _: progress.advance(task)
            )
        files = publish(records, out, formats, place.name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except OSError as error:
        typer.echo(f"Stopped: {error}. What is finished is kept in {out}.", err=True)
        raise typer.Exit(2) from error
    console.print(_table(records))
    for name, count in most_failed(records, 3):
        console.print(f"failed by {count}: {name}", markup=False)
    console.print(f"tier {tier}; {len(files)} files in {out}", markup=False)
    if failed := [record["file"] for record in records if grader_failed(record)]:
        text = f"A check itself failed for {len(failed)} submissions, first {failed[0]}"
        typer.echo(f"{_plain(text)}: they lack points; see its record.", err=True)
        raise typer.Exit(3)


def _table(records: list[dict[str, Any]]) -> "Table":
    from rich.table import Table

    table = Table("student", "points", "problems")
    for record in records:
        points = f"{record['earned']} / {record['points']}"
        points += "" if record["counts"] else " (another counts)"
        problems = "; ".join(record["problems"])
        cells = (record["student"], points, problems[:200])
        table.add_row(*(_plain(cell) for cell in cells))
    return table


def _plain(text: str) -> str:
    """Return text of a submission without what a terminal or rich would obey."""
    printable = "".join(c if c.isprintable() else "?" for c in text)
    return printable.replace("[", r"\[")
