"""One output of a cell: text for a reader, and data for the programs that read runs."""

import sys
from typing import Any


def say(text: str, mime: str, data: dict[str, Any]) -> None:
    """Print `text`; in Jupyter the output also carries `data` under `mime`."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        print(text)
        return
    from IPython.display import display

    display({mime: data, "text/plain": text}, raw=True)
