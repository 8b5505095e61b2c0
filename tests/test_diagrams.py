"""Drawings of layers: letters are large enough for a slide, and shapes are right."""

import matplotlib.pyplot as plt
import pytest

from nnds.plot import diagrams
from nnds.plot.computation import computation
from nnds.plot.dense_diagrams import dense_layer, mlp

SLIDE = 1280  # pixels
GRAPH = [("x", ()), ("w", ()), ("multiply", (0, 1)), ("late", ()), ("add", (2, 3))]
DRAWINGS = {
    "mlp": lambda: mlp([784, 128, 10]),
    "dense": dense_layer,
    "computation": lambda: computation(GRAPH),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_letter_has_24_pixels_on_a_slide_and_none_touches_another(name):
    ax, alt = DRAWINGS[name]()
    assert alt.endswith(".")
    pixels = 0.95 * SLIDE / (72 * ax.figure.get_figwidth())
    renderer = ax.figure.canvas.get_renderer()
    frame = ax.figure.bbox
    boxes = []
    for text in ax.texts:
        if text.get_text():
            # subscripts inside the cells of a table are the smallest
            assert text.get_fontsize() * pixels >= 24
            box = text.get_window_extent(renderer)
            assert frame.contains(*box.min)
            assert frame.contains(*box.max)
            assert not any(box.overlaps(other) for other in boxes), text.get_text()
            boxes.append(box)
    plt.close(ax.figure)


def test_long_columns_are_drawn_short_with_dots():
    ax = diagrams.board()
    assert len(diagrams.neurons(ax, (1, 2), 784, 4)) == 6
    assert [t.get_text() for t in ax.texts] == ["⋮"]
    assert len(diagrams.neurons(ax, (5, 2), 3, 4)) == 3
    plt.close(ax.figure)


def test_an_input_stands_beside_the_first_that_reads_it():
    ax, alt = computation(GRAPH)
    place = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert place["x"] == place["w"] < place["multiply"] == place["late"] < place["add"]
    assert "multiply reads x and w; add reads multiply and late" in alt
    plt.close(ax.figure)


def test_an_mlp_needs_two_sizes():
    with pytest.raises(ValueError, match="input and an output"):
        mlp([3])
