"""The command `nnds`."""

import typer

from nnds.data.cli import app as data_app

app = typer.Typer()
app.add_typer(data_app, name="data")
