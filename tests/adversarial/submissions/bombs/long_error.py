def double(x):
    raise ValueError("x" * (1 << 24))


def area(width, height):
    return width * height
