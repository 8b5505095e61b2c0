import jax.numpy as jnp


def softmax(x):
    powers = jnp.exp(x)
    return powers / powers.sum()
