"""Hostile files that cannot lie in a repository: too large, or no regular files."""

import os
import zipfile
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from nnds.checks.engine import run
from nnds.checks.form import Exercise
from nnds.grading.inprocess import InProcess

RIGHT = """def double(x):
    return 2 * x + 1


def area(width, height):
    return width * height
"""


def odd_files(folder: Path) -> None:
    """Write what cannot be read, or must not."""
    with (folder / "huge.ipynb").open("wb") as file:
        file.truncate(500 << 20)
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "answer.py").write_text(RIGHT)
    (folder / "link.py").symlink_to(outside / "answer.py")
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    (folder / "bytes.py").write_bytes(b"\xff\xfe\x00")
    (folder / "nul.py").write_bytes(RIGHT.encode() + b"\0")
    (folder / "nested.ipynb").write_text("[" * 100_000)
    (folder / "deep.py").write_text("x = " + "-" * 100_000 + "1\n")
    (folder / "list.ipynb").write_text("[1]")
    (folder / "cut.ipynb").write_text('{"cells": [')
    (folder / "cells.ipynb").write_text('{"cells": [' + "{}," * 5000 + "{}]}")
    with zipfile.ZipFile(folder / "slip.zip", "w") as archive:
        archive.writestr("../../nnds-was-here", "x")
        archive.writestr("answer.py", RIGHT)


def hard_coded(exercise: Exercise) -> str:
    """Return a submission with the answers to the public inputs, those of seed 0."""
    known = {}

    def answered(x):
        out = exercise.spec(np.asarray(x))
        known[tuple(x.tolist())] = out.tolist()
        return jnp.asarray(out, jnp.float32)

    run(exercise, InProcess(answered), seed=0)
    body = RIGHT.replace("2 * x + 1", "jnp.array(KNOWN[tuple(x.tolist())])")
    return f"import jax.numpy as jnp\n\nKNOWN = {known!r}\n\n\n{body}"
