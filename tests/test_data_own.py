"""Own data: the same type as any other set, and errors that say what to mend."""

import warnings

import numpy as np
import pytest
from PIL import Image

from nnds.data import Dataset, from_arrays, load, moments, standardise
from nnds.data.dataset import SPLITS

HELD_OUT = [8, 29, 42, 43, 44, 54, 62, 63, 69, 73, 90, 91, 97, 98, 108, 109, 110, 118]
ROWS = [(i, i % 7 + 0.5, ("cat", "dog", "owl")[i % 3], f"note {i}") for i in range(120)]


def write_csv(path, rows=ROWS, header="age,mass,species,note", separator=","):
    lines = [header.replace(",", separator)]
    lines += [separator.join(map(str, row)) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_image(path, seed=0, shape=(8, 6, 3)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels).save(path)


def write_photos(folder, count=40):
    for k in range(count):
        write_image(folder / ("cat", "dog")[k % 2] / f"{k}.png", k)
    return folder


def whole(data: Dataset, key: str) -> np.ndarray:
    return np.concatenate([getattr(data, split)[key] for split in SPLITS])


def test_a_table_becomes_a_data_set(tmp_path):
    data = load(write_csv(tmp_path / "pets.csv"), target="species")
    assert data.classes == ("cat", "dog", "owl")
    assert data.sheet.names == ("age", "mass")
    assert data.sheet.counts == {"train": 84, "validation": 18, "test": 18}
    assert data.train["x"].shape == (84, 2)
    assert data.train["x"].dtype == np.float32
    ages = whole(data, "x")[:, 0].astype(int)
    assert sorted(ages) == list(range(120))
    np.testing.assert_array_equal(whole(data, "y"), ages % 3)
    assert whole(data, "note").tolist() == [f"note {age}" for age in ages]
    for split in SPLITS:  # each class is cut alike
        assert len(set(np.bincount(getattr(data, split)["y"]))) == 1


def test_the_cut_does_not_depend_on_the_order_of_the_rows(tmp_path):
    one = load(write_csv(tmp_path / "a.csv"), target="species")
    other = load(write_csv(tmp_path / "b.csv", ROWS[::-1]), target="species")
    for split in SPLITS:
        ages = [set(getattr(d, split)["x"][:, 0].tolist()) for d in (one, other)]
        assert ages[0] == ages[1]
    assert sorted(one.test["x"][:, 0].astype(int).tolist()) == HELD_OUT


def test_nor_does_the_cut_of_groups(tmp_path):
    rows = [(i, 1.5, "ab"[i % 2], f"bird {i % 40}") for i in range(120)]
    held_out = []
    for k, some in enumerate((rows, rows[::-1])):
        path = write_csv(tmp_path / f"{k}.csv", some)
        held_out.append(set(load(path, target="species", groups="note").test["note"]))
    assert held_out[0] == held_out[1]


def test_equal_rows_and_groups_are_never_cut_apart(tmp_path):
    rows = [(i % 30, 1.5, "ab"[i % 2], f"bird {i % 15}") for i in range(120)]
    path = write_csv(tmp_path / "birds.csv", rows)
    data = load(path, target="species", features=["age", "mass"], groups="note")
    for key in ("note",):
        parts = [set(getattr(data, split)[key]) for split in SPLITS]
        assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
    data = load(path, target="species")
    parts = [set(getattr(data, split)["x"][:, 0]) for split in SPLITS]
    assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_and_the_mark_of_excel(tmp_path, separator):
    path = write_csv(tmp_path / "pets.csv", separator=separator)
    path.write_text("\ufeff" + path.read_text("utf-8"), encoding="utf-8")
    assert load(path, target="species").sheet.names == ("age", "mass")


def test_targets_are_words_class_numbers_or_quantities(tmp_path):
    path = write_csv(tmp_path / "pets.csv")
    assert load(path, target="age").train["y"].dtype == np.float32
    assert load(path, target="age").sheet.task == "regression"
    rows = [(i, i * 0.25, i % 3, "x") for i in range(60)]
    coded = load(write_csv(tmp_path / "coded.csv", rows), target="species")
    assert coded.classes == ("0", "1", "2")
    assert coded.train["y"].dtype == np.int32


def damaged(row, column, cell):
    rows = [list(r) for r in ROWS]
    rows[row][column] = cell
    return rows


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (ROWS, {}, "which column of .* is to be predicted: target="),
        (ROWS, {"target": "kind"}, "no column 'kind'; it has age, mass, species, note"),
        (ROWS, {"target": "species", "features": ["weight"]}, "no column 'weight'"),
        (ROWS, {"target": "species", "groups": "nest"}, "no column 'nest'"),
        (ROWS, {"target": "species", "features": ["note"]}, "120 cells are text"),
        (damaged(16, 1, "heavy"), {"target": "species"}, "'mass'.*'heavy' in row 17"),
        (damaged(16, 1, "NaN"), {"target": "species"}, r"empty or nan.*rows \[17\]"),
        (damaged(16, 1, ""), {"target": "species"}, r"empty or nan.*rows \[17\]"),
        (damaged(16, 1, "inf"), {"target": "species"}, "row 17 is not a finite"),
        (damaged(16, 2, ""), {"target": "species"}, r"missing in 1 rows.*\[17\]"),
        (damaged(16, 2, "a,b"), {"target": "species"}, "row 17: expected 4 cells"),
        (ROWS[:4], {"target": "species"}, "4 rows in 4 groups cannot be cut"),
        ([], {"target": "species"}, "expected a header and rows"),
        (ROWS, {"target": "species", "size": (8, 8)}, "size= has no meaning"),
        (ROWS, {"target": "species", "full": True}, "full=.* no meaning"),
    ],
)
def test_a_bad_table_is_refused_with_what_to_mend(tmp_path, rows, options, message):
    path = write_csv(tmp_path / "pets.csv", rows)
    with pytest.raises(ValueError, match=message):
        load(path, **options)


def test_files_that_are_no_table(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*none.csv"):
        load(tmp_path / "none.csv", target="y")
    latin = tmp_path / "latin.csv"
    latin.write_bytes("name,y\nJosé,1\n".encode("latin-1"))
    with pytest.raises(ValueError, match="not UTF-8 text"):
        load(latin, target="y")
    twice = write_csv(tmp_path / "twice.csv", header="a,b,b,c")
    with pytest.raises(ValueError, match="columns of the same name: b"):
        load(twice, target="b")
    words = write_csv(tmp_path / "w.csv", [("a", "b")] * 20, "one,two")
    with pytest.raises(ValueError, match="no column of numbers"):
        load(words, target="two")
    with pytest.raises(ValueError, match="target= has no meaning for 'mnist'"):
        load("mnist", target="y")


def test_photos_become_a_data_set(tmp_path):
    data = load(write_photos(tmp_path / "pets"))
    assert data.classes == ("cat", "dog")
    assert data.train["x"].shape == (28, 8, 6, 3)
    assert data.train["x"].dtype == np.float32
    assert 0.9 < data.train["x"].max() <= 1
    assert data.sheet.counts == {"train": 28, "validation": 6, "test": 6}
    first = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    pixels, y = whole(data, "x"), whole(data, "y")
    place = [i for i, p in enumerate(pixels) if np.array_equal(p * 255, first)]
    assert len(place) == 1
    assert y[place[0]] == 0
    resized = load(tmp_path / "pets", size=(4, 5))
    assert resized.train["x"].shape[1:] == (4, 5, 3)


def test_grey_photos_have_one_channel(tmp_path):
    for k in range(20):
        write_image(tmp_path / "ab"[k % 2] / f"{k}.png", k, (5, 5))
    assert load(tmp_path).train["x"].shape[1:] == (5, 5, 1)


def test_photos_in_splits_stay_there_and_duplicates_are_a_warning(tmp_path):
    for k, split in enumerate(("train", "val", "test")):
        for j in range(4):
            write_image(tmp_path / split / "ab"[j % 2] / f"{j}.png", 10 * k + j)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = load(tmp_path)
    assert data.sheet.counts == {"train": 4, "validation": 4, "test": 4}
    write_image(tmp_path / "test" / "a" / "again.png", 0)
    with pytest.warns(UserWarning, match="1 of 5 rows of test are also in train"):
        load(tmp_path)


def unreadable(folder):
    for k in range(12):
        (folder / "cat" / f"bad{k:02}.png").write_bytes(b"no image")


def flat(folder):
    write_image(folder / "loose.png")


def another_size(folder):
    write_image(folder / "cat" / "big.png", shape=(9, 6, 3))


def another_mode(folder):
    write_image(folder / "cat" / "grey.png", shape=(8, 6))


def deep(folder):
    pixels = np.zeros((8, 6), np.uint16)
    Image.fromarray(pixels).save(folder / "cat" / "deep.png")


def no_test(folder):
    write_image(folder / "train" / "cat" / "1.png")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (unreadable, r"(?s)12 of 52 images cannot be read.*cat/bad09.*and 2 more"),
        (flat, "1 images in no class folder, such as loose.png"),
        (another_size, r"1 are 9x6 RGB \(such as cat/big.png\); pass size="),
        (another_mode, r"1 are 8x6 L \(such as cat/grey.png\); convert them"),
        (deep, "cat/deep.png: mode I;16 is not among"),
        (no_test, "expected validation and test beside it"),
    ],
)
def test_a_bad_folder_is_refused_with_what_to_mend(tmp_path, damage, message):
    folder = write_photos(tmp_path / "pets")
    damage(folder)
    with pytest.raises(ValueError, match=message):
        load(folder)


def test_a_class_that_is_not_in_train(tmp_path):
    for split, kind in (("train", "a"), ("val", "a"), ("test", "b")):
        write_image(tmp_path / split / kind / "1.png", ord(kind))
    with pytest.raises(ValueError, match=r"classes \['b'\] are not in train"):
        load(tmp_path)


def test_arrays_become_a_data_set():
    x = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 1), np.uint8)
    data = from_arrays(x, np.array(["no", "yes"] * 25), name="mine")
    assert data.classes == ("no", "yes")
    assert data.train["x"].max() <= 1
    assert "mine" in repr(data)
    with pytest.raises(ValueError, match="no column 'z'"):
        data.select("z")


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (np.zeros((9, 2)), np.zeros(8), {}, r"expected y of shape \(9,\)"),
        (np.zeros(9), np.zeros(9), {}, "expected numbers of shape"),
        (np.array([["a"]] * 9), np.zeros(9), {}, "expected numbers of shape"),
        (np.full((9, 1), np.nan), np.zeros(9), {}, r"9 rows hold nan.*\[0, 1, 2"),
        (np.zeros((9, 1)), np.full(9, np.inf), {}, "y is nan or infinite in 9 rows"),
        (np.zeros((9, 2)), np.zeros(9), {"names": ("a",)}, "2 columns, but 1 names"),
        (np.eye(9), np.arange(9) - 1, {}, "labels are -1"),
        (np.eye(20), np.arange(20), {"classes": ("a",)}, "expected 0 to 0"),
        (
            np.eye(9),
            np.array(["a"] * 9),
            {"classes": ("b",)},
            r"\['a'\], which are not",
        ),
        (np.eye(9), np.zeros(9), {"groups": [1]}, "groups has 1 entries"),
        (np.ones((99, 2)), np.zeros(99), {}, "99 rows in 1 groups cannot be cut"),
    ],
)
def test_bad_arrays_are_refused(x, y, options, message):
    with pytest.raises(ValueError, match=message):
        from_arrays(x, y, **options)


def test_the_datasheet_says_what_is_unknown_until_it_is_filled_in():
    data = from_arrays(np.eye(30), np.arange(30) % 3)
    assert "licence: unknown: fill in" in str(data.sheet)
    full = data.with_sheet(
        source="my garden",
        licence="CC0 1.0",
        citation="none",
        flaws=(),
        columns={"x": "size (mm)", "y": "species"},
    )
    assert "unknown" not in str(full.sheet)
    assert "source: my garden" in str(full.sheet)
    with pytest.raises(ValueError, match="no column 'z'"):
        data.with_sheet(columns={"z": "?"})


def test_standardisation_looks_at_train_alone():
    x = np.random.default_rng(0).normal(5, 3, (100, 3)).astype(np.float32)
    data = from_arrays(x, x[:, 0])
    mean, deviation = moments(data.train["x"])
    scaled = standardise(data)
    np.testing.assert_allclose(scaled.train["x"].mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.train["x"].std(0), 1, atol=1e-5)
    expected = (data.test["x"] - mean) / deviation
    np.testing.assert_array_equal(scaled.test["x"], expected)
    assert abs(scaled.test["x"].mean(0)).max() > 0.01  # test has a mean of its own


def test_standardisation_of_what_it_cannot_scale():
    data = from_arrays(np.eye(30), np.arange(30) % 3)
    with pytest.raises(ValueError, match="expected real numbers in 'y'"):
        standardise(data, "y")
    mean, deviation = moments(np.array([[np.nan, 2.0], [1.0, 2.0]]))
    np.testing.assert_array_equal(mean, [1, 2])
    np.testing.assert_array_equal(deviation, [1, 1])
