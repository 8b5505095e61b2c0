"""Compare what each step of the gate took with the table in CONTRIBUTING.md.

Budgets are seconds of processor, which other work on the machine hardly changes. A step
over its budget is marked; all together over the sum of the budgets fails.
"""

import re
import sys
from pathlib import Path

ROW = re.compile(r"^\| (?P<step>[^|]+?) \| (?P<seconds>\d+) \|", re.M)


def budgets(text: str) -> dict[str, int]:
    r"""Return the rows `| step | seconds of processor |` of a Markdown table.

    >>> budgets("| step | seconds |\n| --- | ---: |\n| browser | 120 |")
    {'browser': 120}
    """
    return {row["step"]: int(row["seconds"]) for row in ROW.finditer(text)}


def compared(
    took: dict[str, tuple[int, int]], allowed: dict[str, int]
) -> tuple[str, bool]:
    """Return a table of (clock, processor) and budgets, and whether the sum is within.

    >>> print(compared({"browser": (90, 130)}, {"browser": 120})[0])
    browser                            90 s, processor  130 s of  120 s  OVER
    all                                90 s, processor  130 s of  120 s  OVER
    """
    if unknown := set(took) - set(allowed):
        raise SystemExit(f"CONTRIBUTING.md has no budget for {sorted(unknown)}")
    rows = [(step, *both, allowed[step]) for step, both in took.items()]
    rows.append(("all", *(sum(row[i] for row in rows) for i in (1, 2, 3))))
    lines = [
        f"{step:<32} {clock:>4} s, processor {used:>4} s of {most:>4} s"
        f"{'  OVER' * (used > most)}"
        for step, clock, used, most in rows
    ]
    return "\n".join(lines), rows[-1][2] <= rows[-1][3]


def main() -> int:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    parts = (line.split("\t") for line in lines)
    took = {step: (int(clock), int(processor)) for clock, processor, step in parts}
    text = Path(__file__).parents[1].joinpath("CONTRIBUTING.md").read_text("utf-8")
    table, within = compared(took, budgets(text))
    print(table)
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
