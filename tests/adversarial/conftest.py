"""The submissions are hostile: pytest, collecting doctests, must not import them."""

collect_ignore_glob = ["submissions/*"]
