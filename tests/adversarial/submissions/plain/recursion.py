def double(x):
    return double(x)


def area(width, height):
    return width * height
