"""Exercises on attention: several heads, and where order enters."""

TOPIC = ("nnds.attention", "nnds.sets")
