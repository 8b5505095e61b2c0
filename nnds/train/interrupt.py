"""Ctrl-C as a flag to look at, so that it never cuts a step in two."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C (SIGINT) has come meanwhile.

    A second Ctrl-C raises KeyboardInterrupt at once. Only the main thread receives
    signals: in another one the answer stays False and Ctrl-C acts as always. So it does
    where Ctrl-C is ignored, as it is in a background job.
    """
    came = threading.Event()
    previous = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or previous in (signal.SIG_IGN, None):
        yield came.is_set
        return

    def note(number: int, frame: object) -> None:
        if came.is_set():
            raise KeyboardInterrupt
        came.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield came.is_set
    finally:
        signal.signal(signal.SIGINT, previous)
