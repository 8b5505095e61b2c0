"""`python -m nnds` is the command `nnds`."""

from nnds.cli import app

app(prog_name="nnds")
