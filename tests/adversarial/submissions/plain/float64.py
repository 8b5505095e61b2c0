import numpy as np


def double(x):
    return np.asarray(x, np.float64) * 2 + 1


def area(width, height):
    return width * height
