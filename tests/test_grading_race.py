"""The race of graders still runs, and its contestants find the same. Times are not
asserted here.
"""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_contestants_find_the_same(tmp_path: Path, monkeypatch) -> None:
    for folder in (ROOT, ROOT / "benchmarks" / "grading"):
        monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "argv", ["race.py", "--nbgrader", "/secret/python"])
    import contestants
    import race
    import submissions

    submissions.write(tmp_path / "work", 2)
    verdicts, rows = {}, []
    for name, contestant in (
        ("nnds", lambda work, room: contestants.by_nnds(work, room, 1)),
        ("pytest", contestants.by_pytest),
    ):
        room = tmp_path / name
        room.mkdir()
        seen, verdicts[name] = contestant(tmp_path / "work", room)
        rows.append(race.row(name, 2, seen, len(verdicts[name]), "0.0"))
        assert 0 < seen.early <= seen.peak
    every = {(who, what) for who in ("s000", "s001") for what in submissions.NAMES}
    assert verdicts["nnds"] == every - {("s001", "layer_norm")}
    text = race.report(2, rows, verdicts, None)
    assert "All of them find the same functions right." in text
    assert "secret" not in text
    verdicts["pytest"] = set()
    assert "judge differently" in race.report(2, rows, verdicts, None)
