"""The engine and its reports: what a student sees, and that it is right."""

import json
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Float

from nnds.activations import sigmoid
from nnds.checks.compare import difference, show
from nnds.checks.draw import draw, rounds
from nnds.checks.engine import run
from nnds.checks.equations import permutation_equivariant, shift_invariant
from nnds.checks.form import Check, Exercise, Mistake
from nnds.checks.laws import causal, masked_row, values
from nnds.checks.report import COLOURS, GREY
from nnds.checks.structure import own_work, program_values
from nnds.grading import check
from nnds.grading.inprocess import InProcess
from nnds.grading.load import exercise as find
from nnds.grading.load import exercises


def swish(x, beta):
    return x * jax.nn.sigmoid(beta * x)


def double(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """Return 2x."""
    return 2 * x


def exercise_of(*laws, spec=double, **options) -> Exercise:
    checks = tuple(Check(law, 2, "Think.", "1.1") for law in laws)
    return Exercise(spec=spec, checks=checks, **options)


def report_on(function, *laws, **options):
    return run(exercise_of(*laws, **options), InProcess(function), hidden=True)


def test_a_right_function_has_all_points() -> None:
    report = check(swish)
    assert report.passed
    assert report.earned == report.points == find("swish").points


def test_my_before_a_name_is_dropped() -> None:
    def my_swish(x, beta):
        return swish(x, beta)

    assert check(my_swish).exercise == "swish"
    assert check(my_swish, "my_swish").exercise == "swish"


def test_the_smallest_failing_input_is_shown() -> None:
    report = report_on(lambda x: x.at[2:, 3:].set(0) + x, values())
    found = report.outcomes[0].finding
    assert found is not None
    assert found.inputs["x"].count("[") == 1 + 3  # 3 by 4: the first that has [2, 3]
    assert "at [2, 3]" in found.problem


def test_wrong_shape_dtype_and_nan_are_told_apart() -> None:
    one = np.ones((2, 3), np.float32)
    assert "has shape (2, 1), expected (2, 3)" in str(
        difference([one[:, :1]], [one], 0.1)
    )
    assert "float64" in str(difference([one.astype(np.float64)], [one], 0.1))
    assert "integers" in str(difference([one.astype(np.int32)], [one], 0.1))
    bad = one.copy()
    bad[1, 2] = np.nan
    assert "nan at [1, 2], and 1 of 6" in str(difference([bad], [one], 0.1))
    bad = one.copy()
    bad[0, 1] = 2
    assert "is 2 at [0, 1], expected 1; 1 of 6" in str(difference([bad], [one], 0.1))
    assert difference([one], [one.astype(np.float64)], 0.1) is None
    assert difference([bad], [one], 0.1) is not None
    assert "is 2 arrays, expected one array" in str(difference([one, one], [one], 0.1))


def test_infinities_must_agree() -> None:
    high = np.float32([np.inf])
    assert difference([high], [high], 1e-4) is None
    assert difference([-high], [high], 1e-4) is not None
    assert difference([np.float32([1])], [high], 1e-4) is not None


def test_a_wrong_function_never_raises() -> None:
    def fails(x):
        raise RuntimeError("<b>no</b>")

    def leaves(x):
        sys.exit(3)

    for function in (fails, leaves, lambda: 1, lambda x: "text", lambda x: None):
        report = report_on(function, values(), program_values())
        assert report.earned == 0
        assert [o.status for o in report.outcomes] == ["failed", "not tried"], report


def test_html_is_escaped_and_does_not_speak_by_colour() -> None:
    def fails(x):
        raise RuntimeError("<script>alert(1)</script>")

    page = report_on(fails, values())._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "FAILED" in page
    assert 'scope="col"' in page
    assert "<caption" in page


def test_html_puts_reasons_beside_their_check() -> None:
    report = report_on(lambda x: x, values(), permutation_equivariant({"x": (0,)}))
    page = report._repr_html_()
    first, second = page.split("<tr>")[2:4]
    assert "values" in first
    assert "expected" in first
    assert "hint: Think." in first
    assert "counts once the values are right" in second
    assert "float32" not in page  # a dtype is said where it is wrong
    assert page.count("color:#fff") == 2  # white on a colour of its own: any theme
    for colour in (*COLOURS.values(), GREY):
        assert contrast(colour) >= 4.5, colour


def contrast(colour: str) -> float:
    """Return how white stands out on a colour, as WCAG 2 counts it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_a_stub_takes_one_line() -> None:
    def my_conv2d(x, k):
        raise NotImplementedError("your code goes here")

    report = check(my_conv2d)
    assert repr(report) == "conv2d (conv): not implemented (15 minutes, 12 points)"
    assert "<table" not in report._repr_html_()


def test_smaller_numbers_are_drawn_by_a_rule_of_their_own() -> None:
    def area(width: int, height: int) -> int:
        """Return width times height."""
        return width * height

    rule = {"width": lambda g, s: int(g.integers(2, 99))}
    rule["height"] = rule["width"]
    report = report_on(lambda w, h: w + h, values(), spec=area, given=rule)
    finding = report.outcomes[0].finding
    assert finding is not None
    assert sum(int(v) for v in finding.inputs.values()) < 60, finding.inputs


def test_a_mistake_is_named_on_all_inputs_or_not_at_all() -> None:
    named = Mistake("You tripled it.", lambda x: 3 * x)
    other = Mistake("You squared it.", lambda x: x**2)
    options = {"mistakes": (other, named)}
    assert report_on(lambda x: 3 * x, values(), **options).sentence == "You tripled it."
    assert report_on(lambda x: x * x, values(), **options).sentence == "You squared it."
    assert report_on(lambda x: 2 * x, values(), **options).sentence == ""
    assert report_on(lambda x: x + 1, values(), **options).sentence == ""
    mixed = report_on(
        lambda x: jnp.where(x.size < 7, 3 * x, x * x), values(), **options
    )
    assert mixed.sentence == ""


def test_text_names_law_hint_and_points() -> None:
    text = repr(report_on(lambda x: x, values()))
    assert "0 of 2 points" in text
    assert "values" in text
    assert "hint: Think. (book, section 1.1)" in text
    assert "received: [[1]]" in text


def test_laws_do_not_count_before_the_values() -> None:
    report = report_on(lambda x: x, values(), permutation_equivariant({"x": (0,)}))
    assert [outcome.status for outcome in report.outcomes] == ["failed", "not counted"]
    assert report.earned == 0


def test_a_stub_is_not_implemented() -> None:
    def stub(x):
        raise NotImplementedError

    report = report_on(stub, values(), program_values())
    assert {outcome.status for outcome in report.outcomes} == {"not implemented"}
    assert report.earned == 0


def test_an_error_of_a_check_is_the_graders() -> None:
    def breaks(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Divide by zero."""
        return 1 // 0  # type: ignore[return-value]

    report = report_on(lambda x: x, values(), spec=breaks)
    assert report.outcomes[0].status == "grader error"
    assert "not yours" in repr(report)


def test_a_hidden_check_shows_its_hint_only() -> None:
    hidden = Check(values(), 1, "Think.", "1", hidden=True)
    wrong = run(
        Exercise(spec=double, checks=(hidden,)),
        InProcess(lambda x: x),
        seed=77,
        hidden=True,
    )
    assert wrong.outcomes[0].explanation() == [("hint", "Think. (book, section 1)")]
    assert "float32" not in json.dumps(wrong.data())
    public = run(Exercise(spec=double, checks=(hidden,)), InProcess(lambda x: x))
    assert public.outcomes == ()


def test_same_seed_same_report_and_another_seed_another_input() -> None:
    def wrong(x):
        return jnp.where(x == 2, 0, 2 * x)  # survives no shrinking to zeros or ones

    one, two, other = (
        run(exercise_of(values()), InProcess(wrong), seed=seed).data()
        for seed in (5, 5, 6)
    )
    assert json.dumps(one) == json.dumps(two)
    assert one != other


def test_every_axis_has_another_size_and_zero_comes_last() -> None:
    sizes = list(rounds(exercise_of(values())))
    assert sizes[0] == {"n": 1, "d": 1}
    assert all(s["n"] != s["d"] for s in sizes[1:])
    assert [0 in s.values() for s in sizes] == sorted(0 in s.values() for s in sizes)
    assert {"n", "d"} == {k for s in sizes for k, v in s.items() if v == 0}


def test_input_changed_in_place_does_not_reach_the_grader() -> None:
    def spoils(x):
        x = np.asarray(x)
        x.flags.writeable = True
        x[...] = 0
        return jnp.asarray(x)

    try:
        report = report_on(spoils, values())
    except ValueError:  # NumPy refused it already
        return
    assert report.earned == 0


def test_causality_is_read_off_the_jacobian() -> None:
    def cumulative(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Return sums of rows up to and with each."""
        return np.cumsum(x, 0)

    laws = (values(), causal("x"))
    assert report_on(lambda x: jnp.cumsum(x, 0), *laws, spec=cumulative).passed
    report = report_on(lambda x: jnp.cumsum(x[::-1], 0)[::-1], *laws, spec=cumulative)
    found = report.outcomes[1].finding
    assert found is not None
    assert "row 0 of the result depends on row 1 of x" in found.problem


def softmax(x: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return exp(x) over its sum."""
    z = np.exp(x - x.max())
    return z / z.sum()


def test_shift_invariance_of_softmax() -> None:
    laws = (values(), shift_invariant("x"))
    options = {"spec": softmax, "sizes": {"n": (1, 2, 3)}}
    right = report_on(lambda x: jnp.exp(x) / jnp.exp(x).sum(), *laws, **options)
    assert right.passed
    wrong = report_on(lambda x: jnp.exp(x) / 10, *laws, **options)
    assert wrong.outcomes[1].status == "failed"


def test_fully_masked_row() -> None:
    from jaxtyping import Bool

    def mean(
        x: Float[np.ndarray, " n"], mask: Bool[np.ndarray, " n"]
    ) -> Float[np.ndarray, ""]:
        """Return the mean of the items that are not masked, or 0."""
        return np.array(x[mask].mean() if mask.any() else 0.0)

    def safe(x, mask):
        return jnp.sum(x * mask) / jnp.maximum(mask.sum(), 1)

    def unsafe(x, mask):
        total = jnp.sum(x * mask)
        return jnp.where(mask.any(), total / mask.sum(), 0.0)

    laws = (masked_row("mask"), values())
    assert report_on(safe, *laws, spec=mean).passed
    found = report_on(unsafe, *laws, spec=mean).outcomes[0].finding
    assert found is not None
    assert "gradient is not finite" in found.problem


def test_a_callback_is_no_program() -> None:
    import jax

    def calls_back(x):
        return jax.pure_callback(lambda v: np.asarray(2 * v), x, x)

    report = report_on(calls_back, values(), program_values())
    assert report.outcomes[0].status == "passed"
    assert report.outcomes[1].status == "failed"


def test_own_work_sees_what_is_reached_into() -> None:
    import nnds.dense

    law = own_work()
    options = {"without": ("nnds.dense",)}

    def borrowed(x):
        w, b = 2 * jnp.eye(x.shape[1]), jnp.zeros(x.shape[1])
        return jax.vmap(lambda row: nnds.dense.dense(row, w, b))(x)

    def imported(x):
        from nnds.dense import dense  # noqa: F401

        return 2 * x

    def helped(x):
        return borrowed(x)

    dense = nnds.dense.dense

    def beside(x):
        return [dense] and 2 * x

    assert report_on(lambda x: 2 * x, values(), law, **options).passed
    for reaches in (borrowed, imported, helped, beside):
        report = report_on(reaches, values(), law, **options)
        assert report.outcomes[1].status == "failed", reaches.__name__


def test_own_work_takes_a_name_of_jax_for_what_it_is() -> None:
    def theirs(x):
        return 4 * x * jax.nn.sigmoid(0 * x)  # and `sigmoid` is a name of this file

    def ours(x):
        return 4 * x * sigmoid(0 * x)

    options = {"without": ("nnds.activations",)}
    assert report_on(theirs, values(), own_work(), **options).passed
    report = report_on(ours, values(), own_work(), **options)
    assert "uses sigmoid of nnds" in report.outcomes[1].finding.problem


def test_an_unknown_exercise_says_which_is_meant() -> None:
    with pytest.raises(ValueError, match="did you mean 'conv2d'"):
        check(lambda x: x, "conv2")


def test_private_exercises_are_read_from_a_folder(tmp_path: Path) -> None:
    """The worked example of the documentation is one, as it stands."""
    import nnds.exercises

    lines = str(nnds.exercises.__doc__).split("\n")
    code = [line[4:] for line in lines if line.startswith("    ") or not line]
    (tmp_path / "mine.py").write_text("\n".join(code))
    assert "softmax" in exercises(tmp_path)
    assert "softmax" not in exercises()

    def solved(x):
        z = jnp.exp(x - x.max())
        return z / z.sum()

    assert check(solved, "softmax", folder=tmp_path).passed
    assert not check(lambda x: x, "softmax", folder=tmp_path).passed
    with pytest.raises(ValueError, match="is none"):
        exercises(tmp_path / "nowhere")


def test_a_stub_holds_the_signature_and_no_solution() -> None:
    for exercise in exercises().values():
        stub = exercise.stub()
        assert stub.startswith(f"def {exercise.name}(")
        assert stub.count("\n    raise NotImplementedError(") == 1
        assert "for " not in stub.split('"""')[2]


def test_the_form_refuses_what_it_cannot_draw() -> None:
    def power(x: Float[np.ndarray, " n"], k: int) -> Float[np.ndarray, " n"]:
        """Return x to the k."""
        return x**k

    with pytest.raises(ValueError, match=r"how to draw \{'k'\}"):
        exercise_of(values(), spec=power)
    with pytest.raises(ValueError, match="each of another name"):
        exercise_of(values(), values())


def test_the_grader_does_not_import_jax() -> None:
    code = (
        "import sys, nnds.grading.folder.submissions\n"
        "import nnds.grading.load as l; l.exercises();"
        "sys.exit('jax' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_drawn_numbers_are_small_integers_first() -> None:
    args = draw(exercise_of(values()), {"n": 3, "d": 2}, (0,), whole=True)
    assert (args["x"] == np.round(args["x"])).all()
    assert np.abs(args["x"]).max() <= 3
    assert show(args["x"]).startswith("[[")
