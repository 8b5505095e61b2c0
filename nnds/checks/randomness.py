"""Laws of a function that draws from a key: what it must obey whatever it draws.

An argument annotated `Key` is drawn for such a function; the student's code receives
`jax.random.key(seed)` for it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnds.checks.calling import Failure
from nnds.checks.compare import other_form
from nnds.checks.key import Key
from nnds.checks.law import Law
from nnds.checks.trial import Trial


def shapes(examples: Sequence[tuple[Any, ...]] = (), name: str = "shapes") -> Law:
    """The results have the shapes that those of the specification have.

    The first check of a function whose numbers no specification foresees. The examples
    are small inputs that are tried before the drawn one.
    """

    def test(trial: Trial) -> None:
        for example in examples:
            trial.call_as_specified(trial.like_drawn(example))
        trial.call_as_specified()

    return Law(name, test, whole=(False,), sizes=1, alike=other_form)


def normal(result: int = 0, name: str = "normal numbers") -> Law:
    """One of the results is distributed as normal numbers are, and not uniformly.

    Of 400 normal numbers some are farther than 1.9 deviations from their mean, except
    by a chance of 1 in 10 billion, while uniform ones are within 1.73 or hardly more.
    The fourth moment of n must be within 5 standard errors of 3.
    """

    def test(trial: Trial) -> None:
        numbers = trial.call_as_specified()[result].reshape(-1).astype(np.float64)
        if numbers.size < 400:
            raise ValueError(f"{trial.exercise.name}: too few numbers to judge")
        z = (numbers - numbers.mean()) / max(numbers.std(), 1e-12)
        moment = float((z**4).mean())
        if np.abs(z).max() < 1.9 or abs(moment - 3) > 5 * (96 / z.size) ** 0.5:
            trial.fail(
                f"the numbers are not normal: the farthest lies {np.abs(z).max():.2f} "
                f"standard deviations away, and their fourth moment is {moment:.2f}, "
                "where normal numbers have 3"
            )

    return Law(name, test, whole=(False,), sizes=1)


def distributed(
    mean: float, deviation: Callable[..., float], result: int = 0, name: str = "scale"
) -> Law:
    """One of the results has this mean and this standard deviation.

    `deviation(**arguments)` gives it. Allowed are 5 / sqrt(n) deviations for n numbers:
    by chance, a right function fails less than once in a million.
    """

    def test(trial: Trial) -> None:
        numbers = trial.call_as_specified()[result]
        expected = deviation(**trial.args)
        slack = 5 / np.sqrt(numbers.size)
        # the mean of numbers of too large a scale is off by chance: that is not said
        if not abs(numbers.mean() - mean) <= slack * max(expected, numbers.std()):
            trial.fail(f"has mean {numbers.mean():.3g}, expected {mean:g}")
        if not abs(numbers.std() / expected - 1) <= slack:
            trial.fail(
                f"has standard deviation {numbers.std():.3g}, expected {expected:.3g}"
            )

    return Law(name, test, whole=(False,), sizes=1)


def same_key_same_result(name: str = "same key, same result") -> Law:
    """The same arguments give the same numbers, in another process too."""

    def test(trial: Trial) -> None:
        first = trial.call()
        trial.caller.afresh()
        again = trial.call()
        of = "called with the same key in a new process, the result"
        trial.expect(again, first, of=of, tolerance=1e-6)

    return Law(name, test, whole=(False,), sizes=1)


def other_key_other_result(name: str = "other key, other result") -> Law:
    """Each of four other keys gives other numbers."""

    def test(trial: Trial) -> None:
        argument, key = _keys(trial)[0]
        first = trial.call()
        for i in range(1, 5):
            other = {**trial.args, argument: Key(key.seed + i)}
            for got, was in zip(trial.call(other), first, strict=False):
                if got.shape == was.shape and got.size and (got == was).all():
                    trial.fail(
                        f"is the same for {argument} = {key!r} and for "
                        f"{other[argument]!r}: {argument} is not used"
                    )

    return Law(name, test, whole=(False,), sizes=1)


def no_key_used_twice(name: str = "no key used twice") -> Law:
    """Every key is drawn from or split once: what `jax.debug_key_reuse` accepts.

    That check knows typed keys only; legacy ones, `jax.random.PRNGKey`, pass unseen.
    """

    def test(trial: Trial) -> None:
        values = list(trial.args.values())
        out = trial.caller.call(values, "key reuse")
        if isinstance(out, Failure) and "KeyReuseError" in out.text:
            trial.fail(
                "draws twice from one key, or draws from it and splits it: the numbers "
                "are not independent"
            )
        if isinstance(out, Failure):  # any other one is reported as it is
            trial.call(transform="key reuse")

    return Law(name, test, whole=(False,), sizes=1)


def no_global_generator(name: str = "no global generator") -> Law:
    """The global generator of NumPy is neither drawn from nor seeded."""

    def test(trial: Trial) -> None:
        (moved,) = trial.call(transform="generator")
        if moved.any():
            trial.fail(
                "uses the global generator of numpy.random: its numbers do not come "
                "from the key, and depend on whatever was drawn before"
            )

    return Law(name, test, whole=(False,), sizes=1)


def compiles_once(name: str = "compiles once") -> Law:
    """A second call on the same shapes compiles nothing: it costs a thousandfold.

    It holds for functions without a key as well.
    """

    def test(trial: Trial) -> None:
        (count,) = trial.call(transform="compilations")
        if np.asarray(count).sum() > 0:
            trial.fail(
                "compiles again at every call: jit is applied inside the function, to "
                "a new function each time; apply it once, outside"
            )

    return Law(name, test, whole=(False,), sizes=1)


def _keys(trial: Trial) -> list[tuple[str, Any]]:
    keys = [(name, v) for name, v in trial.args.items() if isinstance(v, Key)]
    if not keys:
        raise ValueError(f"exercise {trial.exercise.name} has no argument of type Key")
    return keys
