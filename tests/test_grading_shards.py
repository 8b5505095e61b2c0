"""A folder graded in parts gives the bytes of one run, or says why it cannot."""

import json
import shutil
from pathlib import Path

from test_grading_cli import EXERCISE, RIGHT, nnds, said

FORMATS = [word for f in ("html", "moodle", "junit") for word in ("--format", f)]


def test_parts_give_the_bytes_of_one_run(tmp_path: Path) -> None:
    work, private = tmp_path / "work", tmp_path / "exercises"
    for folder in (work / "bob", private):
        folder.mkdir(parents=True)
    (private / "double.py").write_text(EXERCISE)
    (work / "ann.py").write_text("frame = 1")
    (work / "bob" / "a.py").write_text("frame = 1")
    (work / "bob" / "b.py").write_text(RIGHT)  # of one student, in two shards
    (work / "eve.py").write_text("{")
    words = ("--exercises", private, "--trust")
    whole, put = tmp_path / "whole", tmp_path / "put"
    parts = [tmp_path / f"part{n}" for n in "123"]
    result = nnds("grade", work, *words, "--seed", 7, "--out", whole, *FORMATS)
    assert result.exit_code == 0, result.output
    for n, part in enumerate(parts, start=1):
        shard = ("--shard", f"{n}/3", "--out", part)
        if n == 1:
            result = nnds("grade", work, *words, *shard)
            assert result.exit_code == 2
            assert "needs --seed" in said(result)
        result = nnds("grade", work, *words, *shard, "--seed", 7)
        assert result.exit_code == 0, result.output
    counts = [len(list((part / "records").iterdir())) for part in parts]
    assert counts == [2, 1, 1]
    result = nnds("grade", "--merge", *reversed(parts), "--out", put, *FORMATS)
    assert result.exit_code == 0, result.output
    files = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(put) for p in put.rglob("*") if p.is_file())
    assert len(files) == 4 + 1 + 5 + 2  # records, seed, pages, tables
    for file in files:
        assert (whole / file).read_bytes() == (put / file).read_bytes(), file

    def refused(reason: str, *outs: Path) -> None:
        result = nnds("grade", "--merge", *outs, "--out", tmp_path / "no")
        assert result.exit_code == 2, result.output
        assert reason in said(result)
        assert not (tmp_path / "no").exists()

    refused("not all shards are there: 2/3", parts[0], parts[2])
    refused("holds no shard", *parts, tmp_path)
    twice = tmp_path / "twice"
    shutil.copytree(parts[0], twice)
    refused("are both shard 1", *parts, twice)
    for what, other in (
        ("seed", 8),
        ("version", "0.0.1"),
        ("tier", 7),
        ("plan", "f" * 64),
        ("files", []),
    ):
        facts = json.loads((parts[0] / "shard.json").read_text())
        (twice / "shard.json").write_text(json.dumps({**facts, what: other}))
        refused(f"with different {what}", parts[1], twice, parts[2])
    (record,) = (parts[1] / "records").iterdir()
    record.write_text(record.read_text()[:-20])  # as a machine that stopped leaves it
    refused("is not finished: the record of bob/a.py", *parts)
    record.unlink()
    refused("is not finished: the record of bob/a.py", *parts)
    for shard in ("0/3", "4/3", "3", "a/b", "-1/3"):
        result = nnds("grade", work, *words, "--shard", shard, "--seed", 7)
        assert result.exit_code == 2
        assert "the third of eight" in said(result)
