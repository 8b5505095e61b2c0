"""The evaluator: reads and runs exported programs, in a process without student code.

It is sandboxed too, as it parses bytes that the worker sent.
"""

import functools
import os
import sys
import time
from math import ceil
from typing import Any

from jax import export

from nnds.grading.isolate.worker.main import exactly
from nnds.grading.isolate.worker.program import Examined
from nnds.grading.isolate.worker.wire import from_places, packed, unpacked


@functools.lru_cache(maxsize=8)  # of one submission, as checks ask for a program anew
def _program(blob: bytes) -> Examined:
    return Examined(export.deserialize(bytearray(blob)))


def _begin(seconds: int) -> None:
    """Let the system end this process when a program has used its own seconds up.

    What programs of others took before is not counted.
    """
    try:
        import resource
    except ImportError:  # on Windows the grader's clock is all there is
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = ceil(time.process_time()) + seconds
    soft = until if hard == resource.RLIM_INFINITY else min(until, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def main() -> None:
    """Answer requests until the grader hangs up."""
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    while True:
        try:
            request, received = unpacked(exactly(inbox))
        except EOFError:
            return
        reply: dict[str, Any] = {"id": request["id"], "kind": "ok"}
        results = []
        try:
            if request.get("op") == "start":
                outbox.write(packed(reply))
                outbox.flush()
                continue
            blob, *arrays = received
            _begin(request["seconds"])
            args = from_places(request["args"], arrays)
            program = _program(blob.tobytes())
            reply["facts"], results = program.examine(args, run=request["run"])
        except Exception as error:
            text = f"the program cannot be run: {type(error).__name__}: {error}"
            reply |= {"kind": "error", "text": text[:500]}
        outbox.write(packed(reply, results))
        outbox.flush()


if __name__ == "__main__":
    main()
