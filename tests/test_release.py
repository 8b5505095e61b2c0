"""A release takes its notes from the changelog, and only when all versions agree."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(
    not (ROOT / "CITATION.cff").exists(), reason="not in a checkout"
)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture
def notes(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    sys.modules.pop("release_notes", None)
    from release_notes import notes

    return notes


@pytest.fixture
def project(tmp_path):
    for file in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / file, tmp_path)
    version = re.findall(
        '^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M
    )
    log = tmp_path / "CHANGELOG.md"
    log.write_text(log.read_text("utf-8").replace(" (unreleased)", ""), "utf-8")
    return tmp_path, version[0]


def test_the_notes_are_the_section_of_the_version(notes, project):
    root, version = project
    log = root / "CHANGELOG.md"
    log.write_text(log.read_text("utf-8") + "\n## 0.0.1\n\n- what came before\n", "utf-8")
    text = notes(f"v{version}", root)
    assert text.startswith("- ")
    assert "what came before" not in text


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("pyproject.toml", 'version = "', 'version = "9.', "pyproject.toml says 9"),
        ("CITATION.cff", "\nversion: ", "\nversion: 9.", "CITATION.cff does not say"),
        ("CHANGELOG.md", "\n## ", "\n## 9.", "CHANGELOG.md has no section"),
    ],
)
def test_versions_that_differ_are_refused(notes, project, file, old, new, message):
    root, version = project
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=message):
        notes(f"v{version}", root)


def test_an_unreleased_section_is_refused(notes, project):
    root, version = project
    log = root / "CHANGELOG.md"
    text = log.read_text("utf-8").replace(f"## {version}", f"## {version} (unreleased)")
    log.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="unreleased"):
        notes(f"v{version}", root)


def test_workflows_name_files_that_exist_and_pin_every_action():
    assert {path.stem for path in WORKFLOWS} >= {"ci", "nightly", "release", "site"}
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        for file in re.findall(r"(?:python|pytest) ((?:tools|tests)/[\w/.]+)", text):
            assert (ROOT / file).exists(), f"{path.name}: {file}"
        for action in re.findall(r"uses: (\S+)", text):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action), action
        assert "download.pytorch" not in text


def test_one_action_has_one_version_everywhere():
    texts = [path.read_text(encoding="utf-8") for path in WORKFLOWS]
    uses = re.findall(r"uses: (\S+)@(\w+) # v", "\n".join(texts))
    versions = dict(uses)
    assert len(uses) > 10
    assert all(versions[action] == sha for action, sha in uses)


def test_the_container_installs_extras_that_exist():
    import tomllib

    path = ROOT / ".devcontainer" / "devcontainer.json"
    command = json.loads(path.read_text("utf-8"))["postCreateCommand"]
    extras = re.findall(r"\[(.+)\]", command)[0].split(",")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(extras) <= set(project["optional-dependencies"])
