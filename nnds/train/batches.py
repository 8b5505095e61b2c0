"""Batches: rows of a data set, always equally many, ready on the device.

A program is compiled for one shape. A short last batch is therefore filled up with
rows of the same epoch: to drop it would lose data, and its shape would be compiled
again.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Int, PRNGKeyArray

Batch = Mapping[str, Any]
Data = Any  # a Batch with all the rows, or an iterable of batches


def in_memory(data: Data) -> TypeGuard[Batch]:
    """Say whether data is one dict of arrays, rather than a stream of batches."""
    return isinstance(data, Mapping)


def check_rows(data: Batch, what: str = "data") -> int:
    """Return the number of rows of a dict of arrays, or say what is wrong with it.

    >>> check_rows({"x": np.zeros((5, 2)), "y": np.zeros(5)})
    5
    """
    if not isinstance(data, Mapping) or not data:
        raise TypeError(
            f"{what} is {type(data).__name__} {'' if data else 'with nothing in it'}; "
            'expected a dict of arrays such as {"x": x, "y": y}'
        )
    for name, array in data.items():
        dtype = getattr(array, "dtype", None)
        if dtype is None or np.ndim(array) == 0:
            raise TypeError(
                f"{what}[{name!r}] is a {type(array).__name__}; expected an array "
                "with one row an example"
            )
        if not (jnp.issubdtype(dtype, jnp.number) or jnp.issubdtype(dtype, bool)):
            raise TypeError(
                f"{what}[{name!r}] has dtype {dtype}; expected numbers. Encode text "
                "as token numbers, and leave out what the loss does not read"
            )
    sizes = {name: len(array) for name, array in data.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"the arrays of {what} differ in number of rows: {sizes}")
    if 0 in sizes.values():
        raise ValueError(f"{what} is empty: its arrays have no rows: {sizes}")
    return next(iter(sizes.values()))


def check_batch_size(batch_size: int, size: int | None, mesh: Mesh | None) -> None:
    """Refuse a batch that is empty, larger than the data, or uneven over devices.

    >>> check_batch_size(64, 10, None)
    Traceback (most recent call last):
    ValueError: batch_size is 64; expected 1 to 10, the rows of the data
    """
    if batch_size < 1 or (size is not None and batch_size > size):
        most = "or more" if size is None else f"to {size}, the rows of the data"
        raise ValueError(f"batch_size is {batch_size}; expected 1 {most}")
    if mesh is not None and batch_size % mesh.size:
        raise ValueError(
            f"batch_size {batch_size} does not divide over the {mesh.size} devices of "
            f"the mesh; use a multiple of {mesh.size}"
        )


def length(data: Data, batch_size: int) -> int | None:
    """Return the steps of an epoch, or None for a stream that does not say.

    >>> length({"x": np.zeros(5)}, 2), length(iter([]), 2)
    (3, None)
    """
    if in_memory(data):
        return -(-check_rows(data) // batch_size)
    return len(data) if hasattr(data, "__len__") else None


def shuffled(
    key: PRNGKeyArray, size: int, batch_size: int
) -> Int[np.ndarray, "steps b"]:
    """Return the row numbers of each step of an epoch: every row, in random order.

    The last step is filled up from the start of the same permutation. Drawn by NumPy,
    seven times as fast on a CPU as `jax.random.permutation`, while no step can run.

    >>> rows = shuffled(jax.random.key(0), 5, 2)
    >>> rows.shape, sorted(rows.ravel()[:5].tolist())
    ((3, 2), [0, 1, 2, 3, 4])
    """
    steps = -(-size // batch_size)
    seed = np.asarray(jax.random.key_data(key))
    permutation = np.random.default_rng(seed).permutation(size)
    return np.resize(permutation, (steps, batch_size))


def refill(batch: Batch, batch_size: int) -> Batch:
    """Return a short batch with its rows repeated in turn, up to `batch_size`.

    >>> refill({"x": np.array([1, 2])}, 4)["x"].tolist()
    [1, 2, 1, 2]
    """
    size = check_rows(batch, "a batch")
    if size > batch_size:
        raise ValueError(f"a batch has {size} rows; expected batch_size {batch_size}")
    if size == batch_size:
        return batch
    return {name: a[np.arange(batch_size) % size] for name, a in batch.items()}


def in_turn(data: Data, batch_size: int) -> Iterator[Batch]:
    """Yield the batches of one pass in their own order, the last one perhaps short.

    >>> [len(b["x"]) for b in in_turn({"x": np.zeros(5)}, 2)]
    [2, 2, 1]
    """
    if not in_memory(data):
        yield from data
        return
    for start in range(0, check_rows(data), batch_size):
        yield {name: a[start : start + batch_size] for name, a in data.items()}


class Call(NamedTuple):
    """What one call steps on: `data`, or `data[rows]`, or `count` of the `rows`."""

    data: Batch
    rows: Int[np.ndarray, "..."] | None
    count: int


def epoch_of(
    data: Data,
    key: PRNGKeyArray,
    batch_size: int,
    chunk: int,
    mesh: Mesh | None,
    steps_left: Callable[[], int],
) -> Iterator[Call]:
    """Yield the calls of an epoch.

    Data in memory stay on the device and only row numbers are sent, those of `chunk`
    steps in one call, or of `steps_left()` where that is fewer: such a call is filled
    up with rows, and `count` says how many steps it takes. A batch of an iterable is
    sent whole, with None for `rows`.
    """
    if not in_memory(data):
        for batch in data:
            whole = refill(batch, batch_size)
            yield Call(jax.device_put(dict(whole), placement(mesh, "rows")), None, 1)
        return
    rows = shuffled(key, check_rows(data), batch_size)
    i = 0
    while i < len(rows):
        some = rows[i : i + min(chunk, steps_left())]
        filled = some[0] if chunk == 1 else np.resize(some, (chunk, batch_size))
        yield Call(data, filled, len(some))
        i += len(some)


def placement(mesh: Mesh | None, *axes: str) -> Any:
    """Return where an array lives: a copy on every device, or its rows divided.

    None without a mesh: the default device.
    """
    if mesh is None:
        return None
    # one axis, whose sharding is not part of the type: XLA divides the work by itself
    return NamedSharding(Mesh(mesh.devices.ravel(), ("rows",)), PartitionSpec(*axes))


def on_device(data: Data, mesh: Mesh | None) -> Data:
    """Return data in memory on each device, and an iterable as it is."""
    return jax.device_put(dict(data), placement(mesh)) if in_memory(data) else data


def place(tree: Any, mesh: Mesh | None) -> Any:
    """Return a copy of the arrays of a tree, on each device."""
    # a copy, since device_put alone may return the caller's own buffer
    return jax.tree.map(jnp.copy, jax.device_put(tree, placement(mesh)))
