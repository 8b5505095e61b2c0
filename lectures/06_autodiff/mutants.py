"""Wrong solutions whose values are right; the others are mistakes of the exercises."""

from exercises.mutant import mutant
from jax import lax


@mutant("blend_autodiff", "gradients", "constructed: t is taken for a constant")
def freezes_t(x, y, t):
    t = lax.stop_gradient(t)
    return (1 - t) * x + t * y
