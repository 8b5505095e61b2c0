"""A memory limit on a worker and its children, kept by looking at them.

For where there is no control group. What fills the memory faster than it is looked at
is left to the limit of each process.
"""

import contextlib
import os
import subprocess
import threading

import psutil

EVERY = 0.1  # seconds


class Watchdog:
    """A thread that kills a process with all its children once they use too much.

    limit: in bytes. Memory that several of them share counts once.
    """

    def __init__(self, popen: "subprocess.Popen[bytes]", limit: int) -> None:
        self.popen, self.limit = popen, limit
        self.full = False
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def was_full(self) -> bool:
        """Return whether it killed them."""
        return self.full

    def remove(self) -> None:
        """Look no more."""
        self.stopped.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.stopped.wait(EVERY):
            if self.popen.returncode is not None:
                return
            try:
                every = family(self.popen.pid)
            except Exception:  # a process that went meanwhile: look again
                continue
            if resident(every) > self.limit and together(every) > self.limit:
                self.full = True
                for process in every:
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                return


def family(pid: int) -> list[psutil.Process]:
    """Return a process, its descendants, and the orphans of its group."""
    try:
        first = psutil.Process(pid)
        every = {first, *first.children(recursive=True)}
    except psutil.Error:
        return []
    if hasattr(os, "getpgid"):
        for process in psutil.process_iter():
            with contextlib.suppress(OSError, psutil.Error):
                if os.getpgid(process.pid) == pid:
                    every.add(process)
    return sorted(every, key=lambda process: process.pid)


def resident(processes: list[psutil.Process]) -> int:
    """Return their memory in bytes, what they share counted for each: quickly."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def together(processes: list[psutil.Process]) -> int:
    """Return their memory in bytes, what they share counted once where possible."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error, OSError):
            try:
                full = process.memory_full_info()
                total += getattr(full, "pss", full.rss)
            except psutil.AccessDenied:
                total += process.memory_info().rss
    return total
