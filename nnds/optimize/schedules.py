"""Learning rates that change: functions of the number of steps taken."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnds.optimize.optimizers import Schedule, rate_at

Step = Int[Array, ""] | int


def cosine(start: float, steps: int, end: float = 0.0) -> Schedule:
    """Return the rate `end + (start - end) (1 + cos(π t / steps)) / 2` at step t.

    Half a wave from `start` down to `end`, which it keeps after `steps`. ValueError for
    fewer than one step. Source: Loshchilov & Hutter (2017), eq. 5.

    >>> [round(float(cosine(1.0, 4)(t)), 3) for t in (0, 2, 4, 9)]
    [1.0, 0.5, 0.0, 0.0]
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; expected 1 or more")

    def schedule(step: Step) -> Float[Array, ""]:
        t = jnp.minimum(step, steps) / steps
        return end + (start - end) * (1 + jnp.cos(jnp.pi * t)) / 2

    return schedule


def warm_up(rate: float | Schedule, steps: int) -> Schedule:
    """Return a schedule that grows evenly from 0 for `steps`, and then is `rate`.

    A schedule as `rate` begins when the warm-up ends. ValueError for fewer than one
    step. Source: Goyal et al. (2017), section 2.2.

    >>> [float(warm_up(0.5, 2)(t)) for t in (0, 1, 2, 9)]
    [0.0, 0.25, 0.5, 0.5]
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}; expected 1 or more")

    def schedule(step: Step) -> Float[Array, ""]:
        after = rate_at(rate, jnp.maximum(jnp.asarray(step) - steps, 0))
        return after * jnp.minimum(step, steps) / steps

    return schedule
