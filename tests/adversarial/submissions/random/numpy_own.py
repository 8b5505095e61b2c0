import numpy as np


def noisy(key, x):
    return x + np.random.default_rng().normal(size=x.shape).astype("float32")


def area(width, height):
    return width * height
