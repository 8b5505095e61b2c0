"""A model as a tree to open and close in a notebook, drawn by treescope."""

from typing import Any


def display(model: Any) -> Any:
    """Return `model` for the last line of a cell: fields to open, arrays as pictures.

    Needs treescope, which is not installed with nnds: without it, ImportError says how
    to get it. `summary` needs nothing.
    """
    try:
        import treescope  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ImportError(
            "display needs treescope: python -m pip install treescope; "
            "or print(summary(model))"
        ) from error
    from IPython.display import HTML

    pictures = treescope.ArrayAutovisualizer()
    with treescope.active_autovisualizer.set_scoped(pictures):
        return HTML(treescope.render_to_html(model))
