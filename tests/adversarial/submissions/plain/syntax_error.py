def double(x):
    return 2 * x +


def area(width, height):
    return width * height
