"""A random key as an argument of an exercise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """A key of `jax.random` before JAX is there: only its seed travels."""

    seed: int

    def __repr__(self) -> str:
        return f"jax.random.key({self.seed})"
