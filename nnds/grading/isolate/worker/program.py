"""What an exported program is made of, and what it computes."""

import functools
import re
from collections import Counter
from collections.abc import Sequence
from math import isfinite
from typing import Any

import jax
import numpy as np
from jax.export import Exported

from nnds.grading.isolate.worker.turns import repeated

OPERATION = re.compile(r"\b(?:stablehlo|chlo)\.(\w+)|\b(call) @")
CUSTOM_CALL = re.compile(r"stablehlo\.custom_call @([\w.$]+)")


class Examined:
    """An exported program: read once, compiled once, run on any arrays."""

    def __init__(self, program: Exported) -> None:
        self.program, text = program, program.mlir_module()
        self.more = repeated(text)
        self.facts = {
            "ops": dict(Counter(a or b for a, b in OPERATION.findall(text))),
            "custom_calls": sorted(set(CUSTOM_CALL.findall(text))),
            "flops": 0.0,
            "counted": isfinite(self.more),
        }

    def examine(
        self, args: Sequence[Any], *, run: bool
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Return the facts, as JSON data, and with `run` the results and the cost.

        `args` are those of the function; what is no array was fixed by tracing.
        """
        if not run:
            return self.facts, []
        cost = self._compiled.cost_analysis() or {}
        more = self.more if self.facts["counted"] else 0.0
        facts = {**self.facts, "flops": float(cost.get("flops", 0.0)) + more}
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        return facts, [np.asarray(x) for x in jax.tree.leaves(self._compiled(*arrays))]

    @functools.cached_property
    def _compiled(self) -> Any:
        shapes = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in self.program.in_avals]
        return jax.jit(self.program.call).lower(*shapes).compile()
