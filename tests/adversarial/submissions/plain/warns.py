import sys
import warnings


def double(x):
    warnings.warn("deprecated", DeprecationWarning)
    print("a warning", file=sys.stderr)
    print("no frame")
    return 2 * x + 1


def area(width, height):
    return width * height
