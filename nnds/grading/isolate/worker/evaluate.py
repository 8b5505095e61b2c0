"""The evaluator: reads and runs exported programs, in a process without student code.

It is sandboxed too, as it parses bytes that the worker sent.
"""

import os
import sys
from typing import Any

from jax import export

from nnds.grading.isolate.worker.main import exactly
from nnds.grading.isolate.worker.program import examined
from nnds.grading.isolate.worker.wire import from_places, packed, unpacked


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
            program = export.deserialize(bytearray(blob.tobytes()))
            args = from_places(request["args"], arrays)
            facts, results = examined(program, args, run=request["run"])
            reply["facts"] = facts
        except Exception as error:
            text = f"the program cannot be run: {type(error).__name__}: {error}"
            reply |= {"kind": "error", "text": text[:500]}
        outbox.write(packed(reply, results))
        outbox.flush()


if __name__ == "__main__":
    main()
