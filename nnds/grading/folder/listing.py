"""Which files of a folder are submissions, whose they are, and what they answer."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from nnds.checks.form import Exercise
from nnds.grading.folder.ingest import SUFFIXES, read

# how Moodle names what it packs: the participant's number is the first that stands so
MOODLE = re.compile(r"(.+?)_([0-9]+)_assignsubmission(?=_)", re.DOTALL)
SKIPPED = (".", "__")  # hidden files, and what systems and Python leave behind


def submissions(folder: Path, out: Path | None = None) -> list[Path]:
    """Return the notebooks and Python files of a folder and of its folders, sorted.

    A file is `STUDENT.ipynb` or `STUDENT/anything.ipynb`. Hidden files are left out,
    and so is `out`. Nobody is passed over: what cannot be entered, or is a link, stands
    for what may be in it, and a student's folder with nothing to grade for itself.
    """
    if not folder.is_dir():
        raise ValueError(f"submissions are read from a folder; {folder} is none")
    ours = folder / os.path.relpath(out.resolve(), folder.resolve()) if out else None
    files, waiting = list[Path](), [folder]
    while waiting:  # a folder may be deeper than Python recurses
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                inside = [e for e in entries if not e.name.startswith(SKIPPED)]
                folders = {e.name for e in inside if e.is_dir(follow_symlinks=False)}
                links = {e.name for e in inside if e.is_symlink() and e.is_dir()}
        except OSError:
            files.append(place)
            continue
        for name in sorted(e.name for e in inside):
            path = place / name
            if name in folders:
                if path != ours:
                    waiting.append(path)
            elif name in links or path.suffix.lower() in SUFFIXES:
                files.append(path)
            elif place == folder and MOODLE.match(name):
                files.append(path)  # a participant's, whatever it is
    if folder in files:
        raise ValueError(f"{folder} cannot be read")
    heard = {path.relative_to(folder).parts[0] for path in files}
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    silent = [folder / n for n in names if not n.startswith(SKIPPED)]
    silent = [p for p in silent if p.name not in heard and p != ours]
    return sorted([*files, *silent])


def written(path: Path, folder: Path) -> str:
    r"""Return the name of a file in its folder as text, another one for each file.

    >>> written(Path("work/b\udcff.py"), Path("work"))
    'b\\xff.py'
    """
    return _text(path.relative_to(folder).as_posix())


def student(path: Path, folder: Path) -> str:
    """Return whose submission it is: the name of its folder, or else of its file.

    Of a name that Moodle gave, it is the participant's part.

    >>> student(Path("work/Ann_12_assignsubmission_file_Bob_99.py"), Path("work"))
    'Ann_12_assignsubmission'
    """
    first, *inner = path.relative_to(folder).parts
    match = MOODLE.match(first)
    name = first if inner or path.is_dir() else path.stem
    return _text(match[0] if match else name)


def person(student: str) -> str:
    """Return what is the same for all submissions of one student.

    >>> person("Ann_12_assignsubmission") == person("Ann Lee_12_assignsubmission")
    True
    """
    match = MOODLE.match(f"{student}_")
    return f"participant {match[2]}" if match else student


def not_gradable(path: Path) -> str | None:
    """Return why there is nothing to grade in what was listed, or None."""
    if path.is_symlink():
        return None  # that is said when it is read
    effective = os.access in os.supports_effective_ids
    if path.is_dir() and os.access(path, os.R_OK | os.X_OK, effective_ids=effective):
        return "the folder holds no notebook and no Python file"
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        return "the file is no notebook and no Python file"
    return None


def _text(name: str) -> str:
    # a backslash is doubled, so that no other file can have the name that comes out
    raw = os.fsencode(name).replace(b"\\", b"\\\\")
    return raw.decode("utf-8", "backslashreplace")


def planned(
    known: Mapping[str, Exercise], folder: Path, topics: Collection[str] = ()
) -> list[Exercise]:
    """Return the exercises to grade: those of the topics, or those that were answered.

    `folder` may be a single submission. Without topics, they are all exercises of every
    topic that more than half of those students answer who answer any: what one of them
    writes beside changes nothing for the others. None such is ValueError.
    """
    paths = [folder] if folder.is_file() else submissions(folder)
    if not paths:
        raise ValueError(f"{folder} holds no submission: no file in {SUFFIXES}")
    every = sorted({e.topic for e in known.values()})
    if unknown := sorted(set(topics) - set(every)):
        raise ValueError(
            f"no exercise is of the topic {unknown[0]}; topics are {every}"
        )
    if not topics:
        topics = _answered(known, folder, paths)
    return [e for e in known.values() if e.topic in topics]


def _answered(
    known: Mapping[str, Exercise], folder: Path, paths: Collection[Path]
) -> set[str]:
    """Return the topics that most of the students answer."""
    by_person = defaultdict[str, set[str]](set)
    for path in paths:
        who = "" if path == folder else person(student(path, folder))
        by_person[who] |= {known[name].topic for name in _answered_by(path, known)}
    votes = Counter(topic for topics in by_person.values() for topic in topics)
    if not votes:
        raise ValueError(f"no submission in {folder} answers one of {sorted(known)}")
    voters = sum(bool(topics) for topics in by_person.values())
    chosen = {topic for topic, count in votes.items() if 2 * count > voters}
    if not chosen:
        counts = ", ".join(f"{topic} by {n}" for topic, n in votes.most_common(5))
        raise ValueError(f"no topic is answered by most students ({counts}): name one")
    return chosen


def _answered_by(path: Path, known: Mapping[str, Exercise]) -> set[str]:
    try:
        return set(read(path, known).answered)
    except Exception:  # whatever a file does to its reader, it is said where it counts
        return set()
