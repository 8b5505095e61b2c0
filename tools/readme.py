"""Write the table of lectures in the README: `python tools/readme.py`, or `--check`.

A lecture with a notebook gets its row from its room; the row of one that is planned
stays as it was typed, and only the links to it that lead nowhere fail a test.
"""

import argparse
import ast
import re
import sys
from pathlib import Path

from nnds.commands.lectures import Lecture, lectures

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| *(\d+) *\|(.*)\|$", re.M)


def titles(root: Path = ROOT) -> dict[int, str]:
    """Return the titles of all lectures, written and planned, by number."""
    text = (root / "README.md").read_text(encoding="utf-8")
    return {int(n): rest.split("|")[0].strip() for n, rest in ROW.findall(text)}


def table(text: str, root: Path = ROOT) -> str:
    """Return the text of the README with the rows of written lectures made anew."""
    written = lectures()
    kept = {int(n): f"| {n} |{rest}|" for n, rest in ROW.findall(text)}
    rows = kept | {n: row(lecture, root) for n, lecture in written.items()}
    first, last = _span(text)
    return text[:first] + "\n".join(rows[n] for n in sorted(rows)) + text[last:]


def _span(text: str) -> tuple[int, int]:
    found = list(ROW.finditer(text))
    if not found:
        raise ValueError("the README has no table of lectures")
    return found[0].start(), found[-1].end()


def row(lecture: Lecture, root: Path = ROOT) -> str:
    """Return the row of a written lecture."""
    name, topic = lecture.name, lecture.name[3:]
    cells = [
        str(lecture.number),
        lecture.title,
        ", ".join(f"[`{m}`]({_module(m, root)})" for m in lecture.modules),
        f"[{name}](notebooks/{name}.ipynb)",
        f"[{name}](lectures/{name}/deck.md)" if _deck(name, root) else "",
        f"[{count(topic, root)}]({_module(f'exercises/{topic}', root)})"
        if lecture.exercises
        else "",
    ]
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def _module(name: str, root: Path) -> str:
    return f"nnds/{name}" if (root / "nnds" / name).is_dir() else f"nnds/{name}.py"


def _deck(name: str, root: Path) -> bool:
    return (root / "lectures" / name / "deck.md").is_file()


def count(topic: str, root: Path = ROOT) -> int:
    """Return how many exercises a topic has, without running its files."""
    path = root / _module(f"exercises/{topic}", root)
    files = path.glob("*.py") if path.is_dir() else [path]
    return sum(
        isinstance(node, ast.Call) and ast.unparse(node.func) == "Exercise"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if it is stale")
    args = parser.parse_args()
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    new = table(text)
    if args.check and new != text:
        print("The table of the README is stale: python tools/readme.py")
        return 1
    if not args.check:
        path.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
