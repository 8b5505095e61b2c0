def double(x):
    while True:
        pass


def area(width, height):
    return width * height
