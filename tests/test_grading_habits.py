# ruff: noqa: E501 - a form of an answer is one line
"""What honest students do in a notebook: each must have all points.

One notebook holds an answer in every form, as an exercise of its own: a habit that
took the names of another with it would cost that one its points.
"""

import json
import random
from dataclasses import replace
from pathlib import Path
from types import FunctionType

import pytest
from adversarial.graded import private
from exercises.rooms import ROOMS
from rooms import ROOT, nb_release

from nnds.grading.folder.grade import Plan, grade
from nnds.grading.folder.listing import planned
from nnds.grading.isolate.remote import Evaluator
from nnds.grading.isolate.sandbox import Limits, best_tier
from nnds.grading.load import exercises

# Cells that define NAME, which is 2 x + 1; `|` parts the cells
FORMS = {
    "plain": "def NAME(x):\n    return 2 * x + 1",
    "jitted": "@jax.jit\ndef NAME_(x):\n    return 2 * x + 1|NAME = jax.jit(NAME_)",
    "lambda": "NAME = lambda x: 2 * x + 1",
    "partial": "def NAME_(a, x):\n    return a * x + 1\nNAME = partial(NAME_, 2)",
    "instance": "class C_NAME:\n    def __call__(self, x):\n        return 2 * x + 1\n\n"
    "NAME = C_NAME()",
    "method": "class M_NAME:\n    def go(self, x):\n        return 2 * x + 1\n\n"
    "NAME = M_NAME().go",
    "dataclass": "@dataclass\nclass D_NAME:\n    a: float = 2.0\n\n"
    "    def __call__(self, x):\n        return self.a * x + 1\n|NAME = D_NAME()",
    "under if": "if True:\n    def NAME(x):\n        return 2 * x + 1",
    "under try": "try:\n    import torch_of_mine\nexcept ImportError:\n    torch_of_mine = None"
    "|try:\n    def NAME(x):\n        return 2 * x + 1\nexcept ValueError:\n    pass",
    "with": "with jax.default_matmul_precision('float32'):\n    NAME = jax.jit(lambda x: 2 * x + 1)",
    "pair": "NAME, other_NAME = (lambda x: 2 * x + 1), None",
    "walrus": "print(NAME := lambda x: 2 * x + 1)",
    "annotated": "NAME: Callable = lambda x: 2 * x + 1",
    "my_": "def my_NAME(x):\n    return 2 * x + 1",
    "timed cell": "%%time\ndef NAME(x):\n    return 2 * x + 1",
    "captured cell": "%%capture out\n\ndef NAME(x):\n    return 2 * x + 1",
    "timed line": "%time two_NAME = 2|def NAME(x):\n    return two_NAME * x + 1",
    "beside magics": "%matplotlib inline\n!pip install -q torch\n?print\nprint?\n"
    "files = !ls\nwhere = %pwd\ndef NAME(x):\n    return 2 * x + 1\n%timeit -n1 NAME(1)",
    "constant": "import math\nTWO_NAME = math.ceil(1.5)|def NAME(x):\n    return TWO_NAME * x + 1",
    "alias of a type": "Row_NAME = Float[Array, 'n']|def NAME(x: Row_NAME) -> Row_NAME:\n"
    "    return 2 * x + 1",
    "quoted": "def NAME(x: 'Unknown') -> 'Never':\n    return 2 * x + 1",
    "table filled later": "T_NAME = {}|T_NAME['a'] = 2|L_NAME = []\nL_NAME.append(1)"
    "|def NAME(x):\n    return T_NAME['a'] * x + L_NAME[0]",
    "helper after": "def NAME(x):\n    return h_NAME(x)|def h_NAME(x):\n    return 2 * x + 1",
    "global": "def set_NAME():\n    global g_NAME\n    g_NAME = 2\nset_NAME()"
    "|def NAME(x):\n    return g_NAME * x + 1",
    "by exec": "exec('def NAME(x):\\n    return 2 * x + 1')",
    "by globals": "globals()['NAME'] = lambda x: 2 * x + 1",
    "loop": "for k_NAME in (1, 2):\n    def NAME(x, k=k_NAME):\n        return k * x + 1",
    "comprehension": "NAME = [lambda x, k=k: k * x + 1 for k in range(3)][2]",
    "wrong first": "def NAME(x):\n    return x|NAME(1)|def NAME(x):\n    return 2 * x + 1",
    "tabs and a comment": "# %% mine\ndef NAME(x):\n\treturn (\n\t\t2 * x\n\n\t\t+ 1\n\t)",
    "accents": "größe_NAME = 2|def NAME(x):\n    return größe_NAME * x + 1",
    "dedented": "    def NAME(x):\n        return 2 * x + 1",
    "carriage returns": "def NAME(x):\r\n    y = 2 * x\r\n    return y + 1",
    "awaited": "import asyncio\n\nasync def late_NAME():\n    return 2\n\n"
    "two_NAME = await late_NAME()|def NAME(x):\n    return two_NAME * x + 1",
    "pickled": "import copy, pickle\n\nclass P_NAME:\n    a = 2\n"
    "|p_NAME = pickle.loads(pickle.dumps(P_NAME()))|def NAME(x):\n    return p_NAME.a * x + 1",
}
HEAD = """from __future__ import annotations
import functools, sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
"""
CLUTTER = [  # which nobody needs, and some of which fails or takes for ever
    "import torch, tensorflow",
    "from google.colab import drive\ndrive.mount('/content/drive')",
    "from nnds.conv import conv2d, LeNet5\nimport nnds.plot",
    "%%bash\nrm -rf /nowhere; exit 1",
    "while True:\n    loss = 0",
    "import time\ntime.sleep(600)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "answer = input('continue?')",
    "raise KeyboardInterrupt",
    "1 / 0",
    "def broken(:",
    "",
    "# nothing but words",
    "import warnings\nwarnings.warn('careful')",
    "jax.config.update('jax_enable_x64', True)",
    "display(jnp.ones(3)); jnp.ones(3)",
    "import sys; sys.exit()",
    "from tqdm import tqdm\nfor step in tqdm(range(3)): pass",
    "!nvidia-smi",
    "%load_ext autoreload\n%autoreload 2",
]


def exercise(number: int):
    """Return the exercise `double` under another name."""
    double = private()["double"]
    spec = FunctionType(
        double.spec.__code__, double.spec.__globals__, f"double{number}"
    )
    spec.__annotations__, spec.__doc__ = (
        double.spec.__annotations__,
        double.spec.__doc__,
    )
    return replace(double, spec=spec)


def cells_of(number: int) -> list[str]:
    return [*FORMS.values()][number].replace("NAME", f"double{number}").split("|")


def notebook(path: Path, cells: list[str]) -> Path:
    code = [{"cell_type": "code", "source": c.splitlines(keepends=True)} for c in cells]
    path.write_text(json.dumps({"cells": code, "nbformat": 4}), encoding="utf-8")
    return path


EXERCISES = [exercise(i) for i, _ in enumerate(FORMS)]
UNREADABLE = ("by exec", "by globals")  # by reading alone


def lost(path: Path, numbers: list[int], cells: list[str]) -> list[str]:
    """Return the exercises that have not all points, and why."""
    # of the clutter, a few cells wait for all of what they may have
    limits = Limits(statement=0.5, wall=6.0)
    chosen = [EXERCISES[i] for i in numbers]
    plan = Plan(exercises=chosen, seed=3, tier=best_tier(), limits=limits)
    with Evaluator(plan.sandbox(1)) as evaluator:
        record = grade(notebook(path / "ann.ipynb", cells), plan, 0, evaluator)
    return [
        f"{report['exercise']}: {report['outcomes']} {record['problems']}"
        for report in record["exercises"]
        if report["earned"] < report["points"]
    ]


@pytest.mark.parametrize(
    "order", [pytest.param("as written", marks=pytest.mark.nightly), "shuffled"]
)
def test_each_habit_has_all_points(tmp_path: Path, order: str) -> None:
    """The second time, answers stand in another order, between other clutter."""
    numbers = [i for i, form in enumerate(FORMS) if form not in UNREADABLE]
    groups = [cells_of(i) for i in numbers]
    clutter = list(CLUTTER)
    if order == "shuffled":
        dice = random.Random(7)
        dice.shuffle(groups)
        dice.shuffle(clutter)
    cells = [HEAD]
    for i, group in enumerate(groups):
        cells += [*group, clutter[i % len(clutter)]]
    assert not lost(tmp_path, numbers, cells)


def test_where_reading_does_not_tell_all_of_it_is_run(tmp_path: Path) -> None:
    numbers = [i for i, form in enumerate(FORMS) if form in UNREADABLE]
    cells = [cell for i in numbers for cell in (*CLUTTER[:8], *cells_of(i))]
    assert not lost(tmp_path, numbers, [HEAD, *cells])


def test_what_ends_the_process_is_left_out_alone(tmp_path: Path) -> None:
    """It takes no name with it, of the same cell neither."""
    cells = [
        "import os\nTWO = 2\nTWO += os._exit(1)\nONE = 1",
        "import time, signal\nfor s in (signal.SIGALRM, signal.SIGPROF):\n"
        "    signal.signal(s, signal.SIG_IGN)\nONE += time.sleep(600)",
        "def double0(x):\n    return TWO * x + ONE",
    ]
    assert not lost(tmp_path, [0], cells)


@pytest.mark.parametrize(
    "room",
    [
        pytest.param(room, id=room.name, marks=[pytest.mark.nightly] if i % 4 else [])
        for i, room in enumerate(r for r in ROOMS if (r / "notebook.py").exists())
    ],
)
def test_the_notebook_with_its_solutions_has_all_points(tmp_path: Path, room) -> None:
    """It is what the best student hands in, experiments and plots included."""
    nb = nb_release.solution(room / "notebook.py", ROOT)
    path = notebook(
        tmp_path / "ann.ipynb", [c.source for c in nb.cells if c.cell_type == "code"]
    )
    known = exercises()
    plan = Plan(exercises=planned(known, path), seed=3, tier=best_tier())
    assert len({e.topic for e in plan.exercises}) == 1
    with Evaluator(plan.sandbox(1)) as evaluator:
        record = grade(path, plan, 0, evaluator)
    assert record["earned"] == record["points"], record
    assert not record["problems"]
