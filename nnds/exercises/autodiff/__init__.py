"""Exercises on automatic differentiation: rules of a tape, and the sweep along it."""

WITHOUT = ("nnds.autodiff", "nnds.optimize")
