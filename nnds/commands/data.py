"""The commands `nnds data list`, `nnds data show` and `nnds data fetch`."""

from typing import Annotated

import typer

app = typer.Typer(help="Data sets: which there are, what they hold, and fetching them.")


@app.command("list")
def list_sets() -> None:
    """Show the data sets in the package, and those on the hub with a short name."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from nnds.data.embedded import EMBEDDED, FILES, load_sheet
    from nnds.data.hub import COURSE

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for title in ("in the package", "task"):
        table.add_column(title, no_wrap=True)
    for title in ("train", "validation", "test", "kB"):
        table.add_column(title, justify="right", no_wrap=True)
    for name in EMBEDDED:
        sheet = load_sheet(name)
        size = (FILES / f"{name}.npz").stat().st_size // 1000
        rows = (f"{n:,}" for n in (*sheet.counts.values(), size))
        table.add_row(name, sheet.task.partition(";")[0], *rows)
    console = Console(highlight=False)
    console.print(table)
    console.print("On the Hugging Face hub, once fetched by `nnds data fetch NAME`:\n")
    for name, repo in COURSE.items():
        call = f'load("{name}"' + (", full=True)" if name in EMBEDDED else ")")
        console.print(f"{call:33} {repo.path}", markup=False)
    console.print(
        "\n`nnds data show NAME` prints a datasheet: source, licence, columns, flaws."
    )


@app.command()
def show(name: Annotated[str, typer.Argument(help="mnist, penguins, ...")]) -> None:
    """Print the datasheet of a data set in the package."""
    from rich.console import Console

    from nnds.data.embedded import EMBEDDED, load_sheet
    from nnds.data.hub import unknown

    if name not in EMBEDDED:
        Console(stderr=True, soft_wrap=True).print(
            f"error: {unknown(name)}", style="red", markup=False
        )
        raise typer.Exit(1)
    print(load_sheet(name))


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="cifar10, mnist, or owner/name")],
    revision: Annotated[str | None, typer.Option(help="commit on the hub")] = None,
) -> None:
    """Download a data set from the hub, for use without a network.

    For mnist and fashion_mnist this is the full set of `load(name, full=True)`.
    """
    from rich.console import Console

    from nnds.data import hub
    from nnds.data.embedded import EMBEDDED

    console = Console(stderr=True, soft_wrap=True)
    if name in EMBEDDED and name not in hub.COURSE:
        console.print(
            f"{name} is in the package: there is nothing to fetch", markup=False
        )
        return
    try:
        folder = hub.fetch(hub.find(name, revision))
    except (OSError, ValueError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(1) from error
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    console.print(f"{name}: {size / 1e6:.1f} MB in {folder}", markup=False)
