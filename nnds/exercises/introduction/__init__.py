"""Exercises of the first lecture: a perceptron, a count, an exponent, a sampler."""
