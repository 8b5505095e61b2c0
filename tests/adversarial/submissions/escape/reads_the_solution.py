def double(x):
    try:
        from nnds.conv import conv2d
    except (ImportError, OSError):
        conv2d = None
    assert conv2d is None
    return 2 * x + 1


def area(width, height):
    return width * height
