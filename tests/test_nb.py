"""tools/nb.py: what students get holds no solution, is fresh, and runs as released.

A notebook runs once: see tools/runs.py.
"""

import importlib.util
import re
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"
sys.path.insert(0, str(TOOLS))
import nb_check  # noqa: E402
import nb_prose  # noqa: E402
import nb_release  # noqa: E402
import runs  # noqa: E402

SOURCE = r"""# %% [markdown]
# # Lecture 5: a test
#
# We compute $w^\top x$ and {braces} in `code`.

# %%
import numpy as np

from nnds import plot
from nnds.results import claim, value

# %% [markdown]
# ## Exercise 5.1

# %%
def check(function):
    try:
        return f"{function(2)} is right"
    except NotImplementedError:
        return "not implemented"

# %% tags=["exercise"]
def my_double(x):
    '''Return twice x.'''
    ### BEGIN SOLUTION
    secret = np.asarray(x) * 2
    return secret
    ### END SOLUTION


print(check(my_double))
### BEGIN HIDDEN TESTS
assert my_double(21) == 42
### END HIDDEN TESTS

# %%
### BEGIN HIDDEN TESTS
assert my_double(4) == 8
### END HIDDEN TESTS

# %%
for number in [3]:
    value("three", number)
    claim("Three is three", number == 3)

# %%
ax, alt = plot.curves({"train": [2.0, 1.0]})
plot.show(ax, alt, name="loss")

# %% [markdown] tags=["solution"]
# **Solution.** Because twice is the sum of the thing with itself.
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "notebooks").mkdir()
    project = '[project]\nversion = "1.2.3"\n'
    (tmp_path / "pyproject.toml").write_text(project)
    write(tmp_path, SOURCE)
    return tmp_path


def write(root: Path, text: str, stem: str = "05_test") -> Path:
    path = root / "lectures" / stem / "notebook.py"
    path.parent.mkdir(parents=True, exist_ok=True)
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
    for gone in ("secret", "42", "my_double(4)", "twice is the sum", "###"):
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
    full = nb_release.solution(root / "lectures" / "05_test" / "notebook.py", root)
    assert after < {cell.id for cell in full.cells}


def test_solution_keeps_everything_but_the_markers(root):
    nb = nb_release.solution(root / "lectures" / "05_test" / "notebook.py", root)
    text = "\n".join(cell.source for cell in nb.cells)
    assert "return secret" in text
    assert "assert my_double(21) == 42" in text
    assert "###" not in text


def test_check_passes_then_finds_stale_missing_and_orphan(root):
    assert nb_check.check(root) == ["05_test.ipynb: missing; run tools/nb.py release"]
    path = released(root)
    assert nb_check.check(root) == []
    path.write_text(path.read_text() + " ")
    assert nb_check.check(root) == ["05_test.ipynb: stale; run tools/nb.py release"]
    released(root).with_name("09_old.ipynb").write_bytes(path.read_bytes())
    assert any(
        "09_old.ipynb: has no lectures/09_old" in line for line in nb_check.check(root)
    )


LEAKS = {
    "a block pasted in another notebook": "    secret = np.asarray(x) * 2\n"
    "    return secret",
    "a hidden test": "assert my_double(21) == 42",
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
        (
            "### BEGIN HIDDEN TESTS\nassert my_double(4)",
            "assert my_double(4)",
            "no partner",
        ),
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
    assert command[-1] == "nnds==1.2.3"
    pins = Path(command[command.index("-c") + 1]).read_text().splitlines()
    assert f"jax=={jax.__version__}" in pins
    assert f"numpy=={np.__version__}" in pins
    assert [pin.split("==")[0] for pin in pins] == ["jax", "jaxlib", "numpy"]


NAMES = {
    "cell 5: redefines np": ("def my_double(x):", "np = 0\n\n\ndef my_double(x):"),
    "cell 7: reads my_double of an exercise": (
        "ax, alt =",
        "y = my_double(1)\nax, alt =",
    ),
}


@pytest.mark.parametrize("problem", NAMES)
def test_check_refuses_what_a_stub_would_break(root, problem):
    write(root, SOURCE.replace(*NAMES[problem]))
    nb_release.release(root)
    (line,) = nb_check.check(root)
    assert line.startswith(f"05_test, {problem}")


def test_check_lets_an_exercise_be_used_by_solved(root):
    used = "f = solved(my_double, otherwise=np.abs)\nax, alt ="
    write(root, SOURCE.replace("ax, alt =", used))
    nb_release.release(root)
    assert nb_check.check(root) == []


@pytest.mark.parametrize(
    ("prose", "typed"),
    [
        ("It is right in 97 % of the cases.", ["97"]),
        ("It is right in 97.5% of the cases, not 12 per cent.", ["97.5", "12"]),
        ("The accuracy falls from 0.976 to .68.", ["0.976", ".68"]),
        ("The rate is 0.1, and see section 5.2, image 28 by 28, 1,000 steps.", []),
        ("Maths $0.5x$ and `0.25` and [a link](http://x.org/0.75) are free.", []),
        ("A folded <details>answer: 0.9</details> is prose.", ["0.9"]),
    ],
)
def test_check_refuses_results_typed_in_prose(root, prose, typed):
    write(root, f"{SOURCE}\n# %%\nrate = 0.1\n\n# %% [markdown]\n# {prose}\n")
    nb_release.release(root)
    lines = nb_check.check(root)
    assert [line.split("the result ")[1].split()[0] for line in lines] == typed
    first = f"# %% [markdown]\n# # T\n#\n# {prose}\n\n# %%\nrate = 0.1\n"
    nb = nb_release.student(write(root, first), root)
    assert list(nb_prose.typed_results(nb)) == []  # before the first code cell


def test_the_key_of_a_run_follows_its_program_and_not_its_words(root):
    source = root / "lectures" / "05_test" / "notebook.py"
    first = runs.key(source, root)
    words = SOURCE.replace("We compute", "See").replace("Return twice x.", "Twice x.")
    assert runs.key(write(root, words), root) == first
    assert runs.key(write(root, SOURCE.replace("[2.0", "[3.0")), root) != first
    split = SOURCE.replace("\nplot.show", "\n# %%\nplot.show")
    assert runs.key(write(root, split), root) != first  # outputs of another cell


@pytest.mark.slow
def test_a_notebook_runs_once_and_again_when_its_program_changed(root):
    run = ("execute", "--root", root, "--no-network")
    done = tool(*run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.match(r"05_test: [\d.]+ s of processor.*, ok", done.stdout)
    assert tool(*run).stdout == "05_test: as kept, ok\n"
    assert "of processor" in tool(*run, "--anew", "5").stdout
    source = root / "lectures" / "05_test" / "notebook.py"
    shown = runs.shown(source, root)
    assert shown.figures["loss"].alt.startswith("Learning curves, loss over 2 epochs")
    assert shown.figures["loss"].svg.startswith("<?xml")
    assert (runs.place(source, root) / "loss.svg").read_text() == (
        shown.figures["loss"].svg
    )
    assert shown.values["three"].text == "3"
    assert [claim.sentence for claim in shown.claims] == ["Three is three"]
    write(root, SOURCE.replace("We compute", "Prose may change:"))
    nb = runs.notebook(source, root)
    assert "Prose may change" in nb.cells[0].source
    assert "4 is right" in str(nb.cells)
    write(root, SOURCE.replace("[2.0", "[3.0"))
    with pytest.raises(LookupError, match="no run of 05_test as it is now"):
        runs.notebook(source, root)
    assert "of processor" in tool(*run).stdout


@pytest.mark.slow
def test_a_false_claim_and_a_name_twice_fail_the_run(root):
    write(root, SOURCE.replace("number == 3", "number == 4"))
    done = tool("execute", "--root", root)
    assert done.returncode == 1
    assert "not so in this run: Three is three" in done.stdout
    assert "\x1b" not in done.stdout
    write(root, SOURCE.replace("in [3]", "in [3, 3]"))
    done = tool("execute", "--root", root)
    assert done.returncode == 1
    assert "two values of this notebook are named 'three'" in done.stdout


@pytest.mark.slow
def test_the_student_edition_runs_its_imports_and_exercises(root):
    heavy = SOURCE.replace("ax, alt =", "raise SystemError\nax, alt =")
    write(root, heavy)
    run = ("execute", "--root", root, "--student", "--no-network")
    done = tool(*run)
    assert done.returncode == 0, done.stdout + done.stderr
    nb = nbformat.read(root / "_build" / "student" / "05_test" / "notebook.ipynb", 4)
    assert "not implemented" in str([c.get("outputs") for c in nb.cells])
    whole = tool(*run, "--whole", "5")
    assert whole.returncode == 1
    assert "SystemError" in whole.stdout
    write(root, SOURCE.replace("print(check(my_double))", "np.abs(2)"))
    done = tool(*run)
    assert done.returncode == 1
    assert "no report of a stub as not implemented" in done.stdout


@pytest.mark.slow
def test_execute_reports_failures(root):
    """A raising cell, a blocked connection, and a notebook over its budget."""
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
    assert "over its budget of 0 s of processor" in done.stdout
    assert tool("execute", "77", "--root", root).returncode == 2
