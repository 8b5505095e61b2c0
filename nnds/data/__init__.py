"""Real data for every lecture: `load(name)`, or `stream(name)` when it is too large.

Twelve sets are inside the package (`EMBEDDED`) and need no network. Your own data are
the same call: `load("birds.csv", target="species")`, `load("photos/")`, and
`from_arrays(x, y)`. Any other name is a folder of parquet files, or a set on the
Hugging Face hub at a pinned revision.

Read `dataset.py` (what you get), `embedded.py`, `loading.py`; for own data `own.py`,
`tables.py`, `pictures.py`, `splits.py`; for the hub `rows.py`, `columns.py`, `hub.py`,
`streaming.py`.

>>> penguins = load("penguins")
>>> penguins.classes
('Adelie', 'Chinstrap', 'Gentoo')
>>> penguins.train["x"].shape, penguins.sheet.names[0]
((242, 4), 'bill length (mm)')
"""

from nnds.data.dataset import Dataset, Datasheet
from nnds.data.embedded import EMBEDDED, checksums, load_sheet
from nnds.data.loading import load
from nnds.data.own import from_arrays
from nnds.data.scaling import moments, standardise
from nnds.data.streaming import Stream, stream

__all__ = [
    "EMBEDDED",
    "Dataset",
    "Datasheet",
    "Stream",
    "checksums",
    "from_arrays",
    "load",
    "load_sheet",
    "moments",
    "standardise",
    "stream",
]
