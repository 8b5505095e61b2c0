"""Training: the only loop, and what it leaves behind.

Read `loop.py` first: `fit` is what a student reads; `epochs.py` makes it fast.
"""

from nnds.train.divergence import Diverged
from nnds.train.evaluation import evaluate
from nnds.train.history import History
from nnds.train.loop import fit
from nnds.train.step import step
from nnds.train.watch import watch

__all__ = ["Diverged", "History", "evaluate", "fit", "step", "watch"]
