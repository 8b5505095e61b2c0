"""One contestant in a process of its own: `python -m benchmarks.worker PLACE PROBLEM`.

PLACE is `module:function`. Answers each line on its standard input with a line of JSON.
"""

import importlib
import json
import sys
import time
from pathlib import Path

from benchmarks.problem import Problem


def main(place: str, path: str) -> None:
    module, name = place.split(":")
    try:
        build = getattr(importlib.import_module(f"benchmarks.{module}"), name)
        run = build(Problem.load(Path(path)))
    except ModuleNotFoundError as error:
        print(json.dumps({"absent": error.name}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        loss = run()
        answer = {"seconds": time.perf_counter() - began, "loss": loss}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
