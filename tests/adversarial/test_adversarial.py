"""Every hostile submission has the outcome of its case, and harms nobody else."""

import shutil
from pathlib import Path

import pytest

from adversarial.cases import BATCHES, Case
from adversarial.generated import hard_coded, odd_files
from adversarial.graded import SUBMISSIONS, graded, private, surprises
from nnds.checks.engine import run
from nnds.grading.inprocess import InProcess
from nnds.grading.isolate.sandbox import best_tier
from nnds.grading.publish.write import publish

TIER = best_tier()


def write(batch: str, folder: Path) -> dict[str, Case]:
    """Write a batch and the correct submission, as far as this tier goes."""
    shutil.copytree(SUBMISSIONS / batch, folder)
    if batch != "random":  # it has one of its own
        shutil.copy(SUBMISSIONS / "plain" / "correct.py", folder)
    if batch == "plain":
        (folder / "hard_coded.py").write_text(hard_coded(private()["double"]))
    if batch == "files":
        odd_files(folder)
    cases = {**BATCHES[batch], "correct.py": Case("all")}
    for name in [name for name, case in cases.items() if case.tier > TIER]:
        (folder / name).unlink()
        del cases[name]
    return cases


@pytest.mark.parametrize("batch", BATCHES)
def test_every_attack_has_its_outcome(batch: str, tmp_path: Path, monkeypatch) -> None:
    if TIER == 0:
        pytest.skip("no isolation on this machine: hostile code is not run")
    monkeypatch.setenv("SECRET", "a secret of the grader")
    cases = write(batch, tmp_path / "in")
    records = graded(
        tmp_path,
        TIER,
        wall=20.0 if batch == "bombs" else 4.0,  # to fill the memory takes a while
        hidden=batch in ("plain", "files"),  # each check costs one restart more
        attacked="noisy" if batch == "random" else "double",
    )
    print(f"{batch}: {len(records)} submissions at tier {TIER}")
    assert not (wrong := surprises(records, cases)), wrong
    publish([*records.values()], tmp_path / "pages", ["html"], "class")
    for page in (tmp_path / "pages").rglob("*.html"):
        assert "<script>alert" not in page.read_text()


def test_hard_coded_answers_do_pass_the_public_inputs() -> None:
    """Otherwise that case would show nothing."""
    space: dict = {}
    double = private()["double"]
    exec(hard_coded(double), space)
    report = run(double, InProcess(space["double"]), seed=0)
    assert report.passed, f"\n{report}"


def test_every_file_is_a_case() -> None:
    for batch, cases in BATCHES.items():
        root = SUBMISSIONS / batch
        files = {p.relative_to(root).as_posix() for p in root.rglob("*.*")}
        assert files - {"correct.py"} <= set(cases)
