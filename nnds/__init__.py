"""nnds: neural networks as pure functions, one topic a file.

Nothing is re-exported: import the topic you read, `from nnds.conv import conv2d`. In
the root of this folder stand the topics of the course; a topic that outgrew one file
is a folder, whose `__init__` says what to read first. Beside them:

- `train`: the one training loop, on optax; `data`: real data; `plot`: figures.
- `results`: what a notebook claims of its own run.
- `exercises`: what students write, as specifications and laws; `checks`: what a law is.
- `grading`: `check` for the notebook, and the isolated grader for a whole class.
- `annotations`: the shapes in the signatures, checked when a function is called.
- `commands`: the command `nnds`. `nnds list` prints the lectures, `nnds run` runs one.
"""

from nnds.annotations import hook

hook.install(__name__)
