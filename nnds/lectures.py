"""The sixteen lectures, as data. 1 to 13 carry the chapter numbers of the book."""

from importlib.util import find_spec
from typing import NamedTuple


class Lecture(NamedTuple):
    """A lecture, and the modules of nnds it reads."""

    number: int
    title: str
    modules: tuple[str, ...]


LECTURES = (
    Lecture(1, "Introduction", ("perceptron", "scaling")),
    Lecture(2, "Tensors, gradients, descent", ("optimize",)),
    Lecture(3, "Data and losses", ("losses",)),
    Lecture(4, "Linear models", ("linear",)),
    Lecture(5, "Fully connected", ("dense",)),
    Lecture(6, "Automatic differentiation", ("autodiff",)),
    Lecture(7, "Convolution", ("conv",)),
    Lecture(8, "Sequences and text", ("sequence", "text")),
    Lecture(9, "Deeper models", ("norm", "regularize", "residual")),
    Lecture(10, "Sets and attention", ("sets", "attention")),
    Lecture(11, "Transformers", ("transformer",)),
    Lecture(12, "Graphs", ("graph",)),
    Lecture(13, "Recurrent and state space", ("recurrent",)),
    Lecture(14, "Generative models", ("generative",)),
    Lecture(15, "Physics and fields", ("physics",)),
    Lecture(16, "Looking inside", ("explain",)),
)


def written(module: str) -> bool:
    """Whether `nnds.module` exists; imports the packages on the way, not the module.

    >>> written("dense"), written("alchemy"), written("alchemy.gold")
    (True, False, False)
    """
    try:
        return find_spec(f"nnds.{module}") is not None
    except ModuleNotFoundError:
        return False
