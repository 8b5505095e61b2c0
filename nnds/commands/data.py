"""The commands `nnds data list` and `nnds data fetch`."""

from typing import Annotated

import typer

app = typer.Typer(help="Data sets: which there are, and fetching them from the hub.")


@app.command("list")
def list_sets() -> None:
    """Show the embedded data sets and the hub sets with a short name."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    from nnds.data.embedded import EMBEDDED, FILES, load_sheet
    from nnds.data.hub import COURSE

    table = Table(
        box=SIMPLE, padding=(0, 1), title="In the package", title_justify="left"
    )
    table.add_column("name", no_wrap=True)
    table.add_column("task")
    for column in ("train", "validation", "test", "kB"):
        table.add_column(column, justify="right", no_wrap=True)
    for name in EMBEDDED:
        sheet = load_sheet(name)
        rows = [f"{n:,}" for n in sheet.counts.values()]
        size = f"{(FILES / f'{name}.npz').stat().st_size // 1000:,}"
        table.add_row(name, sheet.task, *rows, size)
    hub = Table("load", "from", box=SIMPLE, padding=(0, 1), title="On the hub")
    hub.title_justify = "left"
    for name, repo in COURSE.items():
        full = ", full=True" if name in EMBEDDED else ""
        hub.add_row(f'load("{name}"{full})', repo.path)
    console = Console(highlight=False)
    console.print(table, hub)
    console.print("Licences, sources and known flaws of each: load(NAME).sheet")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="cifar10, mnist, or owner/name")],
    revision: Annotated[str | None, typer.Option(help="commit on the hub")] = None,
) -> None:
    """Download a hub data set to the cache, for use without a network.

    For mnist and fashion_mnist this is the full set of `load(name, full=True)`.
    """
    from rich.console import Console

    from nnds.data import hub
    from nnds.data.embedded import EMBEDDED

    console = Console(stderr=True, soft_wrap=True)
    if name in EMBEDDED and name not in hub.COURSE:
        console.print(f"{name} is embedded in nnds: nothing to fetch", markup=False)
        return
    try:
        folder = hub.fetch(hub.find(name, revision))
    except (OSError, ValueError) as error:
        console.print(f"error: {error}", style="red", markup=False)
        raise typer.Exit(1) from error
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    console.print(f"{name}: {size / 1e6:.1f} MB in {folder}", markup=False)
