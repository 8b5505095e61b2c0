"""One call of the student's function, as it is or under a transformation."""

import errno
import functools
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnds.checks.key import Key
from nnds.grading.isolate.worker.accidents import narrow, refuse, sentence
from nnds.grading.isolate.worker.whole import traced, whole

JAX = str(Path(jax.__file__).parent)
PROGRAMS: dict[Any, tuple[Any, Callable[..., Any]]] = {}  # of this process


def eagerly(
    function: Callable[..., Any], args: Sequence[Any], transform: str, argnum: int
) -> list[np.ndarray]:
    """Return the arrays of `transform(function)(*args)`; see `Caller.call`.

    Operation by operation: each is compiled once in the life of the process, so that
    in a notebook the second check of a function is fast.
    """
    return _transformed(function, args, transform, argnum, lambda f: f)


def compiled(
    function: Callable[..., Any], args: Sequence[Any], transform: str, argnum: int
) -> list[np.ndarray]:
    """Return the same, computed as one program (see `whole`): for a worker."""
    if any(isinstance(a, Key) for a in args):  # a draw is compiled once for all keys
        return eagerly(function, args, transform, argnum)
    fixed = [None if isinstance(a, np.ndarray) else a for a in args]
    key = (id(function), transform, argnum, repr(fixed))

    def prepared(other: Callable[..., Any]) -> Callable[..., Any]:
        if key not in PROGRAMS:  # with the function, or another could get its id
            PROGRAMS[key] = (function, whole(other))
        return PROGRAMS[key][1]

    return _transformed(function, args, transform, argnum, prepared)


def _transformed(
    function: Callable[..., Any],
    args: Sequence[Any],
    transform: str,
    argnum: int,
    prepared: Callable[[Callable[..., Any]], Callable[..., Any]],
) -> list[np.ndarray]:
    """Arguments that are no arrays (sizes, flags) stay Python values throughout.

    Errors of the function come through unchanged.
    """
    *args, cotangent = args if transform == "grad" else (*args, None)
    dynamic = [i for i, a in enumerate(args) if isinstance(a, np.ndarray)]
    # jnp.asarray would compile a program for each shape
    arrays = [jax.device_put(args[i]) for i in dynamic]
    if transform == "bf16":
        arrays = [a.astype(jnp.bfloat16) if _is_float(a) else a for a in arrays]

    def of_arrays(*arrays: Any) -> Any:
        out = function(*_full(args, dynamic, arrays))
        refuse(out, function)
        return out

    def loss(*given: Any) -> Any:
        *arrays, cotangent = given
        return jnp.sum(of_arrays(*arrays) * cotangent)

    if transform == "jit":
        out = traced(of_arrays)(*arrays)
    elif transform == "vmap":
        out = prepared(jax.vmap(of_arrays))(*arrays)
    elif transform == "jacobian":
        argnums = dynamic.index(argnum)
        out = prepared(jax.jacrev(of_arrays, argnums=argnums))(*arrays)
    elif transform == "grad":
        floats = tuple(i for i, a in enumerate(arrays) if _is_float(a))
        gradient = prepared(jax.grad(loss, argnums=floats))
        out = gradient(*arrays, jax.device_put(cotangent))
    elif transform == "key reuse":
        out = _without_key_reuse(of_arrays, arrays)
    elif transform == "generator":
        out = np.array(_moves_the_global_generator(lambda: of_arrays(*arrays)))
    elif transform == "compilations":
        of_arrays(*arrays)
        count = compilations()
        before = len(count)
        of_arrays(*arrays)
        out = np.array(len(count) - before)
    else:
        out = prepared(of_arrays)(*arrays)
    if transform == "bf16":
        narrow(out)
    return [_plain(leaf) for leaf in jax.tree.leaves(out)]


def _without_key_reuse(function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
    """Call the function; older JAX sees a key used twice only where it traces anew."""
    with jax.debug_key_reuse(True):
        try:
            return jax.jit(function)(*arrays)
        except jax.errors.KeyReuseError:
            raise
        except Exception:
            return function(*arrays)


def _full(args: Sequence[Any], dynamic: Sequence[int], arrays: Sequence[Any]) -> Any:
    """Return the arguments of the function itself, with keys that are keys."""
    full = [jax.random.key(a.seed) if isinstance(a, Key) else a for a in args]
    for i, array in zip(dynamic, arrays, strict=True):
        full[i] = array
    return full


def _moves_the_global_generator(call: Callable[[], Any]) -> bool:
    """Return whether NumPy's is elsewhere after the call, and put it back."""
    before = np.random.get_state()  # noqa: NPY002
    states = []
    np.random.seed(961_748_941)  # noqa: NPY002 - that nobody else seeds it with
    try:
        for step in (lambda: None, call):
            step()
            _, numbers, *rest = np.random.get_state()  # noqa: NPY002
            states.append((np.asarray(numbers).tobytes(), *rest))
    finally:
        np.random.set_state(before)  # noqa: NPY002
    return states[0] != states[1]


@functools.cache
def compilations() -> list[str]:
    """Return a list that grows by one entry with each compilation of this process."""
    seen: list[str] = []

    def listen(event: str, duration_secs: float, **more: Any) -> None:
        if event.endswith("backend_compile_duration"):
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    return seen


def exported(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Return `jax.export` of the function at arguments of these shapes."""
    from jax import export

    dynamic = [i for i, a in enumerate(args) if isinstance(a, np.ndarray)]

    def of_arrays(*arrays: Any) -> Any:
        return function(*_full(args, dynamic, arrays))

    shapes = [jax.ShapeDtypeStruct(args[i].shape, args[i].dtype) for i in dynamic]
    return export.export(jax.jit(of_arrays), platforms=["cpu"])(*shapes)


def explained(error: BaseException, function: Callable[..., Any]) -> tuple[str, str]:
    """Return the kind of failure and one line that a student can act on."""
    frames = traceback.extract_tb(error.__traceback__)
    in_jax = bool(frames) and frames[-1].filename.startswith(JAX)
    if isinstance(error, NotImplementedError) and not in_jax:
        return "not implemented", "not implemented"
    short = isinstance(error, OSError) and error.errno == errno.ENOMEM
    if short or isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return "memory", "out of memory"
    text = str(error).strip().splitlines()
    first = text[0][:300] if text else ""
    code = getattr(function, "__code__", None)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    where = f" (line {own[-1].lineno}: {own[-1].line})" if own else ""
    if slip := sentence(error, function, where):
        return "accident", slip[:500]
    return "error", f"{type(error).__name__}: {first}{where}"


def _is_float(array: Any) -> bool:
    return jnp.issubdtype(array.dtype, jnp.floating)


def _plain(leaf: Any) -> np.ndarray:
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    array = np.asarray(leaf, np.float32 if type(leaf) is float else None)
    wide = (
        isinstance(leaf, jax.Array) and array.dtype == np.float64
    )  # x64 is switched on
    return array.astype(np.float32) if wide or array.dtype == jnp.bfloat16 else array
