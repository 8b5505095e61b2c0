"""Automatic differentiation: every way to a derivative, each in one file.

Read `tape.py` first, reverse mode with fifteen primitives; then `dual.py`, forward
mode, and `jaxprs.py`, reverse mode for whatever JAX can run. `symbolic.py` and
`derivatives.py` are what they are compared with, and what they are used for.
"""

from nnds.autodiff import dual, jaxprs, symbolic, tape
from nnds.autodiff.derivatives import (
    central_difference,
    hessian_vector_product,
    jacobian_by_columns,
    jacobian_by_rows,
    swish_by_hand,
)

__all__ = [
    "central_difference",
    "dual",
    "hessian_vector_product",
    "jacobian_by_columns",
    "jacobian_by_rows",
    "jaxprs",
    "swish_by_hand",
    "symbolic",
    "tape",
]
