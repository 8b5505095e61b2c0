"""A folder of submissions graded, resumably: each record is kept when it is known."""

import contextlib
import hashlib
import json
import os
import queue
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from nnds.grading.folder.grade import Plan, grade, ungraded
from nnds.grading.folder.ingest import read
from nnds.grading.folder.listing import (
    not_gradable,
    person,
    student,
    submissions,
    written,
)
from nnds.grading.folder.record import grader_failed, wrong_with
from nnds.grading.isolate.remote import Evaluator
from nnds.grading.isolate.trial import works

LONGEST, MOST = 300, 50  # of a problem in characters, and of the problems of a record
Mark = Callable[[dict[str, Any]], None]
Shard = tuple[int, int]  # which, from 1, of how many


def grade_folder(
    folder: Path,
    plan: Plan,
    out: Path,
    *,
    jobs: int = 1,
    done: Mark = lambda record: None,
    shard: Shard = (1, 1),
) -> list[dict[str, Any]]:
    """Return the records of a folder, each written to `out/records` when it is known.

    Records that are there already, of the same file and plan, are taken as they are:
    an interrupted run goes on where it was. `done` is called with each record. There
    are never more jobs than cores, and none takes time from another's.
    """
    records = out / "records"
    records.mkdir(parents=True, exist_ok=True)
    jobs = min(jobs, len(_cores()))
    slots: queue.Queue[tuple[int, Evaluator]] = queue.Queue()
    for slot in range(jobs):
        slots.put((slot, Evaluator(plan.sandbox(jobs + slot))))

    def one(path: Path) -> dict[str, Any]:
        file = record_file(records, path, folder)
        if (known := _known(file, path, plan)) is not None:
            return known
        works(plan.tier)  # once; else right solutions would get nothing, in silence
        slot, evaluator = slots.get()
        try:
            keep_to(_cores()[slot::jobs])
            record = guarded(path, folder, plan, slot, evaluator)
        finally:
            slots.put((slot, evaluator))
        write(file, json.dumps(record, indent=1, sort_keys=True))
        return record

    pool = ThreadPoolExecutor(jobs)
    try:
        futures = [pool.submit(one, path) for path in chosen(folder, out, shard)]
        for future in as_completed(futures):
            done(future.result())
        results = [future.result() for future in futures]
    finally:
        pool.shutdown(cancel_futures=True)
        while not slots.empty():
            slots.get()[1].stop()
    return list(with_doubles(results))


def chosen(folder: Path, out: Path, shard: Shard = (1, 1)) -> list[Path]:
    """Return the submissions of one shard: every n-th of all of them, in order."""
    which, parts = shard
    return submissions(folder, out)[which - 1 :: parts]


def guarded(
    path: Path, folder: Path, plan: Plan, slot: int, evaluator: Evaluator
) -> dict[str, Any]:
    """Return the record of one submission, whatever it does to its grader."""
    whose = {"file": written(path, folder), "student": student(path, folder)}
    try:
        if problem := not_gradable(path):
            return {**whose, **ungraded(plan, problem)}
        record = {**whose, **grade(path, plan, slot, evaluator)}
        record["problems"] = [p[:LONGEST] for p in record["problems"][:MOST]]
        if problem := wrong_with(record):
            raise RuntimeError(f"the grader made a false record: {problem}")
        return record
    except Exception as error:
        problem = f"the grader failed on it: {type(error).__name__}: {error}"[:LONGEST]
        return {**whose, **ungraded(plan, problem, "grader error")}


def record_file(records: Path, path: Path, folder: Path) -> Path:
    """Return where the record of a submission is kept."""
    name = os.fsencode(path.relative_to(folder).as_posix())
    return records / f"{hashlib.sha256(name).hexdigest()[:32]}.json"


def _cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(os.getpid()))
    return list(range(os.cpu_count() or 1))


def keep_to(cores: Collection[int]) -> None:
    """Keep this thread, and what it starts, to some cores: the others are others'."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(threading.get_native_id(), cores)


def _known(file: Path, path: Path, plan: Plan) -> dict[str, Any] | None:
    try:
        record = json.loads(file.read_text())
        digest = read(path, ()).digest
    except Exception:  # it is graded anew, and that says what is wrong
        return None
    if wrong_with(record) or grader_failed(record):  # cut, edited, or not whole
        return None
    same = record.get("digest") == digest and record.get("plan") == plan.fingerprint()
    return record if same else None


def with_doubles(records: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Mark which record counts: of several of one student, the first of the best."""
    best: dict[str, Mapping[str, Any]] = {}
    people = [person(record["student"]) for record in records]
    many = Counter(people)
    for who, record in zip(people, records, strict=True):
        if who not in best or record["earned"] > best[who]["earned"]:
            best[who] = record
    for who, record in zip(people, records, strict=True):
        counts = best[who] is record
        problems = list(record["problems"])
        if many[who] > 1:
            problems.append(f"one of {many[who]} submissions of this student")
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
