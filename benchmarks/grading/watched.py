"""A command run and looked at: its time, and the memory of what lives long in it."""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Seen:
    """What was seen of a command and its children.

    seconds: by the clock. cpu: of all, in seconds. early, late: memory in MB after a
    quarter of the time and at the end, of those that live from then on; peak: of all.
    """

    seconds: float
    cpu: float
    early: float
    late: float
    peak: float


def watched(command: Sequence[str], cwd: Path) -> Seen:
    """Run a command and look at it and its children ten times a second.

    Processor time depends less on what else the machine does than the clock; what a
    process used in its last tenth of a second is missed.
    """
    samples: list[dict[int, float]] = []
    used, start = {}, time.monotonic()
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{env['PATH']}"  # alembic
    with (cwd / "log").open("w") as log:
        run = psutil.Popen(command, cwd=cwd, env=env, stdout=log, stderr=log)
        while run.poll() is None:
            time.sleep(0.1)
            memory = {}
            with contextlib.suppress(psutil.Error):
                for process in [run, *run.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error):
                        times = process.cpu_times()
                        used[process.pid] = times.user + times.system
                        memory[process.pid] = process.memory_info().rss / 2**20
            if memory.get(run.pid):  # else it has ended
                samples.append(memory)
        seconds, code = time.monotonic() - start, run.wait()
    if code not in (0, 1):
        raise RuntimeError(f"{command} failed:\n{(cwd / 'log').read_text()[-2000:]}")
    quarter, last = samples[len(samples) // 4], samples[-min(10, len(samples))]
    both = set(quarter) & set(last)
    return Seen(
        seconds=seconds,
        cpu=sum(used.values()),
        early=sum(quarter[pid] for pid in both),
        late=sum(last[pid] for pid in both),
        peak=max(sum(memory.values()) for memory in samples),
    )
