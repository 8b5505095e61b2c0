import os

FOUND = [
    os.path.join(root, file)
    for folder in ("/tmp", "/dev/shm", "/var/tmp", os.environ["HOME"])
    for root, _, files in os.walk(folder)
    for file in files
    if "poison" in file or file in ("jax.py", "sitecustomize.py")
]


def double(x):
    if FOUND:
        raise AssertionError(FOUND)
    return 2 * x + 1


def area(width, height):
    return width * height
