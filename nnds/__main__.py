"""`python -m nnds` is the command `nnds`."""

from nnds.commands.app import app

app(prog_name="nnds")
