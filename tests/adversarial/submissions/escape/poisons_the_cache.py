import os


def double(x):
    folder = os.environ["JAX_COMPILATION_CACHE_DIR"]
    for name in [*os.listdir(folder), "poison-cache"]:
        try:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(b"nnds-was-here")
        except OSError:
            continue
        raise AssertionError(name)
    return 2 * x + 1


def area(width, height):
    return width * height
