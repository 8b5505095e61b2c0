"""Peak memory of attention, plain and chunked, each in a process of its own.

`python -m benchmarks.memory KIND TOKENS` prints one line of JSON; KIND is a key of
`KINDS`.
"""

import json
import subprocess
import sys
import time
from typing import Any

import jax
import psutil

from benchmarks.race import ROOT
from nnds.attention import attention, attention_chunked


def gradient(attend):
    return jax.grad(lambda q, k, v: attend(q, k, v).sum(), (0, 1, 2))


KINDS = {
    "plain": attention,
    "chunked": attention_chunked,
    "plain, gradient": gradient(attention),
    "chunked, gradient": gradient(attention_chunked),
}


def peak() -> float:
    """Return the most memory this process has held so far, in MB."""
    memory = psutil.Process().memory_info()
    if sys.platform == "win32":
        return getattr(memory, "peak_wset") / 1e6  # noqa: B009
    import resource

    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (1e6 if sys.platform == "darwin" else 1e3)


def measure(kind: str, tokens: int) -> dict[str, float]:
    """Return seconds of the second call, and the most MB the process ever held.

    JAX itself and its compiler are among them: about the same for every kind.
    """
    q, k, v = jax.random.normal(jax.random.key(0), (3, tokens, 64))
    attend = jax.jit(KINDS[kind])
    jax.block_until_ready(attend(q, k, v))
    began = time.perf_counter()
    jax.block_until_ready(attend(q, k, v))
    return {"seconds": time.perf_counter() - began, "mb": peak()}


def compare(tokens: int) -> list[tuple[str, dict[str, Any]]]:
    """Return `measure` of each kind, run in turn in new processes."""
    found = []
    for kind in KINDS:
        command = [sys.executable, "-m", "benchmarks.memory", kind, str(tokens)]
        output = subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        found.append((kind, json.loads(output)))
    return found


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
