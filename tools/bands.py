"""Stored figures: what each array was when someone last looked, and its room to move.

A file of bands holds, by figure, the `summary` of its arrays, a tolerance as a fraction
of each array's largest value, and why the tolerance is what it is. An array may have a
tolerance of its own. Recording anew keeps both, which authors edit by hand.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OURS = ("tolerance", "why")
EXACT = {"tolerance": 1e-4, "why": "arithmetic, no training: float32 rounding alone"}


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(path: Path, bands: Mapping[str, Any]) -> None:
    """Write the bands, one array a line, so that a diff shows which array moved."""
    figures = []
    for name, band in sorted(bands.items()):
        head = f'"tolerance": {band["tolerance"]}, "why": {json.dumps(band["why"])}'
        arrays = ",\n".join(
            f"   {json.dumps(key)}: {json.dumps(short)}"
            for key, short in band["arrays"].items()
        )
        figures.append(f'{json.dumps(name)}: {{{head}, "arrays": {{\n{arrays}\n}}}}')
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "{\n" + ",\n".join(figures) + "\n}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def record(bands: dict[str, Any], name: str, arrays: Mapping[str, Any]) -> None:
    """Put what a figure now draws in its band."""
    known = bands.get(name, EXACT)
    kept = {key: known[key] for key in OURS}
    now = {}
    for key, short in arrays.items():
        before = known.get("arrays", {}).get(key, {})
        now[key] = {**short, **{k: before[k] for k in OURS if k in before}}
    bands[name] = {**kept, "arrays": now}


def moved(bands: Mapping[str, Any], name: str, arrays: Mapping[str, Any]) -> list[str]:
    """Return how the `arrays` of a figure, in summary, lie outside its band."""
    if name not in bands:
        return [f"{name}: is not recorded"]
    band, wrong = bands[name], []
    for key in [*band["arrays"], *(k for k in arrays if k not in band["arrays"])]:
        was, now = band["arrays"].get(key), arrays.get(key)
        if was is None or now is None:
            wrong.append(f"{name}, {key}: {'is new' if was is None else 'is gone'}")
            continue
        scale = max(abs(was.get("min", 0)), abs(was.get("max", 0)), 1e-12)
        room = was.get("tolerance", band["tolerance"]) * scale
        for what in dict.fromkeys(k for k in (*was, *now) if k not in OURS):
            old, new = was.get(what), now.get(what)
            number = isinstance(old, float) and isinstance(new, float)
            if abs(old - new) > room if number else old != new:
                edge = f" (band {old - room:.4g}..{old + room:.4g})" if number else ""
                wrong.append(f"{name}, {key}: {what} was {old}, is {new}{edge}")
    return wrong
