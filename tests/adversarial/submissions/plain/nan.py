import jax.numpy as jnp


def double(x):
    return (2 * x + 1).at[-1].set(jnp.nan) if len(x) else x


def area(width, height):
    return width * height
