def double(x):
    return x


def area(width, height):
    return width * height
