"""Exercises on descent: a function of many points, its slope, momentum, Adam."""

WITHOUT = ("nnds.optimize",)
