"""Exercises checked: in the notebook by `check`, in isolation by `nnds grade`.

How an exercise is written is shown in `nnds/exercises/__init__.py`.
"""

from nnds.grading.notebook import check

__all__ = ["check"]
