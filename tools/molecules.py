"""Read an SDF file (V2000) into padded arrays: a part of `build_data.py`."""

import gzip
import hashlib
import re
from pathlib import Path

import numpy as np

NUMBER = {"H": 1, "C": 6, "N": 7, "O": 8, "F": 9, "P": 15, "S": 16, "Cl": 17}
NUMBER |= {"Br": 35, "Sn": 50, "I": 53}


def read_sdf(path: Path) -> list[dict]:
    text = gzip.decompress(path.read_bytes()).decode().replace("\r\n", "\n")
    return [molecule(block) for block in text.split("$$$$\n")[:-1]]


def molecule(block: str) -> dict:
    """Read one record; columns as the V2000 format fixes them."""
    line = block.split("\n")
    n, m = int(line[3][:3]), int(line[3][3:6])
    atoms, bonds = line[4 : 4 + n], line[4 + n : 4 + n + m]
    charge = [0] * n
    for row in line[4 + n + m :]:
        if row.startswith("M  CHG"):
            pairs = list(map(int, row.split()[3:]))
            for atom, value in zip(pairs[::2], pairs[1::2], strict=True):
                charge[atom - 1] = value
    field = {k.lower(): v for k, v in re.findall(r">\s+<(\w+)>.*\n(.*)\n", block)}
    out = {
        "atoms": [NUMBER[a[31:34].strip()] for a in atoms],
        "xy": [[float(a[:10]), float(a[10:20])] for a in atoms],
        "charge": charge,
        "bonds": [[int(b[:3]) - 1, int(b[3:6]) - 1] for b in bonds],
        "orders": [int(b[6:9]) for b in bonds],
        "name": line[0],
        "smiles": field["smiles"],
        "y": np.int32("ABC".index(field["sol_classification"][1])),
        "solubility": np.float32(field["sol"]),
    }
    return out | {"graph": fingerprint(out)}


def fingerprint(mol: dict) -> str:
    """Equal for equal graphs, however atoms are numbered and double bonds are placed.

    Weisfeiler-Lehman refinement of (element, charge, sum of bond orders).
    """
    near = [[] for _ in mol["atoms"]]
    total = [0] * len(near)
    for (i, j), bond in zip(mol["bonds"], mol["orders"], strict=True):
        near[i].append(j)
        near[j].append(i)
        total[i] += bond
        total[j] += bond
    colour = [str(c) for c in zip(mol["atoms"], mol["charge"], total, strict=True)]
    for _ in colour:
        colour = [
            hashlib.md5(f"{c}{sorted(colour[j] for j in js)}".encode()).hexdigest()
            for c, js in zip(colour, near, strict=True)
        ]
    return str(sorted(colour))


def table(rows: list[dict]) -> dict:
    """Pad to the largest molecule: atom number 0 and bond order 0 mark the padding."""
    n, m = (max(len(r[k]) for r in rows) for k in ("atoms", "bonds"))
    size = {
        "atoms": (n,),
        "charge": (n,),
        "xy": (n, 2),
        "bonds": (m, 2),
        "orders": (m,),
    }
    columns: dict = {
        k: np.zeros((len(rows), *s), np.float32 if k == "xy" else np.int32)
        for k, s in size.items()
    }
    for i, row in enumerate(rows):
        for k in size:
            if row[k]:
                columns[k][i, : len(row[k])] = row[k]
    return (
        columns
        | {k: [r[k] for r in rows] for k in ("smiles", "name", "y")}
        | {"solubility": [r["solubility"] for r in rows]}
    )
