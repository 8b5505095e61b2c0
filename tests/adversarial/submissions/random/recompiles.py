import jax


def noisy(key, x):
    return jax.jit(lambda x: x + jax.random.normal(key, x.shape))(x)


def area(width, height):
    return width * height
