"""Take the time of contestants in turn, A B C A B C, each in a process of its own.

What else the machine does then slows all of them alike, and a ratio is taken between
neighbours. Everyone waits in a read while another runs.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.problem import Problem

ROOT = Path(__file__).resolve().parent.parent
REST = 0.2  # s, in which the threads of the last contestant stop spinning


@dataclass
class Result:
    """What a contestant did: `first` (with compilation) and `seconds` by round."""

    name: str
    first: float = 0.0
    loss: float = float("nan")
    seconds: list[float] = field(default_factory=list)
    error: str | None = None


class Contestant:
    """A worker process, and what it answered."""

    def __init__(self, name: str, place: str, path: Path) -> None:
        self.result = Result(name)
        command = [sys.executable, "-m", "benchmarks.worker", place, str(path)]
        # a pipe that nobody reads could fill up
        self.stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            text=True,
        )
        answer = self.listen()
        if "absent" in answer:
            self.result.error = f"{answer['absent']} is not installed"

    def listen(self) -> dict[str, Any]:
        """Return the next answer, or {} and keep the error of one that died."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        self.stderr.seek(0)
        last = self.stderr.read().strip().splitlines()[-1:]
        self.result.error = last[0] if last else "died without a word"
        return {}

    def run(self) -> dict[str, Any]:
        if self.result.error:
            return {}
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.listen()

    def close(self) -> None:
        self.process.communicate(timeout=60)
        self.stderr.close()


def race(problem: Problem, places: dict[str, str], rounds: int) -> list[Result]:
    """Return the results of contestants `{name: "module:function"}`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.npz"
        problem.save(path)
        contestants = []
        try:
            for name, place in places.items():
                contestants.append(Contestant(name, place, path))
                answer = contestants[-1].run()
                contestants[-1].result.first = answer.get("seconds", 0.0)
            for _ in range(rounds):
                for contestant in contestants:
                    time.sleep(REST)
                    if answer := contestant.run():
                        contestant.result.seconds.append(answer["seconds"])
                        contestant.result.loss = answer["loss"]
        finally:
            for contestant in contestants:
                contestant.close()
    return [contestant.result for contestant in contestants]
