"""Write the room of a new lecture: `python tools/new_lecture.py 8 sequence`.

About nine files whose tests pass at once, from tools/skeleton: the topic, its exercise,
notebook, deck, drawings, panels, wrong answers and tests, and the released notebook.
Nothing that is there is replaced. `nnds new-lecture` calls this in a clone.
"""

import argparse
import re
import sys
from pathlib import Path

import nb_release

ROOT = Path(__file__).resolve().parents[1]
SKELETON = Path(__file__).resolve().parent / "skeleton"
IMPORTS = re.compile(r"(?:^from nnds\.\w+.*\n)+", re.M)  # in the order of their names
FILES = {
    "topic.py": "nnds/TOPIC.py",
    "exercises.py": "nnds/exercises/TOPIC.py",
    "notebook.py": "lectures/NN_TOPIC/notebook.py",
    "deck.md": "lectures/NN_TOPIC/deck.md",
    "figures.py": "lectures/NN_TOPIC/figures.py",
    "panels.py": "lectures/NN_TOPIC/panels.py",
    "mutants.py": "lectures/NN_TOPIC/mutants.py",
    "test_topic.py": "tests/test_TOPIC.py",
}


def filled(text: str, number: int, topic: str) -> str:
    """Return a text of the skeleton for this lecture.

    >>> filled("NN_TOPIC: TITLE, NUMBER", 8, "sequence")
    '08_sequence: Sequence, 8'
    """
    words = {"TOPIC": topic, "NN": f"{number:02d}", "NUMBER": str(number)}
    words["TITLE"] = topic.replace("_", " ").capitalize()
    named = re.compile("NN|NUMBER|TITLE|TOPIC")
    text = named.sub(lambda found: words[found[0]], text)
    return IMPORTS.sub(lambda block: "".join(sorted(block[0].splitlines(True))), text)


def write(number: int, topic: str, root: Path = ROOT) -> list[Path]:
    """Write the room and return its files; ValueError for one that is there."""
    if not re.fullmatch(r"[a-z][a-z_]*", topic):
        raise ValueError(f"a topic is a name such as sequence; got {topic!r}")
    if not 1 <= number <= 99:
        raise ValueError(f"a lecture has a number from 1 to 99; got {number}")
    if taken := sorted(root.glob(f"lectures/{number:02d}_*/notebook.py")):
        raise ValueError(f"lecture {number} is there: {taken[0].parent.name}")
    paths = {k: root / filled(path, number, topic) for k, path in FILES.items()}
    if there := [str(p.relative_to(root)) for p in paths.values() if p.exists()]:
        raise ValueError(f"already there, and kept: {', '.join(there)}")
    if (root / "nnds" / topic).is_dir():
        raise ValueError(f"nnds/{topic} is there: a topic has a name of its own")
    for name, path in paths.items():
        text = (SKELETON / f"{name}.txt").read_text(encoding="utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(filled(text, number, topic), encoding="utf-8", newline="\n")
    catalogue(root / "tests" / "catalogue.py", topic)
    notebook = paths["notebook.py"]
    released = nb_release.released(notebook, root)
    released.write_bytes(nb_release.dump(nb_release.student(notebook, root)))
    return [*paths.values(), released]


def catalogue(path: Path, topic: str) -> None:
    """Add the line of the topic's function to the catalogue of the tests."""
    text = path.read_text(encoding="utf-8")
    topics = re.search(r"^from nnds import (\([^)]*\)|[^\n(]*)$", text, re.M)
    begin = "FUNCTIONS = {\n"
    if not topics or begin not in text:
        raise ValueError(f"{path.name} has no list of functions to add {topic} to")
    names = sorted({*re.findall(r"\w+", topics[1]), topic})
    line = f"from nnds import {', '.join(names)}"
    if len(line) > 88:
        line = "from nnds import (\n    " + ",\n    ".join(names) + ",\n)"
    text = text.replace(topics[0], line)
    name = f"blend_{topic}"
    line = f'    "{name}": Function({topic}.{name}, (v, v, one)),\n'
    path.write_text(text.replace(begin, begin + line), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int)
    parser.add_argument("topic")
    args = parser.parse_args()
    try:
        files = write(args.number, args.topic)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    for path in files:
        print(path.relative_to(ROOT))
    print("tests/catalogue.py has a line more. Next: python tools/nb.py execute")
    return 0


if __name__ == "__main__":
    sys.exit(main())
