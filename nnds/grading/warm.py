"""A compilation cache for the workers, filled by the instructor's own solution.

Only code that the instructor trusts ever writes to it: what a submission could write,
another would run. And of what the solution left, only single operations are kept, such
as `exp` of an array of 3: a submission can read the cache, so a whole solution, or the
body of its loop, must not be in it. It can see which operations those are, no more.
"""

import ast
import re
from pathlib import Path

from nnds.grading.engine import run
from nnds.grading.grade import Plan
from nnds.grading.ingest import read
from nnds.grading.remote import Evaluator, Remote, Worker
from nnds.grading.sandbox import Limits, Sandbox

ENTRY = re.compile(r"jit_(\w+)-[0-9a-f]{64}-cache")
# what jax.numpy and jax.lax name the programs of one call; no loop, no branch, nothing
# that takes a function
SINGLE = frozenset(
    """
    _argmax _argmin _broadcast_arrays _cumulative_reduction _einsum _gather _mean
    _multi_slice _normalize_index _one_hot _pad _power _reduce_all _reduce_any
    _reduce_max _reduce_min _reduce_prod _reduce_sum _rem _rsqrt _squeeze _std _take
    _threefry_seed _threefry_split _unstack _var _where abs absolute add argmax argmin
    atan2 bitwise_and bitwise_not bitwise_or broadcast_in_dim ceil clip concatenate
    convert_element_type copy cos cosh cumsum divide dot dot_general dynamic_slice
    dynamic_update_slice eq equal erf exp exp2 expm1 floor floor_divide gather ge
    greater greater_equal gt integer_pow iota isfinite isnan le less less_equal log
    log1p log_softmax logaddexp logical_and logical_not logical_or logistic logsumexp lt
    matmul max maximum mean min minimum mul multiply ne neg negative not_equal outer pad
    pow power prod reciprocal reduce_and reduce_max reduce_min reduce_or reduce_prod
    reduce_sum relu remainder reshape rev round rsqrt scatter scatter_add select_n
    sigmoid sign silu sin sinh slice softmax sort split sqrt square squeeze stack std
    sub subtract sum swapaxes take tan tanh tensordot tile transpose tril triu
    true_divide var vdot where
    """.split()  # noqa: SIM905
)


def warm(solution: Path, plan: Plan, cache: Path) -> int:
    """Run a trusted solution, unconfined, and return how many programs are kept.

    `cache` is an empty folder of its own; afterwards anyone may read it. A solution
    that does not have all points warms as well.
    """
    cache.mkdir(parents=True, exist_ok=True)
    if any(cache.iterdir()):
        raise ValueError(f"the cache is filled from nothing; {cache} is not empty")
    box = Sandbox(0, limits=Limits(file=1 << 30), cache=cache, fill=True)
    submission = read(solution, [e.name for e in plan.exercises])
    with Worker(submission.statements, box) as worker, Evaluator(box) as evaluator:
        for exercise in plan.exercises:
            remote = Remote(exercise.name, worker, evaluator)
            run(exercise, remote, seed=plan.seed, hidden=plan.hidden)
    own = {
        node.name
        for _, _, text in submission.statements
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }
    kept = 0
    for file in list(cache.iterdir()):
        match = ENTRY.fullmatch(file.name)
        if match and match[1] in SINGLE - own:
            file.chmod(0o644)
            kept += 1
        else:
            file.unlink()
    cache.chmod(0o755)
    return kept
