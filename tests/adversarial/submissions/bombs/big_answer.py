import jax.numpy as jnp


def double(x):
    return jnp.zeros((1 << 25,))


def area(width, height):
    return width * height
