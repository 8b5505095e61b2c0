"""tools/nb.py: what students get holds no solution, is fresh, and runs as released."""

import importlib.util
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"
sys.path.insert(0, str(TOOLS))
import nb_check  # noqa: E402
import nb_release  # noqa: E402

SOURCE = r"""# %% [markdown]
# # Lecture 5: a test
#
# We compute $w^\top x$ and {braces} in `code`.

# %%
import numpy as np

from nnds import plot

# %% [markdown]
# ## Exercise 5.1

# %% tags=["exercise"]
def double(x):
    '''Return twice x.'''
    ### BEGIN SOLUTION
    secret = np.asarray(x) * 2
    return secret
    ### END SOLUTION


# %%
try:
    print("double(2) =", double(2))
except NotImplementedError as error:
    print("report:", error)
### BEGIN HIDDEN TESTS
assert double(21) == 42
### END HIDDEN TESTS

# %%
### BEGIN HIDDEN TESTS
assert double(4) == 8
### END HIDDEN TESTS

# %%
ax, alt = plot.curves({"train": [2.0, 1.0]})
plot.show(ax, alt)

# %% [markdown] tags=["solution"]
# **Solution.** Because twice is the sum of the thing with itself.
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "notebooks" / "src").mkdir(parents=True)
    project = '[project.urls]\nRepository = "https://example.org/course"\n'
    (tmp_path / "pyproject.toml").write_text(project)
    write(tmp_path, SOURCE)
    return tmp_path


def write(root: Path, text: str, stem: str = "05_test") -> Path:
    path = root / "notebooks" / "src" / f"{stem}.py"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def released(root: Path, stem: str = "05_test") -> Path:
    nb_release.release(root)
    return root / "notebooks" / f"{stem}.ipynb"


def tool(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOLS / "nb.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_release_strips_solutions_and_hidden_tests(root):
    nb = nbformat.read(released(root), 4)
    text = "\n".join(cell.source for cell in nb.cells)
    for gone in ("secret", "42", "double(4)", "twice is the sum", "###"):
        assert gone not in text
    assert 'raise NotImplementedError("your code goes here")' in text
    assert "Return twice x." in text
    assert [c.metadata.get("tags") for c in nb.cells[:2]] == [None, ["setup"]]
    assert all(not c.outputs for c in nb.cells if c.cell_type == "code")
    assert all(cell.source for cell in nb.cells)
    nbformat.validate(nb)


def test_release_is_deterministic_with_stable_ids(root):
    path = released(root)
    first = path.read_bytes()
    assert b"\r" not in first
    assert released(root).read_bytes() == first
    before = {cell.id for cell in nbformat.read(path, 4).cells}
    assert "exercise-double" in before
    write(
        root,
        SOURCE.replace("# ## Exercise", "# New.\n\n# %% [markdown]\n# ## Exercise"),
    )
    after = {cell.id for cell in nbformat.read(released(root), 4).cells}
    assert before < after
    full = nb_release.solution(root / "notebooks" / "src" / "05_test.py", root)
    assert after < {cell.id for cell in full.cells}


def test_solution_keeps_everything_but_the_markers(root):
    nb = nb_release.solution(root / "notebooks" / "src" / "05_test.py", root)
    text = "\n".join(cell.source for cell in nb.cells)
    assert "return secret" in text
    assert "assert double(21) == 42" in text
    assert "###" not in text


def test_check_passes_then_finds_stale_missing_and_orphan(root):
    assert nb_check.check(root) == ["05_test.ipynb: missing; run tools/nb.py release"]
    path = released(root)
    assert nb_check.check(root) == []
    path.write_text(path.read_text() + " ")
    assert nb_check.check(root) == ["05_test.ipynb: stale; run tools/nb.py release"]
    released(root).with_name("09_old.ipynb").write_bytes(path.read_bytes())
    assert any("09_old.ipynb: has no source" in line for line in nb_check.check(root))


LEAKS = {
    "a block pasted in another notebook": "    secret = np.asarray(x) * 2\n"
    "    return secret",
    "a hidden test": "assert double(21) == 42",
}


@pytest.mark.parametrize("what", LEAKS)
def test_check_finds_a_leak_in_another_notebook(root, what):
    source = f"# %% [markdown]\n# # Other\n\n# %%\ndef f(x):\n    pass\n{LEAKS[what]}\n"
    write(root, source, "06_other")
    nb_release.release(root)
    wrong = nb_check.check(root)
    assert len(wrong) == 1
    assert "06_other.ipynb: shows a solution of 05_test" in wrong[0]


def test_check_finds_one_leaked_line_and_a_leaked_output(root):
    path = released(root)
    for cell_type in ("code", "markdown"):
        nb = nbformat.read(path, 4)
        cell = next(c for c in nb.cells[2:] if c.cell_type == cell_type)
        cell.source += "\n# %timeit\nsecret = np.asarray(x) * 2"
        path.write_bytes(nb_release.dump(nb))
        assert any("secret = np" in line for line in nb_check.check(root))
        released(root)
    nb = nbformat.read(path, 4)
    code = next(c for c in nb.cells if c.cell_type == "code")
    text = "secret = np.asarray(x) * 2\nreturn secret\n"
    code.outputs = [nbformat.v4.new_output("stream", text=text)]
    path.write_bytes(nb_release.dump(nb))
    assert any("shows a solution" in line for line in nb_check.check(root))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    ### END SOLUTION\n", "", "marker has no partner"),
        ("### BEGIN HIDDEN TESTS\nassert double(4)", "assert double(4)", "no partner"),
        ("    ### BEGIN SOLUTION", "### BEGIN SOLUTION", "inside a function"),
    ],
)
def test_wrong_markers_are_refused(root, old, new, message):
    path = write(root, SOURCE.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        nb_release.student(path, root)
    assert any(message in line for line in nb_check.check(root))


@pytest.mark.parametrize(
    "text",
    [
        "See {eq}`loss`.",
        "$$ x $$ (eq-loss)",
        ":::{note}\nHello\n:::",
        "```{figure} a.png\n```",
        "(target)=",
        r"Maths \(x\).",
        r"$$ x \label{a} $$",
    ],
)
def test_check_refuses_what_colab_shows_raw(root, text):
    prose = "\n".join(f"# {line}" for line in text.splitlines())
    write(root, SOURCE + f"\n# %% [markdown]\n{prose}\n")
    nb_release.release(root)
    assert len(nb_check.check(root)) == 1


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("plot.confusion(m, c)", True),
        ("ax, alt = plot.images(x)\nprint(alt)", True),
        ("plt.plot(x)\nplt.show()", True),
        ("%matplotlib inline\nplt.plot(x)", True),
        ("for x in y:\n    plot.show(*plot.images(x))", False),
        ("from nnds.plot import images, show\nshow(*images(x))", False),
        ("def f(x):\n    plot.show(*plot.images(x))", False),
        ("x = 1", False),
    ],
)
def test_figures_need_an_alt(code, wrong):
    cell = nbformat.v4.new_code_cell(code)
    assert nb_check.figure_without_alt(cell) == wrong
    alt = "Two curves that cross at epoch three."
    cell.metadata["mystnb"] = {"image": {"alt": alt}}
    assert not nb_check.figure_without_alt(cell)
    cell.metadata["mystnb"] = {"image": {"alt": "the file in figure.png"}}
    assert nb_check.figure_without_alt(cell) == wrong


def setup_cell(root: Path) -> str:
    return nbformat.read(released(root), 4).cells[1].source


def test_setup_does_nothing_where_nnds_is(root, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("installs"))
    exec(setup_cell(root), {})


def test_setup_keeps_the_installed_jax_and_numpy(root, monkeypatch):
    """Where nnds is missing, pip is told to leave the present versions alone."""
    import jax
    import numpy as np

    calls = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    fake = types.SimpleNamespace(run=lambda *a, **k: calls.append((a, k)))
    monkeypatch.setitem(sys.modules, "subprocess", fake)
    exec(setup_cell(root), {})
    (((command,), options),) = calls
    assert options == {"check": True}
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert command[-1] == "nnds @ git+https://example.org/course"
    pins = Path(command[command.index("-c") + 1]).read_text().splitlines()
    assert f"jax=={jax.__version__}" in pins
    assert f"numpy=={np.__version__}" in pins
    assert [pin.split("==")[0] for pin in pins] == ["jax", "jaxlib", "numpy"]


@pytest.mark.slow
def test_execute_both_editions_without_network(root):
    for option, shown in (("--student", "report: your code"), ("--jobs=1", "= 4")):
        done = tool(
            "execute", "--root", root, option, "--no-network", "--out", root / "o"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "05_test:" in done.stdout
        nb = nbformat.read(root / "o" / "05_test.ipynb", 4)
        assert shown in "".join(str(c.get("outputs")) for c in nb.cells)
        (figure,) = (c for c in nb.cells if "image" in c.metadata.get("mystnb", {}))
        alt = figure.metadata["mystnb"]["image"]["alt"]
        assert (
            alt
            == "Learning curves, loss over 2 epochs: train goes from 2 to 1. "
            + ("The best train loss is 1, at epoch 2.")
        )


@pytest.mark.slow
def test_execute_reports_failures(root):
    """A raising cell, a blocked connection, and a notebook over its time."""
    write(root, "# %% [markdown]\n# # R\n\n# %%\nx = 1\ny = x / 0\n", "01_raises")
    write(
        root,
        "# %% [markdown]\n# # N\n\n# %%\nimport urllib.request\n"
        'urllib.request.urlopen("http://example.org", timeout=3)\n',
        "02_net",
    )
    done = tool("execute", "--root", root, "--no-network", "--budget", "0.1", "-j", "3")
    assert done.returncode == 1
    assert "cell 2 failed\nx = 1\ny = x / 0" in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert "network blocked: socket.getaddrinfo to example.org" in done.stdout
    assert "over its budget of 0 s" in done.stdout
    assert (root / "_build" / "executed" / "01_raises.ipynb").exists()
    assert tool("execute", "77", "--root", root).returncode == 2
