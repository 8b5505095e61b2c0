"""What a notebook states of its own run: claims, named numbers, and arrays to show.

`claim` is a sentence that must be true, `value` a number by its name, `keep` the arrays
of a try-it panel. In Jupyter each leaves data in the output of its cell, from which
`nnds run`, the slides and the site read it: an experiment is run once.
"""

from nnds.results.claim import claim
from nnds.results.keep import keep
from nnds.results.value import value

__all__ = ["claim", "keep", "value"]
