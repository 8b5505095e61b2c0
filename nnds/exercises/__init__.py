'''Exercises, one file or folder a topic, each declared once.

A worked example. This is all there is to a new exercise; save it as a `.py` file in a
folder of your own and name that folder to `check(..., folder=...)` or
`nnds grade --exercises`:

    import numpy as np
    from jaxtyping import Float
    from numpy import ndarray as Array  # the specification runs on NumPy

    from nnds.checks.equations import shift_invariant
    from nnds.checks.form import Check, Exercise, Mistake
    from nnds.checks.laws import values

    def softmax(x: Float[Array, " d"]) -> Float[Array, " d"]:
        """Return `exp(x_i) / sum_j exp(x_j)`, without overflow."""
        largest = max(x)
        total = sum(np.exp(v - largest) for v in x)
        return np.array([np.exp(v - largest) / total for v in x])

    SOFTMAX = Exercise(
        spec=softmax,
        minutes=5,
        sizes={"d": (1, 2, 3, 4)},  # no 0: the softmax of nothing is not defined
        mistakes=(
            Mistake("You forgot to divide by the sum.", lambda x: np.exp(x - max(x))),
            Mistake("You divided x itself by its sum.", lambda x: x / sum(x)),
        ),
        checks=(
            Check(values(), 3, "Does it sum to 1?", "4.2"),
            Check(
                shift_invariant("x", by=100.0),  # exp(100) is too large for float32
                2,
                "A constant cancels: which one keeps every power small?",
                "4.2",
            ),
        ),
    )

The specification says what is right, slowly: loops, one number at a time, so that it is
read at a glance and shares no bug with a fast solution. Its first line and signature
become the student's stub. The first check should be `values`. A `Mistake` is what
people write instead, and the sentence that they read first. The solution is *not* in
the file: it stands between markers in `lectures/NN_topic/notebook.py`, as `my_softmax`.
Write at least five wrong solutions that people really wrote: what gives wrong values is
a `Mistake`, and what only breaks another check (a gradient, a loop, `jit`) stands in
`mutants.py` beside the notebook; `tests/exercises` fails when one gets through.
'''
