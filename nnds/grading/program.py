"""What an exported program is made of, and what it computes."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.export import Exported

from nnds.grading.calling import Program

OPERATION = re.compile(r"\b(?:stablehlo|chlo)\.(\w+)|\b(call) @")
CUSTOM_CALL = re.compile(r"stablehlo\.custom_call @([\w.$]+)")


def examine(exported: Exported, args: Sequence[Any]) -> Program:
    """Return the operations, the cost and the results of a program at these arguments.

    `args` are those of the function; values that are no arrays were fixed by tracing.
    """
    text = exported.mlir_module()
    arrays = [a for a in args if isinstance(a, np.ndarray)]
    compiled = jax.jit(exported.call).lower(*arrays).compile()
    cost = compiled.cost_analysis() or {}
    outputs = jax.tree.leaves(compiled(*arrays))
    return Program(
        ops=dict(Counter(a or b for a, b in OPERATION.findall(text))),
        custom_calls=tuple(sorted(set(CUSTOM_CALL.findall(text)))),
        flops=float(cost.get("flops", 0.0)),
        outputs=tuple(np.asarray(x) for x in outputs),
    )
