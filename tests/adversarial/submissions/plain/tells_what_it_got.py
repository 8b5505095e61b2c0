"""The hidden inputs must not come back in the report."""

def double(x):
    raise ValueError(f"LEAK {x.tolist()}")


def area(width, height):
    return width * height
