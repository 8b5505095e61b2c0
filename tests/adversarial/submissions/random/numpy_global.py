import numpy as np


def noisy(key, x):
    return x + np.random.normal(size=x.shape).astype("float32")


def area(width, height):
    return width * height
