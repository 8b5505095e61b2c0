"""The numbers a notebook stands for: printed, checked against a band, collected."""

import math
import sys

MIME = "application/vnd.nnds.headline+json"


def headline(
    name: str, value: float | int, low: float | int, high: float | int
) -> None:
    """Print `value` with the band it must lie in; AssertionError when it does not.

    In Jupyter the output also carries the number under `MIME`, from which `nnds run`
    prints it. Bands, not points: seeds and machines differ. `value` may be any scalar
    that `float` accepts, a JAX one too. ValueError when the band is empty.

    >>> headline("test accuracy", 0.96, 0.955, 1)
    headline: test accuracy = 0.96 (band 0.955..1)
    """
    value, low, high = float(value), float(low), float(high)
    if not low <= high:
        raise ValueError(f"the band of {name!r} is empty: low {low:g}, high {high:g}")
    inside = math.isfinite(value) and low <= value <= high
    line = f"headline: {name} = {value:.4g} (band {low:g}..{high:g})"
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):
        from IPython.display import display

        # JSON has no infinity
        said = {"name": name, "value": repr(value), "band": [repr(low), repr(high)]}
        display({MIME: {**said, "ok": inside}, "text/plain": line}, raw=True)
    else:
        print(line)
    if not inside:
        raise AssertionError(
            f"{name} is {value:.4g}, outside the band {low:g}..{high:g} that this "
            "notebook was tested with: look for what changed, do not widen the band"
        )
