"""A folder of submissions graded, resumably: each record is kept when it is known."""

import hashlib
import json
import os
import queue
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from nnds.checks.form import Exercise
from nnds.grading.folder.grade import Plan, grade
from nnds.grading.folder.ingest import SUFFIXES, Refused, Submission, read
from nnds.grading.folder.record import grader_failed, wrong_with
from nnds.grading.isolate.remote import Evaluator


def submissions(folder: Path) -> list[Path]:
    """Return the notebooks and Python files of a folder and of its folders, sorted.

    A file is `STUDENT.ipynb` or `STUDENT/anything.ipynb`. Hidden folders are left out;
    a folder that cannot be read stands for its files, so that it is not passed over.
    """
    if not folder.is_dir():
        raise ValueError(f"submissions are read from a folder; {folder} is none")
    files, closed = [], list[OSError]()
    for root, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__")))
        paths = (Path(root, f) for f in sorted(names) if not f.startswith("."))
        files += [p for p in paths if p.suffix in SUFFIXES]
    return sorted([*files, *(Path(error.filename) for error in closed)])


def student(path: Path, folder: Path) -> str:
    """Return whose submission it is: the name of its folder, or else of its file."""
    parts = path.relative_to(folder).parts
    return parts[0] if len(parts) > 1 else path.stem


def grade_folder(
    folder: Path,
    plan: Plan,
    out: Path,
    *,
    jobs: int = 1,
    done: Callable[[dict[str, Any]], None] = lambda record: None,
) -> list[dict[str, Any]]:
    """Return the records of a folder, each written to `out/records` when it is known.

    Records that are there already, of the same file and plan, are taken as they are:
    an interrupted run goes on where it was. `done` is called with each record.
    """
    records = out / "records"
    records.mkdir(parents=True, exist_ok=True)
    slots: queue.Queue[tuple[int, Evaluator]] = queue.Queue()
    for slot in range(jobs):
        slots.put((slot, Evaluator(plan.sandbox(jobs + slot))))

    def one(path: Path) -> dict[str, Any]:
        name = path.relative_to(folder).as_posix()
        file = records / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"
        if (known := _known(file, path, plan)) is not None:
            return known
        slot, evaluator = slots.get()
        try:
            record = grade(path, plan, slot, evaluator)
        finally:
            slots.put((slot, evaluator))
        record = {"file": name, "student": student(path, folder), **record}
        if problem := wrong_with(record):
            raise RuntimeError(f"the grader made a false record of {name}: {problem}")
        write(file, json.dumps(record, indent=1, sort_keys=True))
        return record

    paths = submissions(folder)
    pool = ThreadPoolExecutor(jobs)
    try:
        futures = [pool.submit(one, path) for path in paths]
        for future in as_completed(futures):
            done(future.result())
        results = [future.result() for future in futures]
    finally:
        pool.shutdown(cancel_futures=True)
        while not slots.empty():
            slots.get()[1].stop()
    return list(_with_doubles(results))


def _known(file: Path, path: Path, plan: Plan) -> dict[str, Any] | None:
    try:
        record = json.loads(file.read_text())
        digest = read(path, ()).digest
    except (OSError, ValueError):
        return None
    if wrong_with(record) or grader_failed(record):  # cut, edited, or not whole
        return None
    same = record.get("digest") == digest and record.get("plan") == plan.fingerprint()
    return record if same else None


def _with_doubles(records: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Mark which record counts: of several of one student, the first of the best."""
    best: dict[str, Mapping[str, Any]] = {}
    for record in records:
        other = best.get(record["student"])
        if other is None or record["earned"] > other["earned"]:
            best[record["student"]] = record
    for record in records:
        counts = best[record["student"]] is record
        others = [r for r in records if r["student"] == record["student"]]
        problems = list(record["problems"])
        if len(others) > 1:
            problems.append(f"one of {len(others)} submissions of this student")
        yield {**record, "counts": counts, "problems": problems}


def write(file: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, whatever happens."""
    part = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def seed_of(out: Path, given: int | None) -> int:
    """Return the seed: the one given, or the one of the run in `out`, or a new one.

    It is kept in `out/seed` for the run that goes on; whoever reads it can compute the
    hidden inputs.
    """
    file = out / "seed"
    if given is None and file.exists():
        return int(file.read_text())
    seed = secrets.randbits(48) if given is None else given
    out.mkdir(parents=True, exist_ok=True)
    write(file, f"{seed}\n")
    file.chmod(0o600)
    return seed


def planned(
    known: Mapping[str, Exercise], folder: Path, topics: Collection[str] = ()
) -> list[Exercise]:
    """Return the exercises to grade: those of the topics, or those that were answered.

    `folder` may be a single submission. Without topics, they are all exercises of every
    topic of which some submission answers one.
    """
    paths = [folder] if folder.is_file() else submissions(folder)
    if not paths:
        raise ValueError(f"{folder} holds no submission: no file in {SUFFIXES}")
    every = sorted({e.topic for e in known.values()})
    if unknown := sorted(set(topics) - set(every)):
        raise ValueError(
            f"no exercise is of the topic {unknown[0]}; topics are {every}"
        )
    answered = {known[n].topic for path in paths for n in _answered_by(path, known)}
    chosen = set(topics) or answered
    if not chosen:
        raise ValueError(f"no submission in {folder} answers one of {sorted(known)}")
    return [e for e in known.values() if e.topic in chosen]


def _answered_by(path: Path, known: Mapping[str, Exercise]) -> set[str]:
    try:
        submission: Submission = read(path, known)
    except Refused:
        return set()
    return set(submission.answered)
