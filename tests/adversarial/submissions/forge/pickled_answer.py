import os

import numpy as np


class Mark:
    def __reduce__(self):
        return os.system, ("touch /tmp/nnds-was-here",)


def double(x):
    return np.array([Mark()], dtype=object)


def area(width, height):
    return width * height
