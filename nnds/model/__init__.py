"""What can be done with any model: count it, store it, look at it.

Read `leaves.py`, `summary.py`, `saving.py`, `display.py`. A model is an Equinox module
whose leaves are arrays; nothing here knows a layer.
"""

from nnds.model.display import display
from nnds.model.saving import load_into, save
from nnds.model.summary import Summary, summary

__all__ = ["Summary", "display", "load_into", "save", "summary"]
