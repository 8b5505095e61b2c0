"""The embedded data sets: sizes, splits, honesty of the datasheets, damage."""

import re
import shutil
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest

from nnds.data import EMBEDDED, Dataset, Datasheet, checksums, load, load_sheet, stream
from nnds.data import embedded as module
from nnds.data.dataset import SPLITS, checked

COUNTS = {
    "mnist": (4000, 500, 500),
    "fashion_mnist": (5000, 1000, 1000),
    "twemoji": (1524, 191, 191),
    "phrases": (1541, 193, 193),
    "glosses": (9600, 1200, 1200),
    "examples": (42526, 2363, 2363),
    "cmudict": (121650, 6758, 6758),
    "bbbp": (6239, 783, 785),
    "solubility": (868, 153, 257),
    "counties": (1929, 643, 643),
    "penguins": (242, 51, 51),
    "digits": (1437, 180, 180),
}
FIRST = {
    "mnist": [7, 3, 1, 8, 3, 1, 3, 6],
    "penguins": [0, 1, 0, 0, 2, 2, 0, 0],
    "cmudict": ["surbaugh", "adorno", "than"],
}
KEY = {  # what may not be in two splits
    "mnist": ("x",),
    "fashion_mnist": ("x",),
    "twemoji": ("x",),
    "phrases": ("en", "it", "fr", "es", "de", "pt"),
    "glosses": ("word", "text"),
    "examples": ("text",),
    "cmudict": ("word",),
    "bbbp": ("smiles",),
    "solubility": ("smiles", "name"),
    "counties": ("index",),
    "digits": ("x",),
}


def parts(data: Dataset) -> tuple:
    return data.train, data.validation, data.test


def everything(data: Dataset, key: str) -> np.ndarray:
    return np.concatenate([part[key] for part in parts(data)])


def values(column: np.ndarray) -> list:
    if column.dtype == object:
        return [text.casefold() for text in column]
    return [row.tobytes() for row in column]


def test_list_of_sets_is_complete():
    assert set(COUNTS) == set(EMBEDDED)


@pytest.mark.parametrize("name", EMBEDDED)
def test_shape_of_result(name):
    data = load(name)
    assert data.name == name
    assert tuple(data.sheet.counts.values()) == COUNTS[name]
    assert data.sheet == load_sheet(name)
    shared = module.described(name)["shared"]
    for split, part in zip(SPLITS, parts(data), strict=True):
        assert set(part) == set(data.sheet.columns)
        for key, column in part.items():
            if key not in shared:
                assert len(column) == data.sheet.counts[split]
            said = data.sheet.columns[key]
            assert ("str" if column.dtype == object else str(column.dtype)) in said
            shape = re.search(r"\(([\w, ]+)\) \w+$", said)
            assert shape, said
            for size, word in zip(
                column.shape, re.findall(r"\w+", shape[1]), strict=True
            ):
                assert word in ("n", "k") or size == int(word)
    if "y" in data.train:
        y = data.train["y"]
        assert y.dtype == np.int32
        assert set(y) == set(range(len(data.classes)))
    assert data.sheet.flaws
    assert (module.FILES / data.sheet.licence_file).is_file()
    assert str(data.sheet).startswith(data.sheet.title)
    assert name in repr(data)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "twemoji", "digits"])
def test_images_are_from_zero_to_one(name):
    x = load(name).train["x"]
    assert x.dtype == np.float32
    assert x.ndim == 4
    assert x.min() == 0
    assert x.max() == 1


@pytest.mark.parametrize("name", KEY)
def test_splits_share_nothing(name):
    for key in KEY[name]:
        exact = key == "smiles"  # where c and C are different atoms
        columns = [
            set(part[key]) if exact else set(values(part[key]))
            for part in parts(load(name))
        ]
        for a, b in combinations(columns, 2):
            assert not a & b


@pytest.mark.parametrize("name", ["mnist", "twemoji", "glosses", "bbbp", "penguins"])
def test_splits_are_stratified_and_shuffled(name):
    data = load(name)
    shares = [np.bincount(p["y"]) / len(p["y"]) for p in parts(data)]
    np.testing.assert_allclose(shares[1], shares[0], atol=0.03)
    np.testing.assert_allclose(shares[2], shares[0], atol=0.03)
    y = data.train["y"].astype(float)
    assert abs(np.corrcoef(y[1:], y[:-1])[0, 1]) < 0.15  # sorted by class would be 1


def test_mnist_has_the_same_number_of_each_digit():
    for part, n in zip(parts(load("mnist")), (400, 50, 50), strict=True):
        assert np.bincount(part["y"]).tolist() == [n] * 10


def test_first_rows_never_change():
    """The split is written down; these change only if somebody changes the data."""
    assert load("mnist").train["y"][:8].tolist() == FIRST["mnist"]
    assert load("penguins").test["y"][:8].tolist() == FIRST["penguins"]
    assert load("cmudict").test["word"][:3].tolist() == FIRST["cmudict"]


def test_flaws_are_counted_right():
    def copies(name, key):
        column = values(everything(load(name), key))
        return len(column) - len(set(column))

    said = {name: " ".join(load_sheet(name).flaws) for name in EMBEDDED}
    assert copies("mnist", "x") == copies("fashion_mnist", "x") == 0
    assert copies("digits", "x") == 0
    assert f"{copies('twemoji', 'x')} images repeat" in said["twemoji"]
    assert f"{copies('glosses', 'text')} rows repeat the gloss" in said["glosses"]
    assert f"{copies('glosses', 'word')} repeat a word" in said["glosses"]
    assert f"{copies('examples', 'text')} sentences repeat" in said["examples"]
    letters = set("".join(everything(load("examples"), "text")))
    assert f"{len(letters)} different characters" in said["examples"]
    assert f"{copies('cmudict', 'word'):,} rows are a further" in said["cmudict"]
    assert copies("phrases", "en") == copies("phrases", "it") == 0
    bbbp, penguins = load("bbbp"), load("penguins")
    sizes = [int((~np.isnan(part["logbb"])).sum()) for part in parts(bbbp)]
    assert (
        f"{sum(sizes):,} molecules only ({'/'.join(map(str, sizes))})" in said["bbbp"]
    )
    measured = bbbp.complete("logbb").train
    np.testing.assert_array_equal(measured["logbb"] >= -1, measured["y"] == 1)
    assert np.isnan(penguins.train["x"]).all(1).sum() == 2
    assert not np.isnan(penguins.validation["x"]).any()
    assert not np.isnan(penguins.test["x"]).any()
    assert (everything(penguins, "sex") == "").sum() == 11
    near = nearest(load("twemoji"))
    assert f"{(near < 0.05).sum()} of the {len(near)} test images" in said["twemoji"]


def nearest(data: Dataset) -> np.ndarray:
    train = data.train["x"].reshape(len(data.train["x"]), -1)
    test = data.test["x"].reshape(len(data.test["x"]), -1)
    return np.array([np.abs(train - row).mean(1).min() for row in test])


def test_molecules_have_real_bonds():
    data = load("solubility")
    for part in parts(data):
        count = (part["atoms"] > 0).sum(1)
        real = part["orders"] > 0
        assert (part["bonds"].max(axis=(1, 2)) < count).all()
        assert (part["bonds"][real][:, 0] != part["bonds"][real][:, 1]).all()
        assert (part["bonds"][~real] == 0).all()
        assert (part["atoms"][:, 1:][part["atoms"][:, :-1] == 0] == 0).all()  # at end
        cuts = np.searchsorted([-3, -1], part["solubility"])
        np.testing.assert_array_equal(cuts, part["y"])
    benzene = int(np.flatnonzero(everything(data, "name") == "benzene")[0])
    assert np.bincount(everything(data, "atoms")[benzene], minlength=7)[6] == 6
    assert sorted(everything(data, "orders")[benzene][:6]) == [1, 1, 1, 2, 2, 2]


def test_counties_are_one_undirected_graph():
    data = load("counties")
    edges, x = data.train["edges"], data.train["x"]
    assert x is data.test["x"]
    assert edges is data.validation["edges"]
    assert np.isfinite(x).all()
    pairs = set(map(tuple, edges.T.tolist()))
    assert len(pairs) == edges.shape[1]
    assert pairs == {(j, i) for i, j in pairs}
    assert all(i != j for i, j in pairs)
    assert (np.diff(edges[0]) >= 0).all()
    index = everything(data, "index")
    assert len(index) == len(x) - 18
    assert not data.train["missing"][index].any()
    y = np.full(len(x), -1)
    y[index] = everything(data, "y")
    known = (y[edges] >= 0).all(0)
    agree = (y[edges[0]] == y[edges[1]])[known].mean()
    assert 0.78 <= agree <= 0.79
    autauga = int(np.flatnonzero(data.train["fips"] == "01001")[0])
    assert data.train["state"][autauga] == "AL"
    np.testing.assert_array_equal(everything(data, "unemployment") > 8.5, y[index] == 1)


def test_select_and_complete():
    data = load("twemoji").select("x", "y")
    assert list(data.train) == list(data.test) == ["x", "y"]
    with pytest.raises(ValueError, match="no column 'z'; it has x, y"):
        data.select("z")
    whole = load("penguins").complete("x")
    assert whole.sheet.counts == {"train": 240, "validation": 51, "test": 51}
    assert len(whole.train["sex"]) == 240
    with pytest.raises(ValueError, match="is a graph"):
        load("counties").complete("x")


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the data files that a test may damage."""
    monkeypatch.setattr(module, "FILES", tmp_path / "files")
    return shutil.copytree(module.__file__[:-11] + "files", tmp_path / "files")


@pytest.mark.parametrize("file", ["digits.npz", "digits.toml"])
@pytest.mark.parametrize("where", [0, -1, 500])
def test_one_wrong_bit_is_found(copy, file, where, monkeypatch):
    content = bytearray((copy / file).read_bytes())
    content[where] ^= 1
    (copy / file).write_bytes(content)
    monkeypatch.setattr(np, "load", lambda *a, **k: pytest.fail("parsed before check"))
    if file == "digits.npz":
        monkeypatch.setattr(module, "load_sheet", lambda name: None)
    with pytest.raises(OSError, match=f"{re.escape(file)} is corrupt") as error:
        load("digits")
    digests = re.findall(r"[0-9a-f]{64}", str(error.value))
    assert len(set(digests)) == 2  # expected and received
    assert digests[0] == module.digests()[file]
    assert "reinstall" in str(error.value)
    states = checksums()
    assert states.pop(file) == "corrupt"
    assert set(states.values()) == {"ok"}


def test_missing_and_cut_files(copy):
    (copy / "digits.npz").unlink()
    with pytest.raises(OSError, match=r"digits.npz is missing.*received no file"):
        load("digits")
    assert checksums()["digits.npz"] == "missing"
    short = (copy / "mnist.npz").read_bytes()[:1000]
    (copy / "mnist.npz").write_bytes(short)
    with pytest.raises(OSError, match=r"mnist.npz is corrupt"):
        load("mnist")
    assert load("penguins").train["x"].shape == (242, 4)


@pytest.mark.parametrize("text", ["", "nonsense", "ab  mnist.npz\n"])
def test_damaged_list_of_checksums(copy, text):
    (copy / "SHA256SUMS").write_text(text)
    with pytest.raises(OSError, match=r"SHA256SUMS.*reinstall"):
        load("digits")
    assert checksums() == {"SHA256SUMS": "corrupt"}
    (copy / "SHA256SUMS").unlink()
    with pytest.raises(OSError, match="missing or unreadable"):
        load("digits")
    assert checksums() == {"SHA256SUMS": "missing"}


def test_package_data_is_small_and_whole():
    files = [p for p in module.FILES.iterdir() if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 10e6
    assert max(p.stat().st_size for p in files) < 5e6
    assert set(checksums().values()) == {"ok"}
    assert len(checksums()) == 2 * len(EMBEDDED)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("minst", "Did you mean 'mnist'.*Embedded: mnist, .*cifar10"),
        ("Cora", "Did you mean 'counties'"),
        ("qqqq", r"unknown data set 'qqqq'\. Embedded"),
        ("", "unknown data set ''"),
    ],
)
def test_unknown_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        load(wrong)


def test_arguments_that_do_not_fit():
    with pytest.raises(ValueError, match="no fuller version of 'digits'"):
        load("digits", full=True)
    with pytest.raises(ValueError, match="is embedded and has no revision"):
        load("digits", revision="main")


def test_empty_split_and_label_out_of_range():
    sheet = load_sheet("digits")
    part = {"x": np.zeros((2, 1)), "y": np.array([0, 1], np.int32)}

    def made(**change) -> Dataset:
        own = {"train": part, "validation": part, "test": part} | change
        counts = {k: len(v["y"]) for k, v in own.items()}
        new = Datasheet(**(vars(sheet) | {"counts": counts}))
        return Dataset("made", **own, classes=("a", "b"), sheet=new)

    assert checked(made())
    none = {k: v[:0] for k, v in part.items()}
    with pytest.raises(ValueError, match="'validation' is empty"):
        checked(made(validation=none))
    for label, said in ((2, "0 to 2, expected 0 to 1"), (-1, "-1 to 0, expected")):
        bad = part | {"y": np.array([0, label], np.int32)}
        with pytest.raises(ValueError, match=f"'test': labels are {said}"):
            checked(made(test=bad))


def test_stream_of_an_embedded_set():
    data, batches = load("digits"), stream("digits", batch_size=256, seed=3)
    first, second = list(batches), list(batches)
    assert [len(b["y"]) for b in first] == [256] * 5 + [157]
    assert batches.classes == data.classes
    x = np.concatenate([b["x"] for b in first])
    assert sorted(values(x)) == sorted(values(data.train["x"]))
    assert not np.array_equal(first[0]["y"], second[0]["y"])
    for a, b in zip(second, batches.epoch(1), strict=True):
        np.testing.assert_array_equal(a["x"], b["x"])
    again = next(iter(stream("digits", batch_size=256, seed=3)))
    np.testing.assert_array_equal(again["x"], first[0]["x"])
    other = next(iter(stream("digits", batch_size=256, seed=4)))
    assert not np.array_equal(other["x"], first[0]["x"])
    plain = next(iter(stream("digits", "test", batch_size=9, seed=None)))
    np.testing.assert_array_equal(plain["x"], data.test["x"][:9])
    cut = stream("digits", batch_size=256, drop_last=True)
    assert [len(b["y"]) for b in cut] == [256] * 5


def test_stream_refuses():
    with pytest.raises(ValueError, match="batch_size and buffer of 1 or more, got 0"):
        stream("digits", batch_size=0)
    with pytest.raises(ValueError, match="unknown split 'valid'"):
        stream("digits", "valid", batch_size=1)
    with pytest.raises(ValueError, match="counties is one graph"):
        stream("counties", batch_size=1)
    with pytest.raises(ValueError, match="no batch of 5000"):
        list(stream("digits", batch_size=5000, drop_last=True))


def test_import_is_light():
    code = (
        "import sys, numpy, nnds.data as d; d.load('penguins'); "
        "print({'jax', 'datasets', 'huggingface_hub', 'pyarrow', 'pandas', 'PIL', "
        "'matplotlib', 'rich', 'typer'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "set()", out.stdout + out.stderr
