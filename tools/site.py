"""Build what the course publishes, in `_build/site`: pages, decks and their PDFs.

    python tools/site.py            all; what has not changed is not built again
    python tools/site.py --deck 7   one deck, to look at while writing it

Notebooks that changed since their last run are run first (see tools/runs.py).
Needs `pip install -e ".[site]"` and `node`; the PDFs need `.[browser]` and a chromium,
and are left out without them unless `--pdf` asks for them.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import runs
from deck_pdf import HOME, draw_slide, missing, print_decks

from nnds.commands.slides import deck_paths

ROOT = Path(__file__).resolve().parents[1]


def sphinx(builder: str, source: Path, out: Path, doctrees: Path, *more: str) -> None:
    """Run Sphinx on `source` with the settings of `site/`; a warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q"]
    command += ["-b", builder, "-c", str(ROOT / "site"), "-d", str(doctrees), *more]
    env = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    status = subprocess.run([*command, str(source), str(out)], env=env).returncode
    if status:
        raise SystemExit(f"sphinx failed: see above (exit status {status})")


def deck_sources(build: Path) -> Path:
    """Copy each lectures/NN_topic/deck.md to a folder as NN_topic.md; return it."""
    place = build / "decks"
    place.mkdir(parents=True, exist_ok=True)
    new = {
        f"{p.parent.name}.md": p.read_text("utf-8") for p in deck_paths(ROOT).values()
    }
    new["index.md"] = "# Decks\n\n```{toctree}\n:glob:\n\n[0-9]*\n```\n"
    for old in place.glob("*.md"):
        if old.name not in new:
            old.unlink()
    for name, text in new.items():
        path = place / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")  # else Sphinx need not read it
    return place


def decks(build: Path) -> None:
    place = build / "site" / "slides"
    sources = deck_sources(build)
    sphinx("revealjs", sources, place, build / "doctrees/decks", "-tslides")


def deck(build: Path, number: int) -> Path:
    """Build one deck and return its page; SystemExit when there is none."""
    paths = deck_paths(ROOT)
    if number not in paths:
        have = ", ".join(map(str, paths)) or "none"
        raise SystemExit(f"There is no deck for lecture {number}. There are: {have}")
    stem = paths[number].parent.name
    runs.need({stem})
    only = ["-D", f"root_doc={stem}", "-D", f"include_patterns={stem}.md", "-tslides"]
    place = build / "site" / "slides"
    sphinx("revealjs", deck_sources(build), place, build / "doctrees" / stem, *only)
    return place / f"{stem}.html"


def pages(build: Path) -> None:
    sphinx("html", ROOT / "site", build / "site", build / "doctrees/site")


def pdfs(build: Path) -> None:
    for path in print_decks(build / "site" / "slides"):
        print(f"printed {path.relative_to(build)}", flush=True)
    lecture, _, figure = HOME.partition(".")
    page, picture = (
        build / f"site/slides/{lecture}.html",
        build / f"pictures/{HOME}.png",
    )
    if page.is_file() and not draw_slide(page, figure, picture):
        print(f"no slide shows {HOME}, so the home page has no picture of one")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", choices=["site", "decks"])
    parser.add_argument("--deck", type=int, metavar="N", help="this deck, without PDF")
    parser.add_argument("--pdf", action="store_true", help="fail if none can be made")
    parser.add_argument("--no-pdf", action="store_true")
    parser.add_argument("--build", type=Path, default=ROOT / "_build")
    args = parser.parse_args()
    build = args.build.resolve()
    if args.deck is not None:
        print(f"built {deck(build, args.deck).relative_to(build)}")
        return 0
    lack = missing()
    if args.pdf and lack:
        raise SystemExit(f"no PDF can be made: {lack}")
    steps: list[Callable[[Path], None]] = []
    steps += [decks] if args.only != "site" else []
    steps += [pdfs] if args.only != "site" and not lack and not args.no_pdf else []
    steps += (
        [pages] if args.only != "decks" else []
    )  # last: home links to what is there
    runs.need()
    for step in steps:
        began = time.perf_counter()
        step(build)
        print(f"{step.__name__}: {time.perf_counter() - began:.1f} s", flush=True)
    if lack and not args.no_pdf and pdfs not in steps and args.only != "site":
        print(f"No PDFs: {lack}")
    print(build / "site" / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
