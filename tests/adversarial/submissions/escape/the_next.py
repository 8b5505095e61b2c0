import os

# what poisons_the_next.py leaves; not more, as an environment may lie below /tmp
FOUND = [
    path
    for path in (
        "/tmp/sitecustomize.py",
        "/tmp/jax.py",
        "/tmp/.cache/jax/jit_of_jax-cache",
        "/tmp/.local/lib/python3/site-packages/poison.pth",
        "/dev/shm/poison",
    )
    if os.path.exists(path)
]


def double(x):
    if FOUND:
        raise AssertionError(FOUND)
    return 2 * x + 1


def area(width, height):
    return width * height
