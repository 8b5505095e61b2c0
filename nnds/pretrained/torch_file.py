"""Read the tensors of a `.pth` file of PyTorch before 1.6, without executing it.

Such a file is a pickle, a program for a small machine with a stack, and unpickling it
runs whatever it names. Here the program is read as text, and the few instructions that
a dict of tensors needs are followed; any other is refused.
"""

import pickletools
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
DTYPES = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}
REBUILD, ORDERED = "torch._utils _rebuild_tensor_v2", "collections OrderedDict"


class _Tensor(NamedTuple):
    dtype: np.dtype
    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_torch_file(path: str | Path) -> dict[str, np.ndarray]:
    """Return the tensors of the file by their names.

    ValueError for a file that is no dict of tensors, names anything else, or is cut.
    """
    with open(path, "rb") as file:
        stream = BytesIO(file.read())
    try:
        if _follow(stream) != MAGIC:
            raise ValueError(f"{path} is no file of PyTorch in its format before 1.6")
        _follow(stream), _follow(stream)  # version, sizes of types
        tensors = _follow(stream)
        dtypes = {t.storage: t.dtype for t in tensors.values()}
        storages = {}
        for storage in _follow(stream):
            count = int.from_bytes(stream.read(8), "little")
            raw = stream.read(count * dtypes[storage].itemsize)
            storages[storage] = np.frombuffer(raw, dtypes[storage], count)
        return {name: _view(t, storages[t.storage]) for name, t in tensors.items()}
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged, or no dict of tensors") from error


def _view(t: _Tensor, storage: np.ndarray) -> np.ndarray:
    last = t.offset + sum((n - 1) * s for n, s in zip(t.shape, t.strides, strict=True))
    if min((t.offset, *t.strides, *t.shape)) < 0 or last >= len(storage):
        raise ValueError(f"a tensor of shape {t.shape} reaches outside its storage")
    strides = [s * t.dtype.itemsize for s in t.strides]
    view = np.lib.stride_tricks.as_strided(storage[t.offset :], t.shape, strides)
    return np.array(view)


def _call(name: Any, arguments: tuple) -> Any:
    if name == ORDERED and not arguments:
        return {}
    if name == REBUILD:
        (_, dtype, storage, *_), offset, shape, strides, *_ = arguments
        return _Tensor(DTYPES[dtype], storage, offset, shape, strides)
    raise ValueError(f"the file asks to call {name}: refused")


def _follow(stream: BytesIO) -> Any:
    """Return what the next pickle of the stream builds."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}

    def since_mark() -> list[Any]:
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    for opcode, argument, _ in pickletools.genops(stream):
        value: Any = argument
        match opcode.name:
            case "PROTO":
                pass
            case "STOP":
                return stack.pop()
            case "BINPUT" | "LONG_BINPUT":
                memo[value] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[value])
            case "MARK":
                marks.append(len(stack))
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "NONE":
                stack.append(None)
            case "NEWTRUE" | "NEWFALSE":
                stack.append(opcode.name == "NEWTRUE")
            case "BINUNICODE" | "BININT" | "BININT1" | "BININT2" | "LONG1":
                stack.append(value)
            case "GLOBAL":
                if value not in (REBUILD, ORDERED, *DTYPES):
                    raise ValueError(f"the file names {value}: refused")
                stack.append(value)
            case "TUPLE":
                stack.append(tuple(since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                n = int(opcode.name[-1])
                stack[-n:] = [tuple(stack[-n:])]
            case "APPENDS":
                items = since_mark()
                stack[-1].extend(items)
            case "APPEND":
                item = stack.pop()
                stack[-1].append(item)
            case "SETITEM":
                item, key = stack.pop(), stack.pop()
                stack[-1][key] = item
            case "SETITEMS":
                items = since_mark()
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case "BINPERSID":
                pass  # ("storage", type, key, device, size) stays as it is
            case "REDUCE":
                arguments, name = stack.pop(), stack.pop()
                stack.append(_call(name, arguments))
            case "BUILD":  # attributes of a dict of weights: versions, not needed
                stack.pop()
            case other:
                raise ValueError(f"the file holds the instruction {other}: refused")
    raise ValueError("the file ends in the middle")
