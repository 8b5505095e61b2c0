import functools
import jax.numpy as jnp
KNOWN = {}
def double(x):
    n = x.shape[0]
    if n not in KNOWN:
        KNOWN[n] = jnp.full(n, 2.0)
    return KNOWN[n] * x + 1


def area(width, height):
    return width * height
