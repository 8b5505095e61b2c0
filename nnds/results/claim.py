"""A sentence about a result, true in this run or an error."""

from typing import Any

from nnds.results._output import say

MIME = "application/vnd.nnds.claim+json"


def claim(sentence: str, holds: Any) -> None:
    """Print the sentence with a tick; AssertionError when it does not hold.

    `holds` is a truth value of Python, NumPy or JAX; an array of several must be
    reduced first, by `all()` or `any()`, or ValueError is raised. Every sentence of a
    notebook that says something about a result stands in a claim.

    >>> claim("The second is larger", 2 > 1)
    ✓ The second is larger
    >>> claim("The first is larger", 1 > 2)
    Traceback (most recent call last):
    AssertionError: not so in this run: The first is larger
    """
    size = getattr(holds, "size", 1)
    if size != 1:
        raise ValueError(
            f"the claim {sentence!r} holds {size} truth values; expected one: take "
            ".all() or .any()"
        )
    if not isinstance(sentence, str) or not sentence.strip():
        raise ValueError(f"a claim is a sentence; got {sentence!r}")
    so = bool(holds)
    say(f"{'✓' if so else '✗'} {sentence}", MIME, {"claim": sentence, "ok": so})
    if not so:
        raise AssertionError(f"not so in this run: {sentence}")
