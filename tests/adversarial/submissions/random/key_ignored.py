import jax


def noisy(key, x):
    return x + jax.random.normal(jax.random.key(0), x.shape)


def area(width, height):
    return width * height
