"""A model in a file: its arrays by name, in the format safetensors.

Such a file holds numbers and nothing that could be executed, which a pickle does.
"""

import os
from pathlib import Path
from typing import Any

import jax

from nnds.model.leaves import named_leaves


def save(model: Any, path: str | Path) -> None:
    """Write the arrays of `model` to `path`, such as "lenet.safetensors".

    Static fields (sizes that are no array, activations) are not stored: `load_into`
    takes them from a model that is built alike. The file is complete or not there; one
    of the same name is replaced. A leaf that is no array raises TypeError.
    """
    from safetensors.flax import save_file

    path = Path(path)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(named_leaves(model), half, {"model": type(model).__name__})
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def load_into(model: Any, path: str | Path) -> Any:
    """Return `model` with the arrays of the file in place of its own.

    The names, shapes and dtypes must be those of the model: else ValueError lists each
    that differs, and nothing is loaded in part. A file of another format is refused
    unread with ValueError; an absent one is FileNotFoundError.

    >>> import tempfile
    >>> from nnds.dense import Dense
    >>> layer = Dense.init(2, 3, key=jax.random.key(0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(layer, f"{folder}/layer.safetensors")
    ...     again = load_into(layer, f"{folder}/layer.safetensors")
    >>> bool((again.w == layer.w).all())
    True
    """
    from safetensors import SafetensorError
    from safetensors.flax import load_file

    try:
        stored = load_file(path)
    except SafetensorError as error:
        raise ValueError(
            f"{path} is not a whole safetensors file ({error}); pickles and other "
            "formats are not opened, since they can run any program"
        ) from error
    own = named_leaves(model)
    wrong = [f"  {line}" for line in differences(own, stored)]
    if wrong:
        lines = "\n".join(wrong)
        raise ValueError(f"{path} does not fit {type(model).__name__}:\n{lines}")
    structure = jax.tree.structure(model)
    return jax.tree.unflatten(structure, [stored[name] for name in own])


def differences(own: dict[str, jax.Array], stored: dict[str, jax.Array]) -> list[str]:
    """Return what does not fit, a line for each name."""
    lines = []
    for name, leaf in own.items():
        if name not in stored:
            lines.append(f"{name}: the file has none, the model {kind(leaf)}")
        elif kind(stored[name]) != kind(leaf):
            both = f"the file has {kind(stored[name])}, the model {kind(leaf)}"
            lines.append(f"{name}: {both}")
    rest = (name for name in stored if name not in own)
    return lines + [
        f"{name}: the file has {kind(stored[name])}, the model has none"
        for name in rest
    ]


def kind(leaf: jax.Array) -> str:
    return f"{leaf.dtype}{list(leaf.shape)}"
