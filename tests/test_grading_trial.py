"""What would fail every submission is said before the first, with the permission."""

import os
from pathlib import Path

import pytest

from nnds.grading.isolate import sandbox, trial, walls
from nnds.grading.isolate.sandbox import best_tier

TIER = best_tier()
fenced = pytest.mark.skipif(TIER == 0, reason="no isolation on this machine")


@fenced
def test_a_right_solution_is_right_here() -> None:
    trial.works(TIER)


@fenced
@pytest.mark.parametrize("tier", sorted({1, TIER} - {0}))
def test_what_the_sandbox_cannot_read_is_named(
    tmp_path: Path, monkeypatch, tier: int
) -> None:
    packages = tmp_path / "home" / "site-packages"
    (packages / "numpy").mkdir(parents=True)
    monkeypatch.setattr(walls, "site_packages", lambda: (str(packages),))
    monkeypatch.setattr(sandbox, "site_packages", lambda: (str(packages),))
    tmp_path.chmod(0o755)
    closed = packages / "numpy"
    closed.chmod(0)
    try:
        with pytest.raises(PermissionError) as info:
            trial.works.__wrapped__(tier)
    finally:
        closed.chmod(0o755)
    assert "lacks r-x for" in str(info.value)
    assert str(closed) in str(info.value)
    with pytest.raises(OSError, match="a right solution fails in the sandbox"):
        trial.works.__wrapped__(tier)  # nothing is closed; it is not there


def test_permissions_are_those_of_the_user(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("")
    file.chmod(0o604)
    assert walls._lacking(file, os.getuid()) is None
    assert walls._lacking(file, os.getuid() + 1) is None
    file.chmod(0o600)
    assert "0600 lacks r for all others" in str(walls._lacking(file, os.getuid() + 1))
    assert "cannot be read: No such file" in str(walls._lacking(tmp_path / "b", None))
