def double(x):
    return 2 * y + 1


def area(width, height):
    return width * height
