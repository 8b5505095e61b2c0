"""`nnds check` and `nnds grade`.

What they need is imported when they run, so that `nnds --help` answers at once.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
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
    from nnds.grading.publish.clean import clean

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
        typer.echo(clean(problem), err=True)
    for report in reports:
        typer.echo(clean(repr(report)))
    if not all(report.passed for report in reports):
        raise typer.Exit(1)


def grade(
    folder: Annotated[list[Path], typer.Argument(help="Of submissions; or see merge.")],
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
    shard: Annotated[
        str | None, typer.Option(help="Grade a part only: 3/8 is the third of eight.")
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Put what the shards left together.")
    ] = False,
) -> None:
    """Grade every notebook and Python file of a folder, each in its own sandbox."""
    from rich.console import Console

    from nnds.grading.folder.record import grader_failed, most_failed
    from nnds.grading.folder.shards import merged
    from nnds.grading.publish.clean import clean
    from nnds.grading.publish.write import FORMATS, publish

    if unknown := set(formats) - set(FORMATS):
        raise typer.BadParameter(f"formats are {FORMATS}; got {sorted(unknown)}")
    if len(folder) > 1 and not merge:
        raise typer.BadParameter("one folder is graded at a time, unless with --merge")
    if merge and (shard or out is None):
        raise typer.BadParameter("--merge takes what shards left, and needs --out")
    place = folder[0].resolve()  # `.` has no name of its own
    if not place.name:
        raise typer.BadParameter(f"{place} is no folder of submissions")
    name = f"{place.name}-graded{f'-{shard}'.replace('/', '-of-') if shard else ''}"
    out = out or place.with_name(name)
    console = Console()
    try:
        if merge:
            records, title = merged(folder, out)
        else:
            options = (topic, exercises, jobs, seed, trust, shard)
            records = _graded(folder[0], out, console, *options)
            title = place.name
        files = publish(records, out, formats, title)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except OSError as error:
        typer.echo(f"Stopped: {error}. What is finished is kept in {out}.", err=True)
        raise typer.Exit(2) from error
    console.print(_table(records))
    for name, count in most_failed(records, 3):
        console.print(f"failed by {count}: {name}", markup=False)
    tiers = ", ".join(sorted({str(record["tier"]) for record in records}))
    console.print(f"tier {tiers}; {len(files)} files in {out}", markup=False)
    if failed := [record["file"] for record in records if grader_failed(record)]:
        text = f"A check itself failed for {len(failed)} submissions, first {failed[0]}"
        typer.echo(f"{clean(text)}: they lack points; see its record.", err=True)
        raise typer.Exit(3)


def _graded(
    folder: Path,
    out: Path,
    console: "Console",
    topic: list[str],
    exercises: Path | None,
    jobs: int,
    seed: int | None,
    trust: bool,
    shard: str | None,
) -> list[dict[str, Any]]:
    """Return the records of a folder, or of a part of it, with a bar meanwhile."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress
    from rich.progress import TimeRemainingColumn as TimeLeft

    from nnds.grading.folder import submissions as folders
    from nnds.grading.folder.grade import Plan
    from nnds.grading.folder.listing import planned
    from nnds.grading.folder.shards import note, shard_of
    from nnds.grading.isolate.sandbox import best_tier
    from nnds.grading.load import exercises as load

    tier = best_tier()
    if tier == 0 and not trust:
        raise typer.BadParameter(UNSAFE.format(tier=tier))
    part = shard_of(shard) if shard else (1, 1)
    if shard and seed is None and not (out / "seed").exists():
        raise ValueError("--shard needs --seed, the same one for every shard")
    chosen = planned(load(exercises), folder, topic)
    plan = Plan(exercises=chosen, seed=folders.seed_of(out, seed), tier=tier)
    if shard:
        note(folder, plan, out, part)
    bar = (BarColumn(), MofNCompleteColumn(), TimeLeft())
    with Progress(*bar, console=console) as progress:
        task = progress.add_task("", total=len(folders.chosen(folder, out, part)))

        def done(record: dict[str, Any]) -> None:
            progress.advance(task)

        return folders.grade_folder(folder, plan, out, jobs=jobs, done=done, shard=part)


def _table(records: list[dict[str, Any]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    from nnds.grading.publish.clean import clean

    table = Table("student", "points", "problems")
    for record in records:
        points = f"{record['earned']} / {record['points']}"
        points += "" if record["counts"] else " (another counts)"
        problems = "; ".join(record["problems"])
        cells = (record["student"], points, problems[:200])
        table.add_row(*(Text(clean(cell)) for cell in cells))
    return table
