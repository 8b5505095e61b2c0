"""The cut into train, validation and test: per class, and by what the rows hold.

A row's place follows from a SHA-256 of its own content, so it does not depend on the
order of the rows, on a random generator or on the machine.
"""

import hashlib
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnds.data.dataset import SPLITS, Dataset, Split


def digest(*parts: object) -> str:
    """Return the SHA-256 of the parts, in hexadecimal."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


def components(*columns: Sequence) -> list[int]:
    """Return a group number for each row: rows that share a value share a group.

    They may do so in any of the columns, and by way of other rows.

    >>> components(["a", "b", "a", "c"], [1, 2, 3, 2])
    [0, 1, 0, 1]
    """
    parent = list(range(len(columns[0])))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for column in columns:
        first = {}
        for i, value in enumerate(column):
            parent[root(i)] = root(first.setdefault(value, i))
    return [root(i) for i in range(len(parent))]


def split(
    salt: str,
    content: Sequence,
    labels: Any,
    fractions: tuple[float, float],
    groups: Sequence | None = None,
) -> list[np.ndarray]:
    """Return the rows of train, validation and test, in a shuffled order.

    `fractions` are those of validation and of test, taken from each label alike. Rows
    of one group stay together, and its first decides where they go, by its `content`.
    """
    n = len(content)
    groups = range(n) if groups is None else groups
    members, of_class = defaultdict(list), defaultdict(list)
    for i, g in enumerate(groups):
        members[g].append(i)
    for g, rows in members.items():
        of_class[Counter(labels[i] for i in rows).most_common(1)[0][0]].append(g)
    parts = [], [], []
    before = 0
    for _, own in sorted(of_class.items()):
        own.sort(key=lambda g: digest(salt, content[members[g][0]]))
        after = before + sum(len(members[g]) for g in own)
        # of validation and of test; rounding the running sum makes the sizes exact
        want = [round(after * f) - round(before * f) for f in fractions]
        before, take = after, [0, 0]
        for g in own:
            to = next((k for k in (0, 1) if take[k] < want[k]), 2)
            if to < 2:
                take[to] += len(members[g])
            parts[(1, 2, 0)[to]].extend(members[g])
    return [order(salt, part) for part in parts]


def order(salt: str, rows: Sequence) -> np.ndarray:
    """Return the row numbers in a shuffled order that `salt` fixes."""
    return np.array(sorted(rows, key=lambda i: digest(salt, "order", i)), np.int64)


def fingerprints(columns: Split) -> list[str]:
    """Return for each row a digest of all that it holds."""
    n = len(next(iter(columns.values())))
    return [
        digest(*(_text(columns[key][i]) for key in sorted(columns))) for i in range(n)
    ]


def _text(value: object) -> str:
    is_array = isinstance(value, np.ndarray | np.generic)
    return value.tobytes().hex() if is_array else repr(value)


def warn_of_duplicates(data: Dataset) -> Dataset:
    """Return `data`; warn when equal rows lie in two splits, which flatters a score."""
    parts = [data.train, data.validation, data.test]
    rows = [fingerprints(part) for part in parts]
    known = [set(digests) for digests in rows]
    shared = []
    for later, earlier in ((1, 0), (2, 0), (2, 1)):
        count = sum(d in known[earlier] for d in rows[later])
        if count:
            some = f"{count} of {len(rows[later])} rows of {SPLITS[later]}"
            shared.append(f"{some} are also in {SPLITS[earlier]}")
    if shared:
        warnings.warn(
            f"{data.name}: {'; '.join(shared)}: a score on such rows says little about "
            "new examples; remove them",
            stacklevel=3,
        )
    return data
