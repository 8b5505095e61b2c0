"""Compare the seconds of each step of the gate with the table in CONTRIBUTING.md.

A step over its budget is marked; all together over the sum of the budgets fails.
"""

import re
import sys
from pathlib import Path

ROW = re.compile(r"^\| (?P<step>[^|]+?) \| (?P<seconds>\d+) \|", re.M)


def budgets(text: str) -> dict[str, int]:
    r"""Return the rows `| step | seconds |` of a Markdown table.

    >>> budgets("| step | seconds |\n| --- | ---: |\n| browser | 120 |")
    {'browser': 120}
    """
    return {row["step"]: int(row["seconds"]) for row in ROW.finditer(text)}


def compared(seconds: dict[str, int], allowed: dict[str, int]) -> tuple[str, bool]:
    """Return a table of both, and whether the sum is within that of the budgets.

    >>> print(compared({"browser": 130}, {"browser": 120})[0])
    browser                           130 s of  120 s  OVER
    all                               130 s of  120 s  OVER
    """
    unknown = set(seconds) - set(allowed)
    if unknown:
        raise SystemExit(f"CONTRIBUTING.md has no budget for {sorted(unknown)}")
    rows = [(step, took, allowed[step]) for step, took in seconds.items()]
    rows.append(("all", sum(seconds.values()), sum(allowed[s] for s in seconds)))
    lines = [
        f"{step:<32} {took:>4} s of {most:>4} s{'  OVER' * (took > most)}"
        for step, took, most in rows
    ]
    return "\n".join(lines), rows[-1][1] <= rows[-1][2]


def main() -> int:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    seconds = {step: int(took) for took, step in (x.split("\t") for x in lines)}
    text = Path(__file__).parents[1].joinpath("CONTRIBUTING.md").read_text("utf-8")
    table, within = compared(seconds, budgets(text))
    print(table)
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
