"""The command `nnds`."""

import typer

app = typer.Typer()
