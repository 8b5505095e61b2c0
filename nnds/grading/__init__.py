"""Exercises checked: in the notebook by `check`, in isolation by `nnds grade`.

`solved` chooses the student's function where it is right, else that of the package.

How an exercise is written is shown in `nnds/exercises/__init__.py`.
"""

from nnds.grading.notebook import check, solved

__all__ = ["check", "solved"]
