"""Laws: what a function must obey whatever it computes. Each is declared once.

The test of a law gets a `Trial`, one input with a way to call the student's function
on it, and breaks the law by `trial.expect` or `trial.fail`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnds.checks.law import Law
from nnds.checks.numeric import gradients_of
from nnds.checks.trial import Trial

# What the specification decides ------------------------------------------------


def values(examples: Sequence[tuple[Any, ...]] = (), name: str = "values") -> Law:
    """The function gives the numbers of the specification.

    `examples` are inputs to try besides those drawn, such as logits of ±1000; arrays
    are written as lists.
    """

    def test(trial: Trial) -> None:
        trial.expect(trial.call(), trial.specified())
        for example in examples if trial.first else ():
            args = trial.like_drawn(example)
            trial.expect(trial.call(args), trial.specified(args), args=args)

    return Law(name, test, whole=(True, False), sizes=3, empty=True, beyond=True)


def gradients(name: str = "gradients") -> Law:
    """The gradients are those of the specification, taken by finite differences."""

    def test(trial: Trial) -> None:
        (out,) = trial.specified()
        trial.call_as_specified()
        cotangent = np.cos(np.arange(out.size)).reshape(out.shape).astype(np.float32)
        received = trial.call(transform="grad", extra=[cotangent])
        expected = gradients_of(trial.exercise.spec, trial.args, cotangent)
        for (argument, want), got in zip(expected.items(), received, strict=True):
            if got.shape == want.shape:  # at a kink any slope is right
                want = np.where(np.isnan(want), np.nan_to_num(got), want)
            trial.expect(
                [got], [want], of=f"the gradient of {argument}", tolerance=1e-3
            )

    return Law(name, test, whole=(False,), sizes=2)


def finite_gradients(
    examples: Sequence[tuple[Any, ...]], name: str = "finite gradients"
) -> Law:
    """At each of these inputs every gradient of the sum of the result is finite."""

    def test(trial: Trial) -> None:
        for example in examples:
            args = trial.like_drawn(example)
            ones = np.ones_like(trial.call_as_specified(args)[0])
            received = trial.call(args, transform="grad", extra=[ones])
            floats = [
                k for k, v in args.items() if getattr(v, "dtype", "") == "float32"
            ]
            for argument, gradient in zip(floats, received, strict=True):
                finite = np.where(np.isfinite(gradient), gradient, 0)
                of = f"the gradient of {argument}"
                trial.expect([gradient], [finite], of=of, args=args)

    return Law(name, test, sizes=1)


# What the transformations of JAX keep ------------------------------------------


def same_under_jit(name: str = "jit") -> Law:
    """`jit(f)` gives what f is specified to give."""

    def test(trial: Trial) -> None:
        trial.expect(
            trial.call(transform="jit"), trial.specified(), of="under jit, the result"
        )

    return Law(name, test, sizes=1)


def same_under_vmap(batch: int = 3, name: str = "vmap") -> Law:
    """`vmap(f)` over distinct rows gives what f gives for each."""

    def test(trial: Trial) -> None:
        examples = [trial.args, *map(trial.like_this, range(1, batch))]
        stacked = {
            k: np.stack([e[k] for e in examples]) if isinstance(v, np.ndarray) else v
            for k, v in trial.args.items()
        }
        received = trial.call(stacked, transform="vmap")
        each = [trial.specified(example) for example in examples]
        expected = [np.stack(leaf) for leaf in zip(*each, strict=True)]
        trial.expect(received, expected, of="under vmap, the result", args=stacked)

    return Law(name, test, sizes=1)


def runs_in_bf16(tolerance: float = 0.05, name: str = "bfloat16") -> Law:
    """With every float rounded to bfloat16, the result keeps two digits."""

    def test(trial: Trial) -> None:
        trial.expect(
            trial.call(transform="bf16"),
            trial.specified(),
            of="in bfloat16, the result",
            tolerance=tolerance,
        )

    return Law(name, test, sizes=1)


# What may depend on what, by the Jacobian --------------------------------------


def reads_only(
    argument: str, allowed: Callable[[int, int], bool], name: str, axis: int = 0
) -> Law:
    """Row i of the result depends on row j of the argument only if `allowed(i, j)`.

    Decided by the Jacobian at one point, so an influence of size 0 there is not seen.
    """

    def test(trial: Trial) -> None:
        names = list(trial.args)
        argnum = names.index(argument)
        (jacobian,) = trial.call(transform="jacobian", argnum=argnum)
        (out,) = trial.specified()
        shape = out.shape + trial.args[argument].shape
        if jacobian.shape != shape:
            trial.fail(f"the Jacobian has shape {jacobian.shape}, expected {shape}")
        blocks = np.moveaxis(jacobian, (0, out.ndim + axis), (0, 1))
        for i, row in enumerate(blocks):
            for j, block in enumerate(row):
                if not allowed(i, j) and not (np.abs(block).max(initial=0) <= 1e-6):
                    trial.fail(
                        f"row {i} of the result depends on row {j} of {argument}: "
                        f"derivative {np.abs(block).max():.3g}, expected 0"
                    )

    return Law(name, test, whole=(False,), sizes=2, early=True)


def causal(argument: str) -> Law:
    """Row i of the result reads no later row of the argument."""
    return reads_only(argument, lambda i, j: j <= i, "causality")


def masked_row(mask: str, name: str = "fully masked row") -> Law:
    """A row whose mask is all False gives zeros, and finite gradients."""

    def test(trial: Trial) -> None:
        none = {**trial.args, mask: np.zeros_like(trial.args[mask])}
        out = trial.call_as_specified(none)
        trial.expect(out, [np.zeros_like(x) for x in out], args=none)
        ones = np.ones_like(out[0])
        for got in trial.call(none, transform="grad", extra=[ones]):
            if not np.isfinite(got).all():
                trial.fail("a gradient is not finite when every item is masked")

    return Law(name, test, whole=(False,), sizes=2)
