"""The submissions are hostile: pytest, which collects doctests, must not import them."""

collect_ignore_glob = ["submissions/*"]
