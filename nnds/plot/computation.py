"""A computational graph: a box for each value, an arrow from each parent."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from nnds.plot.diagrams import arrow, board, box

INPUT, RESULT, LAST = 1, 0, 2  # colours
Step = tuple[str, Sequence[int]]


def computation(
    tape: Sequence[Step], width: float | int = 12, height: float | int = 4.5
) -> tuple[Axes, str]:
    """Draw a tape from left to right: each step is a text, and the numbers of parents.

    A value stands in the column before the first that reads it.

    >>> computation([("x", ()), ("w", ()), ("multiply", (0, 1))])[1]
    'A graph of 3 values. x and w are inputs; multiply reads x and w.'
    """
    columns = _columns([parents for _, parents in tape])
    ax = board(width, height)
    step = width / (max(columns) + 1)
    most = max(columns.count(c) for c in columns)
    room, boxes = 0.85 * height / most, []
    for i, (text, parents) in enumerate(tape):
        beside = [j for j, c in enumerate(columns) if c == columns[i]]
        x = (columns[i] + 0.5) * step
        y = height * (1 - (beside.index(i) + 0.5) / len(beside))
        last = i == len(tape) - 1
        colour = LAST if last else RESULT if parents else INPUT
        boxes.append(box(ax, (x, y), text, 0.82 * step, min(1.1, room), colour))
        for j in dict.fromkeys(parents):
            arrow(ax, boxes[j].right, boxes[i].left)
    return ax, _said(tape)


def _columns(parents: Sequence[Sequence[int]]) -> list[int]:
    """Return a column for each value: the one before the first that reads it."""
    left = [0] * len(parents)  # how many columns before the last
    for i in reversed(range(len(parents))):
        for j in parents[i]:
            left[j] = max(left[j], left[i] + 1)
    return [max(left, default=0) - n for n in left]


def _said(tape: Sequence[Step]) -> str:
    names = [text.replace("\n", " ") for text, _ in tape]
    inputs = [n for n, (_, parents) in zip(names, tape, strict=True) if not parents]
    said = [
        f"{name} reads {' and '.join(names[j] for j in parents)}"
        for name, (_, parents) in zip(names, tape, strict=True)
        if parents
    ]
    sentence = "; ".join([f"{' and '.join(inputs)} are inputs", *said])
    return f"A graph of {len(tape)} values. {sentence}."
