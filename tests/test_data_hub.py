"""Folders, the hub cache and the command, without a network."""

import io
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image
from typer.testing import CliRunner

from nnds.commands.app import app
from nnds.data import hub, load, stream
from nnds.data.columns import place
from nnds.data.rows import read_parquet

PLACES = {8: "validation", 9: "test", 39: "test"}
NAMES = ["airplane", "automobile", "bird"]
CARD = """---
dataset_info:
  config_name: plain_text
  features:
  - name: image
    dtype: image
  - name: label
    dtype:
      class_label:
        names:
          '0': airplane
          '1': automobile
          '2': bird
  splits:
  - name: train
    num_examples: 300
    num_bytes: 1
  - name: test
    num_examples: 30
    num_bytes: 1
configs:
- config_name: plain_text
  data_files:
  - split: train
    path: plain_text/train-*
  - split: test
    path: plain_text/test-*
---
"""


@pytest.fixture(autouse=True)
def nowhere(tmp_path, tmp_path_factory, monkeypatch):
    """No network, and caches of our own."""
    import datasets
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(
        huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub")
    )
    monkeypatch.setattr(
        datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache")
    )
    monkeypatch.setattr(
        socket.socket, "connect", lambda *_: pytest.fail("went to the network")
    )


def picture(seed: int, shape=(8, 8, 3)) -> dict:
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": f"{seed}.png"}


def write(path, columns: dict, rows: int = 1000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=rows)


def snapshot(root, repo=hub.COURSE["cifar10"], shards=2):
    """Lay a set out as the hub client does after a download."""
    folder = (
        root / f"datasets--{repo.path.replace('/', '--')}/snapshots/{repo.revision}"
    )
    for k in range(shards):
        seeds = range(150 * k, 150 * k + 150)
        write(
            folder / f"plain_text/train-{k:05}-of-00002.parquet",
            {"image": [picture(s) for s in seeds], "label": [s % 3 for s in seeds]},
            rows=64,
        )
    columns = {"image": [picture(s) for s in range(900, 930)], "label": [1] * 30}
    write(folder / "plain_text/test-00000-of-00001.parquet", columns)
    (folder / "README.md").write_text(CARD)
    return folder


def values(x: np.ndarray) -> list:
    return sorted(row.tobytes() for row in x)


def test_hub_set_from_the_cache(tmp_path):
    snapshot(tmp_path / "hub")
    data = load("cifar10")
    assert data.classes == ("airplane", "automobile", "bird")
    assert data.train["x"].shape[1:] == (8, 8, 3)
    assert data.train["x"].dtype == np.float32
    assert data.train["y"].dtype == np.int32
    assert len(data.train["y"]) + len(data.validation["y"]) == 300
    assert 10 <= len(data.validation["y"]) <= 50
    assert data.sheet.counts["test"] == 30
    assert data.sheet.revision == hub.COURSE["cifar10"].revision
    assert "validation cut off train" in data.sheet.split
    assert not set(values(data.train["x"])) & set(values(data.validation["x"]))
    with Image.open(io.BytesIO(picture(900)["bytes"])) as file:
        pixels = np.asarray(file)
    np.testing.assert_array_equal(
        data.test["x"][0], np.float32(pixels) / np.float32(255)
    )
    again = load("uoft-cs/cifar10")
    for key in ("x", "y"):
        np.testing.assert_array_equal(again.validation[key], data.validation[key])


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_stream_gives_the_rows_of_load(tmp_path, split):
    snapshot(tmp_path / "hub")
    batches = stream("cifar10", split, batch_size=32, buffer=50, seed=1)
    assert batches.classes == tuple(NAMES)
    epochs = [list(batches), list(batches)]
    expected = getattr(load("cifar10"), split)
    for epoch in epochs:
        assert all(len(b["y"]) == 32 for b in epoch[:-1])
        x = np.concatenate([b["x"] for b in epoch])
        assert values(x) == values(expected["x"])
    if split == "train":
        assert not np.array_equal(epochs[0][0]["x"], epochs[1][0]["x"])
        for a, b in zip(batches.epoch(0), epochs[0], strict=True):
            np.testing.assert_array_equal(a["x"], b["x"])
        cut = stream("cifar10", batch_size=32, drop_last=True)
        assert {len(b["y"]) for b in cut} == {32}


def test_stream_without_seed_keeps_the_order(tmp_path):
    write(tmp_path / "d/train.parquet", {"v": list(range(10))})
    write(tmp_path / "d/validation.parquet", {"v": [1]})
    write(tmp_path / "d/test.parquet", {"v": [1]})
    batches = stream(str(tmp_path / "d"), batch_size=4, seed=None)
    assert [b["v"].tolist() for b in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    mixed = [v for b in stream(str(tmp_path / "d"), batch_size=4) for v in b["v"]]
    assert mixed != sorted(mixed) == list(range(10))


def test_full_set_and_its_absence(tmp_path):
    with pytest.raises(ConnectionError, match=r"ylecun/mnist.*load\('mnist'\)"):
        load("mnist", full=True)
    snapshot(tmp_path / "hub", hub.COURSE["mnist"])
    assert load("mnist", full=True).sheet.title == "ylecun/mnist"
    assert load("mnist").sheet.counts["test"] == 500


def test_half_a_download_is_not_read(tmp_path):
    folder = snapshot(tmp_path / "hub", shards=1)
    with pytest.raises(ConnectionError, match="cannot fetch"):
        load("cifar10")
    part = folder / "plain_text/train-00000-of-00002.parquet"
    part.rename(folder / "plain_text/train-00000-of-00001.parquet")
    with pytest.raises(OSError, match="read 150 rows, expected 300"):
        load("cifar10")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("cifar10", "twemoji"),
        ("fashion_mnist", "fashion_mnist"),
        ("imdb", "glosses"),
        ("Planetoid/cora", "counties"),
        ("Salesforce/wikitext", "examples"),
        ("someone/thing", None),
    ],
)
def test_offline_names_the_embedded_set(name, near):
    full = name == "fashion_mnist"
    expected = rf"load\('{near}'\)" if near else "use an embedded set: mnist"
    for call in (load, lambda *a, **k: stream(*a, batch_size=1, **k)):
        with pytest.raises(ConnectionError, match=expected):
            call(name, revision="a" * 40, full=full)


def test_revision_is_required():
    with pytest.raises(ValueError, match=r"Cora' needs a revision.*load\('counties'\)"):
        load("Planetoid/Cora")


def test_a_hub_that_never_answers(monkeypatch):
    """A real server that accepts and stays silent: refused within five seconds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        end = f"http://127.0.0.1:{server.getsockname()[1]}"
        env = os.environ | {
            "HF_ENDPOINT": end,
            "HF_HUB_OFFLINE": "0",
            "HF_HOME": "none",
        }
        code = (
            "import time; t = time.monotonic()\n"
            "from nnds.data import load\n"
            "try: load('cifar10')\n"
            "except ConnectionError as e: print(time.monotonic() - t, e)"
        )
        command = [sys.executable, "-c", code]
        start = time.monotonic()
        out = subprocess.run(command, env=env, capture_output=True, text=True)
        whole = time.monotonic() - start
    seconds, message = out.stdout.split(" ", 1)
    assert float(seconds) < 5, out.stdout
    assert whole < 8  # the interpreter does not hang at exit either
    assert "load('twemoji')" in message


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("RepositoryNotFoundError", "does not exist, or is private"),
        ("RevisionNotFoundError", "has no revision"),
        ("GatedRepoError", "accept its terms"),
    ],
)
def test_hub_says_no(monkeypatch, error, said):
    import huggingface_hub

    kind = getattr(huggingface_hub.errors, error)

    def info(*args, **kwargs):
        raise kind.__new__(kind)

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", info)
    with pytest.raises(ValueError, match=said):
        load("cifar10")


def test_fetch_downloads_when_the_hub_answers(tmp_path, monkeypatch):
    """The client is asked for the pinned commit, once, and only for data files."""
    import huggingface_hub

    folder = snapshot(tmp_path / "elsewhere")
    asked = []

    def download(path, local_files_only=False, **rest):
        if local_files_only:
            raise FileNotFoundError
        asked.append((path, rest["repo_type"], rest["revision"]))
        return str(folder)

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *a, **k: None)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    result = CliRunner().invoke(app, ["data", "fetch", "cifar10"])
    assert result.exit_code == 0, result.output
    assert asked == [("uoft-cs/cifar10", "dataset", hub.COURSE["cifar10"].revision)]
    assert folder.name in result.output


def test_revisions_are_commits():
    for repo in hub.COURSE.values():
        assert hub.COMMIT.fullmatch(repo.revision)


def test_folder_of_every_kind_of_column(tmp_path):
    columns = {
        "text": ["a", "b\nc", ""],
        "label": ["no", "yes", "no"],
        "whole": [1, 2, 3],
        "real": [0.5, None, 2.0],
        "vector": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        "ragged": [[1], [1, 2], []],
    }
    for split in ("train", "valid", "test"):
        write(tmp_path / f"{split}.parquet", columns)
    with pytest.warns(UserWarning, match="3 of 3 rows of validation are also in train"):
        data = load(str(tmp_path))
    assert data.classes == ("no", "yes")
    assert data.train["y"].tolist() == [0, 1, 0]
    assert data.train["text"].tolist() == ["a", "b\nc", ""]
    assert data.train["whole"].dtype == np.int32
    np.testing.assert_array_equal(data.train["real"], np.float32([0.5, np.nan, 2]))
    assert data.train["vector"].shape == (3, 2)
    assert data.train["vector"].dtype == np.float32
    assert [len(r) for r in data.train["ragged"]] == [1, 2, 0]
    assert data.sheet.split == "as published"
    assert data.sheet.counts == {"train": 3, "validation": 3, "test": 3}


def test_folder_of_csv_is_cut_in_three(tmp_path):
    rows = "".join(f"{i},{i % 2}\n" for i in range(400))
    (tmp_path / "data.csv").write_text("v,label\n" + rows)
    data = load(str(tmp_path))
    parts = [data.train["v"], data.validation["v"], data.test["v"]]
    assert sorted(np.concatenate(parts).tolist()) == list(range(400))
    assert all(20 <= len(part) <= 65 for part in parts[1:])
    streamed = np.concatenate([b["v"] for b in stream(str(tmp_path), batch_size=64)])
    assert sorted(streamed.tolist()) == data.train["v"].tolist()


def test_place_is_written_down():
    """Which rows are held out depends on their content alone, on every machine."""
    cut = ["test", "validation"]
    places = [place({"v": i}, cut) for i in range(40)]
    assert {i: p for i, p in enumerate(places) if p != "train"} == PLACES
    for seed in range(60):
        bytes_, name = picture(seed)["bytes"], {"path": "other name"}
        a, b = {"image": picture(seed)}, {"image": {"bytes": bytes_} | name}
        assert place(a, cut) == place(b, cut)
    assert len({place({"image": picture(s)}, cut) for s in range(60)}) == 3
    vectors = [np.float32([s, 1]) for s in range(60)]
    assert len({place({"v": v}, cut) for v in vectors}) == 3


def test_equal_rows_are_never_cut_apart(tmp_path):
    columns = {"text": [f"row {i % 50}" for i in range(500)]}
    write(tmp_path / "train.parquet", columns)
    data = load(str(tmp_path))
    train, test = set(data.train["text"]), set(data.test["text"])
    assert not train & test
    assert not train & set(data.validation["text"])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "cannot read a data set"),
        ({"notes.md": {}}, "cannot read a data set"),
        ({"test.parquet": {"v": [1]}}, "expected a split named 'train', received test"),
        ({"train.parquet": {"v": [1]}}, "a split is empty.*'validation': 0"),
        (
            {
                k: {"label": [0, -1]}
                for k in ("train.parquet", "test.parquet", "validation.parquet")
            },
            "labels are -1 to 0, expected 0 or more",
        ),
    ],
)
def test_bad_folders(tmp_path, files, message):
    for name, columns in files.items():
        if columns:
            write(tmp_path / name, columns)
        else:
            (tmp_path / name).write_text("nothing")
    with pytest.raises(ValueError, match=message):
        load(str(tmp_path))


def test_bad_rows(tmp_path):
    sizes = [picture(1), picture(2, (4, 8, 3))]
    image = pyarrow.array(sizes)
    for split in ("train", "validation", "test"):
        write(tmp_path / f"a/{split}.parquet", {"image": image, "label": [0, 1]})
        new = ["no", "new"] if split == "test" else ["no", "yes"]
        write(tmp_path / f"b/{split}.parquet", {"label": new})
        write(tmp_path / f"c/{split}.parquet", {"label": [0, -1]})
    (tmp_path / "a/README.md").write_text(
        "---\ndataset_info:\n  features:\n  - name: image\n    dtype: image\n"
        "  - name: label\n    dtype: int64\n---\n"
    )
    with pytest.raises(ValueError, match="images of different shapes"):
        load(str(tmp_path / "a"))
    with pytest.raises(ValueError, match=r"labels \['new'\] are not in train"):
        load(str(tmp_path / "b"))
    with pytest.raises(ValueError, match="labels are -1 to 0"):
        list(stream(str(tmp_path / "c"), batch_size=2))


def test_stream_holds_little_in_memory(tmp_path):
    """80 MB in one file are read with less than 30 MB more than before."""
    block = np.random.default_rng(0).random(1000 * 1000, np.float32)
    schema = pyarrow.schema([("v", pyarrow.list_(pyarrow.float32(), 1000))])
    for split, groups in (("train", 20), ("validation", 1), ("test", 1)):
        path = tmp_path / f"{split}.parquet"
        with pyarrow.parquet.ParquetWriter(path, schema, compression="none") as file:
            for k in range(groups):
                vectors = pyarrow.FixedSizeListArray.from_arrays(block + k, 1000)
                file.write_table(pyarrow.table([vectors], schema=schema))
    assert (tmp_path / "train.parquet").stat().st_size > 79e6
    code = (
        "import sys, psutil, datasets, nnds.data as d\n"
        "me, n, top = psutil.Process(), 0, 0\n"
        "it = iter(d.stream(sys.argv[1], batch_size=500, buffer=1000)); next(it)\n"
        "start = me.memory_info().rss\n"
        "for b in it: n += len(b['v']); top = max(top, me.memory_info().rss)\n"
        "print(n, (top - start) / 1e6)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(tmp_path / "c")}
    out = subprocess.run(command, env=env, capture_output=True, text=True)
    rows, grown = out.stdout.split()
    assert int(rows) == 19_500
    assert float(grown) < 30


def test_parquet_is_read_through_any_file_system(tmp_path):
    """As it is from the hub, where paths begin with hf://."""
    import fsspec

    write(tmp_path / "a.parquet", {"v": [1, 2, 3]}, rows=2)
    memory = fsspec.filesystem("memory")
    memory.pipe("/a.parquet", (tmp_path / "a.parquet").read_bytes())
    assert [row["v"] for row in read_parquet("memory://a.parquet")] == [1, 2, 3]


def test_command_list():
    """At 80 columns each set has one line, and nothing is cut short."""
    result = CliRunner().invoke(app, ["data", "list"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in result.output
    (mnist,) = [line.split() for line in lines if line.lstrip().startswith("mnist")]
    assert mnist == ["mnist", "image", "classification", "4,000", "500", "500", "818"]
    for text in ("uoft-cs/cifar10", "cmudict", 'load("mnist", full=True)'):
        assert text in result.output


def test_command_show():
    shown = CliRunner().invoke(app, ["data", "show", "mnist"])
    assert shown.exit_code == 0
    assert "licence: CC BY-SA 3.0" in shown.output
    assert "flaw:" in shown.output
    wrong = CliRunner().invoke(app, ["data", "show", "mnis"])
    assert wrong.exit_code == 1
    assert "Did you mean 'mnist'" in wrong.output


def test_command_fetch(tmp_path):
    run = CliRunner().invoke
    offline = run(app, ["data", "fetch", "cifar10"])
    assert offline.exit_code == 1
    assert "load('twemoji')" in offline.output
    assert "Traceback" not in offline.output
    wrong = run(app, ["data", "fetch", "cifar11"])
    assert wrong.exit_code == 1
    assert "Did you mean 'cifar10'" in wrong.output
    embedded = run(app, ["data", "fetch", "digits"])
    assert embedded.exit_code == 0
    assert "nothing to fetch" in embedded.output
    folder = snapshot(tmp_path / "hub")
    there = run(app, ["data", "fetch", "cifar10"])
    assert there.exit_code == 0
    assert folder.name in there.output
