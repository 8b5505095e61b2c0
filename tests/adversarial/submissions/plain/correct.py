"""What every batch holds beside the attacks: all points."""

def double(x):
    return 2 * x + 1


def area(width, height):
    return width * height
