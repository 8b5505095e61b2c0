"""The command `nnds`: one file a command; `app.py` puts them together."""
