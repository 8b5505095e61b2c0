import glob

import nnds


def double(x):
    try:
        from nnds.conv import conv2d
    except (ImportError, OSError):
        conv2d = None
    assert conv2d is None
    for path in glob.glob(nnds.__path__[0] + "/__pycache__/conv.*"):
        try:
            open(path, "rb").close()
        except OSError:
            continue
        raise AssertionError(path)
    return 2 * x + 1


def area(width, height):
    return width * height
