"""Solutions run as in a notebook, where NumPy's broadcasting is allowed."""

import jax
import pytest


@pytest.fixture(autouse=True)
def as_in_a_notebook():
    with jax.numpy_rank_promotion("allow"):
        yield
