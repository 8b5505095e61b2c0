"""A right solution tried before the first submission: what fails it would fail all."""

import functools

import numpy as np

from nnds.checks.calling import Failure
from nnds.grading.isolate.remote import Evaluator, Remote, Worker
from nnds.grading.isolate.sandbox import Sandbox
from nnds.grading.isolate.walls import barred

SOLUTION = ["the trial", "def double(x):\n    return x + x\n", [0]]


@functools.cache
def works(tier: int) -> None:
    """Raise OSError unless a right solution is right in the sandbox of that tier.

    Where its user lacks a permission, that is PermissionError with path and permission.
    """
    sandbox = Sandbox(tier)
    try:
        with Worker([SOLUTION], sandbox) as worker, Evaluator(sandbox) as evaluator:
            out = Remote("double", worker, evaluator).call((np.ones(2, np.float32),))
    except RuntimeError as error:
        out = Failure("error", str(error))
    if not isinstance(out, Failure) and np.array_equal(out[0], [2, 2]):
        return
    if found := barred(sandbox.uid):
        raise PermissionError(found)
    why = out.text if isinstance(out, Failure) else f"it gives {out}"
    raise OSError(f"a right solution fails in the sandbox of tier {tier}: {why}")
