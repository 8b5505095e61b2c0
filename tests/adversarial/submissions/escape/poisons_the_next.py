import os

# what Python, JAX or XLA would read at their start, were it still there
POISON = (
    ("/tmp", "sitecustomize.py"),
    ("/tmp", "jax.py"),
    ("/tmp/.cache/jax", "jit_of_jax-cache"),
    ("/tmp/.local/lib/python3/site-packages", "poison.pth"),
    ("/dev/shm", "poison"),
)


def double(x):
    for folder, name in POISON:
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "w") as file:
                file.write("nnds-poison")
        except OSError:
            continue
    return 2 * x + 1


def area(width, height):
    return width * height
