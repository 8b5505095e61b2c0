"""What an exported program is made of, and what it computes."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax.export import Exported

OPERATION = re.compile(r"\b(?:stablehlo|chlo)\.(\w+)|\b(call) @")
CUSTOM_CALL = re.compile(r"stablehlo\.custom_call @([\w.$]+)")


def examined(
    program: Exported, args: Sequence[Any], *, run: bool
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return the facts of a program, as JSON data, and its results at the arguments.

    `args` are those of the function; values that are no arrays were fixed by tracing.
    """
    text = program.mlir_module()
    facts = {
        "ops": dict(Counter(a or b for a, b in OPERATION.findall(text))),
        "custom_calls": sorted(set(CUSTOM_CALL.findall(text))),
        "flops": 0.0,
    }
    if not run:
        return facts, []
    arrays = [a for a in args if isinstance(a, np.ndarray)]
    compiled = jax.jit(program.call).lower(*arrays).compile()
    cost = compiled.cost_analysis() or {}
    facts["flops"] = float(cost.get("flops", 0.0))
    return facts, [np.asarray(x) for x in jax.tree.leaves(compiled(*arrays))]
