"""The report, in Markdown, from the results of races."""

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from benchmarks.race import Result

LIBRARIES = (
    *("jax", "jaxlib", "equinox", "optax", "flax"),
    *("torch", "torch-geometric", "numpy"),
)


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, its numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ratios(result: Result, ours: Result) -> list[float]:
    """Return the time of each round over the time of nnds in the same round."""
    return [a / b for a, b in zip(result.seconds, ours.seconds, strict=True)]


def spread(values: Sequence[float]) -> str:
    """Return the median, then the least and the greatest.

    >>> spread([1.0, 3.0, 2.0])
    '2.00 (1.00-3.00)'
    """
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def training(results: Sequence[Result], steps: int) -> str:
    """Return the table of a race, the fastest first; `results[0]` is nnds."""
    ours = results[0]
    ran = [r for r in results if r.seconds and not r.error]
    ran.sort(key=lambda r: median(ratios(r, ours)))
    header = ["", "steps/s", "time / nnds (range)", "compile s", "last loss"]
    rows = [
        [
            f"**{r.name}**" if r is ours else r.name,
            f"{steps / median(r.seconds):.1f}",
            spread(ratios(r, ours)),
            f"{max(r.first - median(r.seconds), 0):.1f}",
            f"{r.loss:.4f}",
        ]
        for r in ran
    ]
    rows += [[r.name, "-", "-", "-", r.error] for r in results if r.error]
    return f"{markdown(header, rows)}\n\n{verdict(ran, ours)}"


def verdict(ran: Sequence[Result], ours: Result) -> str:
    """Say who wins and by how much, and whether all of them trained the same."""
    others = [r for r in ran if not r.name.startswith("nnds")]
    floors = [r for r in others if r.name.startswith("JAX")]
    peers = [r for r in others if r not in floors]
    said = []
    if floors:
        best = min(floors, key=lambda r: median(ratios(r, ours)))
        above = 1 / median(ratios(best, ours))
        met = "met" if above <= 1.05 else "missed"
        said.append(
            f"nnds takes {above:.2f} times the floor ({best.name}); the target of at "
            f"most 1.05 is {met}."
        )
    if peers:
        best = min(peers, key=lambda r: median(ratios(r, ours)))
        times = median(ratios(best, ours))
        said.append(
            f"The fastest peer is {best.name}: nnds is {times:.2f} times as fast."
            if times >= 1
            else f"{best.name} wins: it is {1 / times:.2f} times as fast as nnds."
        )
    odd = [r.name for r in ran if abs(r.loss - ours.loss) > 0.02 * abs(ours.loss)]
    if odd:
        said.append(f"The loss differs by more than 2 %: {', '.join(odd)}.")
    return " ".join(said)


def machine() -> str:
    """Return what the numbers were measured on."""
    versions = []
    for library in LIBRARIES:
        try:
            versions.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            versions.append(f"{library} absent")
    return (
        f"{processor()}, {os.cpu_count()} cores; {platform.system()}; Python "
        f"{platform.python_version()}; {', '.join(versions)}. float32."
    )


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def load_average() -> str:
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return f"{os.getloadavg()[0]:.1f}"
