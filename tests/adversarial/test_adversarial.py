"""Every hostile submission has the outcome of its case, and harms nobody else."""

import json
import os
import shutil
from pathlib import Path

import psutil
import pytest

import nnds
from adversarial.cases import BATCHES, Case
from adversarial.generated import hard_coded, odd_files
from nnds.grading.engine import run
from nnds.grading.grade import Plan, grade_folder
from nnds.grading.inprocess import InProcess
from nnds.grading.load import exercises
from nnds.grading.publish import publish
from nnds.grading.sandbox import FIRST_UID, Limits, best_tier

HERE = Path(__file__).parent
SECRET = 20_261_122
LIMITS = {  # short where they loop for ever, long where they fill the memory
    batch: Limits(memory=2 << 30, wall=10.0 if batch == "bombs" else 4.0)
    for batch in BATCHES
}
TIER = best_tier()


def private() -> dict:
    known = exercises(HERE / "exercises")
    return {name: known[name] for name in ("double", "area")}


def submissions(batch: str, folder: Path) -> None:
    """Copy a batch and the correct submission, and make what cannot be copied."""
    shutil.copytree(HERE / "submissions" / batch, folder)
    shutil.copy(HERE / "submissions" / "plain" / "correct.py", folder)
    if batch == "plain":
        (folder / "hard_coded.py").write_text(hard_coded(private()["double"]))
    if batch == "files":
        odd_files(folder)


def survivors() -> list[str]:
    """Return the processes of our workers that are still there."""
    users = range(
        FIRST_UID + os.getpid() % 60 * 64, FIRST_UID + os.getpid() % 60 * 64 + 64
    )
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("GRADER") == str(os.getpid())
            if ours or process.uids().real in users:
                found.append(f"{process.pid} {process.name()} {process.status()}")
        except psutil.Error:
            continue
    return found


def marks() -> list[Path]:
    """Return the files that an attack left outside of its sandbox."""
    folders = [Path(p) for p in ("/", "/usr", "/etc", "/root", "/var/tmp", "/dev")]
    folders += [Path("/tmp"), Path("/dev/shm"), Path(os.__file__).parent]
    folders += [Path(nnds.__path__[0]), *Path(nnds.__path__[0]).parents, Path.cwd()]
    return [f / "nnds-was-here" for f in folders if (f / "nnds-was-here").exists()]


def said(record: dict) -> str:
    rows = [row for e in record["exercises"] for row in e["rows"]]
    lines = [text for row in rows for _, text in row["explanation"]]
    return "\n".join([*record["problems"], *(row["status"] for row in rows), *lines])


def as_expected(record: dict, case: Case) -> bool:
    points = {"all": record["points"], "rest": 1, "none": 0}
    return record["earned"] == points[case.earned] and case.says in said(record)


@pytest.mark.parametrize("batch", BATCHES)
def test_every_attack_has_its_outcome(batch: str, tmp_path: Path, monkeypatch) -> None:
    if TIER == 0:
        pytest.skip("no isolation on this machine: hostile code is not run")
    monkeypatch.setenv("SECRET", "a secret of the grader")
    folder, out, cache = tmp_path / "in", tmp_path / "out", tmp_path / "cache"
    submissions(batch, folder)
    cache.mkdir()
    (cache / "program-cache").write_bytes(b"good")
    before = sorted(tmp_path.rglob("*"))
    plan = Plan(
        exercises=list(private().values()),
        seed=SECRET,
        tier=TIER,
        limits=LIMITS[batch],
        hidden=batch in ("plain", "files"),  # each check costs a restart more
        cache=cache,
    )
    records = {r["file"]: r for r in grade_folder(folder, plan, out)}
    print(f"{batch}: {len(records)} submissions at tier {TIER}")
    assert survivors() == []
    assert marks() == []
    written = [p for p in sorted(tmp_path.rglob("*")) if out not in (p, *p.parents)]
    assert written == before
    assert (cache / "program-cache").read_bytes() == b"good"
    cases = {**BATCHES[batch], "correct.py": Case("all")}
    assert set(records) == set(cases)
    wrong = [
        f"{name}: {records[name]['earned']} points, expected {case.earned}, "
        f"and to say {case.says!r}\n{said(records[name])[:1500]}"
        for name, case in cases.items()
        if case.tier <= TIER and not as_expected(records[name], case)
    ]
    assert not wrong, "\n\n".join(wrong)
    assert hidden_text(list(records.values())) <= {"hint", "problem"}
    if batch == "files":
        publish([*records.values()], tmp_path / "published", ["html"], "class")
        for page in (tmp_path / "published").rglob("*.html"):
            assert "<script>alert" not in page.read_text()


def hidden_text(records: list[dict]) -> set[str]:
    """Return the labels under which a hidden row says something; none leaks input."""
    labels = set()
    for record in records:
        for row in (row for e in record["exercises"] for row in e["rows"]):
            if row["hidden"]:
                assert "LEAK" not in json.dumps(row)
                labels |= {label for label, _ in row["explanation"]}
    return labels


def test_hard_coded_answers_do_pass_the_public_inputs() -> None:
    """Otherwise that case would show nothing."""
    space: dict = {}
    double = private()["double"]
    exec(hard_coded(double), space)
    report = run(double, InProcess(space["double"]), seed=0)
    assert report.passed, f"\n{report}"


def test_every_file_is_a_case() -> None:
    for batch, cases in BATCHES.items():
        root = HERE / "submissions" / batch
        files = {p.relative_to(root).as_posix() for p in root.rglob("*.*")}
        assert files - {"correct.py"} <= set(cases)
