"""Print the notes of a release: its section of CHANGELOG.md.

    python tools/release_notes.py v0.1.0

Fails when the tag is not the version in pyproject.toml and CITATION.cff, when the
changelog has no such section, or when the section still says "unreleased".
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes(tag: str, root: Path = ROOT) -> str:
    """Return the section of the changelog that belongs to a tag."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    version = tomllib.loads(text)["project"]["version"]
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, but pyproject.toml says {version}")
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    if f"\nversion: {version}\n" not in citation:
        raise ValueError(f"CITATION.cff does not say version: {version}")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    for section in re.split(r"^## ", changelog, flags=re.M)[1:]:
        heading, _, body = section.partition("\n")
        if heading.split()[0] == version:
            if "unreleased" in heading:
                raise ValueError(f"CHANGELOG.md says that {version} is unreleased")
            return body.strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no section {version}")


if __name__ == "__main__":
    try:
        print(notes(sys.argv[1]), end="")
    except (ValueError, IndexError) as problem:
        raise SystemExit(f"{problem}; usage: {__doc__}") from None
