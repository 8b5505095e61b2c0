"""One folder graded in parts, on as many machines, and the parts put together.

Each part leaves `shard.json` beside its records; together they give the bytes that one
run would have given.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnds.grading.folder.grade import Plan
from nnds.grading.folder.listing import submissions, written
from nnds.grading.folder.record import wrong_with
from nnds.grading.folder.submissions import Shard, record_file, with_doubles, write

NOTE = "shard.json"
SAME = ("version", "seed", "tier", "exercises", "plan", "files")


def shard_of(text: str) -> Shard:
    """Return which part of how many is asked for.

    >>> shard_of("3/8")
    (3, 8)
    """
    first, _, last = text.partition("/")
    if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last)):
        raise ValueError(f"a shard is written 3/8, the third of eight; got {text!r}")
    return int(first), int(last)


def note(folder: Path, plan: Plan, out: Path, shard: Shard) -> None:
    """Write beside the records what the other parts must have in common with this."""
    facts = {
        "version": version("nnds"),
        "seed": plan.seed,
        "tier": plan.tier,
        "exercises": [exercise.name for exercise in plan.exercises],
        "plan": plan.fingerprint(),
        "files": [
            (written(path, folder), record_file(Path(), path, folder).name)
            for path in submissions(folder, out)
        ],
        "folder": folder.resolve().name,
        "shard": shard,
    }
    file = out / NOTE
    write(file, json.dumps(facts, indent=1))
    file.chmod(0o600)  # it names the seed


def merged(outs: Sequence[Path], out: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the records of all parts and the name of their folder; copy them to `out`.

    Parts that are missing, unfinished, there twice, or graded otherwise than the first
    (seed, tier, exercises, version, files) raise ValueError.
    """
    notes = {place: _note(place) for place in outs}
    first = notes[outs[0]]
    places: dict[int, Path] = {}
    for place, facts in notes.items():
        for what in SAME:
            if facts[what] != first[what]:
                raise ValueError(
                    f"{place} and {outs[0]} were graded with different {what}"
                )
        which, parts = facts["shard"]
        if parts != first["shard"][1]:
            raise ValueError(f"{place} and {outs[0]} are of different numbers of parts")
        if which in places:
            raise ValueError(f"{places[which]} and {place} are both shard {which}")
        places[which] = place
    parts = first["shard"][1]
    if missing := [f"{n}/{parts}" for n in range(1, parts + 1) if n not in places]:
        raise ValueError(f"not all shards are there: {', '.join(missing)}")
    texts = [
        (name, _record_text(places[index % parts + 1], file, name, first["plan"]))
        for index, (file, name) in enumerate(first["files"])
    ]
    (out / "records").mkdir(parents=True, exist_ok=True)
    for name, text in texts:
        write(out / "records" / name, text)
    write(out / "seed", f"{first['seed']}\n")
    (out / "seed").chmod(0o600)
    records = [json.loads(text) for _, text in texts]
    return list(with_doubles(records)), first["folder"]


def _note(place: Path) -> Mapping[str, Any]:
    try:
        return json.loads((place / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{place} holds no shard: {NOTE}: {error}") from error


def _record_text(place: Path, file: str, name: str, plan: str) -> str:
    try:
        text = (place / "records" / name).read_text(encoding="utf-8")
        record = json.loads(text)
        wrong = wrong_with(record)
        if wrong is None and (record["file"], record["plan"]) != (file, plan):
            wrong = "of another file or plan"
    except (OSError, ValueError) as error:
        wrong, text = str(error), ""
    if wrong:
        raise ValueError(f"{place} is not finished: the record of {file} is {wrong}")
    return text
