"""An exercise that draws: no specification foresees its numbers, but laws hold."""

from jaxtyping import Float
from numpy import ndarray as Array

from nnds.checks.form import Check, Exercise
from nnds.checks.key import Key
from nnds.checks.law import Law
from nnds.checks.randomness import (
    compiles_once,
    no_global_generator,
    no_key_used_twice,
    other_key_other_result,
    same_key_same_result,
)
from nnds.checks.trial import Trial


def noisy(key: Key, x: Float[Array, "n"]) -> Float[Array, "n"]:
    """Return x with standard normal noise added, then scaled by a uniform number."""
    return x


def _shape(trial: Trial) -> None:
    (out,) = trial.call()
    if out.shape != trial.args["x"].shape:
        trial.fail(f"has shape {out.shape}, expected {trial.args['x'].shape}")


HINT = "Split the key; use each part once."
LAWS = (
    Law("shape", _shape),
    same_key_same_result(),
    other_key_other_result(),
    no_key_used_twice(),
    no_global_generator(),
)
NOISY = Exercise(
    spec=noisy,
    sizes={"n": (3, 4, 5)},
    checks=(
        *(Check(law, 1, HINT, "0.2") for law in LAWS),
        Check(compiles_once(), 0, "Apply jit once.", "0.2"),
    ),
)
