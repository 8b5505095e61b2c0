"""A number of this run under a name, by which slides and pages show it."""

import math
from typing import SupportsFloat

from nnds.results._output import say

MIME = "application/vnd.nnds.value+json"


def value(
    name: str,
    number: SupportsFloat,
    spec: str = ".3g",
    *,
    band: tuple[float | int, float | int] | None = None,
) -> None:
    """Print the number as `spec` formats it, and keep it under `name`.

    A slide shows it as ``{value}`07_conv.lenet_accuracy` ``. With a `band`, a number
    outside it raises AssertionError: a band supports the words beside it and is as
    narrow as they are. `number` may be any scalar that `float` accepts. ValueError for
    a name that is no identifier, or an empty band.

    >>> value("accuracy", 0.9756, ".1%", band=(0.96, 1))
    accuracy = 97.6% (band 96.0% to 100.0%)
    >>> value("parameters", 61706, ",")
    parameters = 61,706
    """
    if not name.isidentifier():
        raise ValueError(f"a value needs a name such as 'accuracy'; got {name!r}")
    exact = number if isinstance(number, int) else float(number)
    text, low_to_high = format(exact, spec), ""
    inside = math.isfinite(exact)
    if band is not None:
        low, high = map(float, band)
        if not low <= high:
            raise ValueError(f"the band of {name} is empty: {low:g} to {high:g}")
        inside = inside and low <= exact <= high
        low_to_high = f" (band {format(low, spec)} to {format(high, spec)})"
    data = {"name": name, "value": repr(exact), "text": text, "ok": inside}
    say(f"{name} = {text}{low_to_high}", MIME, data)
    if not inside:
        raise AssertionError(
            f"{name} is {text}{low_to_high}: the words beside it do not hold in this "
            "run. Look for what changed; do not widen the band"
        )
