"""Exercises on fully connected models: trainable activations, gates, approximation."""

from math import exp


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


WITHOUT = ("nnds.dense", "nnds.activations", "nnds.gated")
