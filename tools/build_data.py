"""Convert the source files of the embedded data sets and write `nnds/data/files`.

    python tools/build_data.py SOURCE [TARGET]
    python tools/build_data.py    (after editing a datasheet: new checksums only)

SOURCE is the folder with the files named in `BUILD` below; penguins and digits come
from the installed packages palmerpenguins and scikit-learn. Every row gets a place from
a SHA-256 of its own content, so the splits do not depend on a random generator. Rows
that share a group (the same image, the same word, ...) go to the same split.

In a file the rows are stored as train, validation, test, shuffled inside each; the
array `sizes` says where to cut. Texts are UTF-8 joined by newlines, under `key.txt`.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import numpy as np

from nnds.data import splits
from nnds.data.splits import components, order

TARGET = Path(__file__).parents[1] / "nnds" / "data" / "files"


def split(salt: str, content: list, labels, fractions, groups=None):
    """Cut the rows; of equal content, the row number decides too."""
    numbered = [f"{text}:{i}" for i, text in enumerate(content)]
    return splits.split(salt, numbered, labels, fractions, groups)


def save(target: Path, name: str, parts, columns: dict, shared: dict | None = None):
    """Write one file; the same input gives the same bytes (no dates inside)."""
    rows = np.concatenate(parts)
    arrays = {"sizes": np.array([len(p) for p in parts], np.int32)}
    for key, column in columns.items():
        arrays |= encode(key, [column[i] for i in rows])
    for key, column in (shared or {}).items():
        arrays |= encode(key, column)
    with zipfile.ZipFile(target / f"{name}.npz", "w") as archive:
        for key, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)
    print(name, arrays["sizes"].tolist())


def encode(key: str, column) -> dict[str, np.ndarray]:
    if not isinstance(column[0], str):
        return {key: np.asarray(column)}
    if any("\n" in text for text in column):
        raise ValueError(f"{key}: a text holds a newline, the separator of the file")
    return {f"{key}.txt": np.frombuffer("\n".join(column).encode(), np.uint8)}


def lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().rstrip("\n").split("\n")


def number(names: list[str]) -> list[np.int32]:
    classes = sorted(set(names))
    print("  classes", classes)
    return [np.int32(classes.index(name)) for name in names]


def mnist(source: Path, target: Path) -> None:
    data = np.load(source / "mnist5k.npz")
    x, y = data["image"][..., None], data["label"].astype(np.int32)
    parts = split("mnist", [i.tobytes().hex() for i in x], y, (0.1, 0.1))
    save(target, "mnist", parts, {"x": x, "y": y})


def fashion_mnist(source: Path, target: Path) -> None:
    data = np.load(source / "fashion_mnist7k.npz")
    x = np.concatenate([data["train_image"], data["t10k_image"]])[..., None]
    y = np.concatenate([data["train_label"], data["t10k_label"]]).astype(np.int32)
    content = [i.tobytes().hex() for i in x[:6000]]
    train, validation, _ = split("fashion_mnist", content, y[:6000], (1 / 6, 0))
    test = order("fashion_mnist", range(6000, 7000))
    save(target, "fashion_mnist", [train, validation, test], {"x": x, "y": y})


def twemoji(source: Path, target: Path) -> None:
    data = np.load(source / "twemoji32.npz")
    x, content = data["image"], [i.tobytes().hex() for i in data["image"]]
    y = number(data["category"].tolist())
    columns = {k: data[k].tolist() for k in ("caption", "subcategory", "codepoint")}
    parts = split("twemoji", content, y, (0.1, 0.1), components(content))
    save(target, "twemoji", parts, {"x": x, "y": y} | columns)


def phrases(source: Path, target: Path) -> None:
    rows = json.loads(gzip.decompress((source / "emoji_phrases.json.gz").read_bytes()))
    columns = {k: [row[k] for row in rows] for k in rows[0]}
    groups = components(*columns.values())
    parts = split("phrases", columns["en"], [0] * len(rows), (0.1, 0.1), groups)
    save(target, "phrases", parts, columns)


def glosses(source: Path, target: Path) -> None:
    rows = [r.split("\t") for r in lines(source / "wordnet_glosses.tsv.gz")[1:]]
    word, name, text = map(list, zip(*rows, strict=True))
    y = number([n.removeprefix("noun.") for n in name])
    groups = components([w.casefold() for w in word], [t.casefold() for t in text])
    parts = split("glosses", text, y, (0.1, 0.1), groups)
    save(target, "glosses", parts, {"word": word, "text": text, "y": y})


def examples(source: Path, target: Path) -> None:
    text = lines(source / "wordnet_examples.txt.gz")
    groups = components([t.casefold() for t in text])
    parts = split("examples", text, [0] * len(text), (0.05, 0.05), groups)
    save(target, "examples", parts, {"text": text})


def cmudict(source: Path, target: Path) -> None:
    rows = [r.split("#")[0].split() for r in lines(source / "cmudict.dict.gz")]
    word = [re.sub(r"\(\d+\)$", "", r[0]) for r in rows]  # a second reading is "a(2)"
    groups = components(word)
    parts = split("cmudict", word, [0] * len(word), (0.05, 0.05), groups)
    phonemes = [" ".join(r[1:]) for r in rows]
    save(target, "cmudict", parts, {"word": word, "phonemes": phonemes})


def flat(smiles: str) -> str:
    """Forget stereochemistry, so that mirror images fall into one group."""
    smiles = re.sub(r"[@/\\]", "", smiles)
    return re.sub(r"\[(Br|Cl|[BCNOPSFI])H?\d?\]", r"\1", smiles)


def bbbp(source: Path, target: Path) -> None:
    rows = [r.split("\t") for r in lines(source / "b3db.tsv.gz")[1:]]
    smiles = [r[0] for r in rows]
    y = [np.int32(r[1] == "BBB+") for r in rows]
    logbb = [np.float32(r[2] or "nan") for r in rows]
    groups = components([flat(s) for s in smiles])
    parts = split("bbbp", smiles, y, (0.1, 0.1), groups)
    save(target, "bbbp", parts, {"smiles": smiles, "y": y, "logbb": logbb})


def counties(source: Path, target: Path) -> None:
    data = np.load(source / "us_counties.npz")
    rate = data["unemployment_2009"]
    index = np.flatnonzero(~np.isnan(rate))
    force = np.log10(np.maximum(data["labour_force"], 1), dtype=np.float32)
    missing = np.isnan(rate)  # nan would spread to every neighbour of these nodes
    force[missing] = np.median(force[~missing])
    x = np.column_stack([data["centroid"], force]).astype(np.float32)
    edges = np.concatenate([data["edges"].T, data["edges"].T[::-1]], 1)
    edges = edges[:, np.lexsort((edges[1], edges[0]))].astype(np.int32)
    y = (rate[index] > np.nanmedian(rate)).astype(np.int32)
    parts = split("counties", data["fips"][index].tolist(), y, (0.2, 0.2))
    own = {"index": index.astype(np.int32), "y": y, "unemployment": rate[index]}
    names = {"fips": data["fips"].tolist(), "state": data["state"].tolist()}
    shared = {"x": x, "edges": edges, "missing": missing} | names
    save(target, "counties", parts, own, shared)


def penguins(source: Path, target: Path) -> None:
    path = files("palmerpenguins") / "data" / "penguins.csv"
    rows = list(csv.DictReader(path.read_text().splitlines()))
    keys = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    x = np.array([[r[k].replace("NA", "nan") for k in keys] for r in rows], np.float32)
    y = number([r["species"] for r in rows])
    columns = {
        "x": x,
        "y": y,
        "island": [r["island"] for r in rows],
        "sex": [r["sex"].replace("NA", "") for r in rows],
        "year": [np.int32(r["year"]) for r in rows],
    }
    empty = np.isnan(x).any(1)
    whole = np.flatnonzero(~empty)
    content = [str(sorted(rows[i].items())) for i in whole]
    parts = split("penguins", content, [y[i] for i in whole], (0.15, 0.15))
    parts = [whole[p] for p in parts]
    # the unmeasured penguins train, so that no score depends on how they are filled
    parts[0] = order("penguins", [*parts[0], *np.flatnonzero(empty)])
    save(target, "penguins", parts, columns)


def digits(source: Path, target: Path) -> None:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = np.reshape(x, (-1, 8, 8, 1)).astype(np.uint8)
    content = [i.tobytes().hex() for i in x]
    parts = split("digits", content, y, (0.1, 0.1), components(content))
    save(target, "digits", parts, {"x": x, "y": np.asarray(y, np.int32)})


def solubility(source: Path, target: Path) -> None:
    from molecules import read_sdf, table  # beside this file

    train = read_sdf(source / "solubility.train.sdf.gz")
    test = read_sdf(source / "solubility.test.sdf.gz")
    tested = {m["graph"] for m in test}
    clean = [m for m in train if m["graph"] not in tested]
    both = [m["name"] for m in train if m["graph"] in tested]
    print("  dropped from train, also in test:", both)
    rows = clean + test
    content, y = [m["smiles"] for m in clean], [m["y"] for m in clean]
    groups = components([m["graph"] for m in clean])
    parts = split("solubility", content, y, (0.15, 0), groups)
    parts[2] = order("solubility", range(len(clean), len(rows)))
    save(target, "solubility", parts, table(rows))


BUILD = {
    "mnist": mnist,  # mnist5k.npz
    "fashion_mnist": fashion_mnist,  # fashion_mnist7k.npz
    "twemoji": twemoji,  # twemoji32.npz
    "phrases": phrases,  # emoji_phrases.json.gz
    "glosses": glosses,  # wordnet_glosses.tsv.gz
    "examples": examples,  # wordnet_examples.txt.gz
    "cmudict": cmudict,  # cmudict.dict.gz
    "bbbp": bbbp,  # b3db.tsv.gz
    "solubility": solubility,  # solubility.train.sdf.gz, solubility.test.sdf.gz
    "counties": counties,  # us_counties.npz
    "penguins": penguins,  # the package palmerpenguins
    "digits": digits,  # the package scikit-learn
}


def checksums(target: Path) -> None:
    """Write the digests of every data file and datasheet, as `sha256sum` does."""
    paths = sorted(p for p in target.iterdir() if p.suffix in (".npz", ".toml"))
    text = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in paths]
    (target / "SHA256SUMS").write_bytes("".join(text).encode())


def main(source: str | None = None, target: str = str(TARGET)) -> None:
    if source is not None:
        for build in BUILD.values():
            build(Path(source), Path(target))
    checksums(Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
