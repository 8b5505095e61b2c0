"""Wrong answers to the worked exercise, each with the check that must catch it."""

import jax.numpy as jnp


def overflows(x):
    return jnp.exp(x) / jnp.exp(x).sum()


def does_not_normalise(x):
    return jnp.exp(x - x.max())


def squashes_each_alone(x):
    return 1 / (1 + jnp.exp(-x))


def divides_without_powers(x):
    return x / x.sum()


def turns_the_order_round(x):
    return overflows(-x)


WRONG = {
    overflows: "shift invariance",
    does_not_normalise: "values",
    squashes_each_alone: "values",
    divides_without_powers: "values",
    turns_the_order_round: "values",
}
