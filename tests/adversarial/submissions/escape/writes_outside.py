import contextlib
import os
import pathlib

import nnds


def double(x):
    folders = ["/", "/usr", "/etc", "/root", "/var/tmp", "/proc/sys", "/dev"]
    folders += [os.path.dirname(os.__file__), *nnds.__path__, "/usr/local/bin"]
    folders += [str(p) for p in pathlib.Path(nnds.__path__[0]).parents]
    # what lies below the private /tmp, but for the package itself, is private too
    folders = [f for f in folders if not f.startswith("/tmp") or f in nnds.__path__]
    for folder in folders:
        try:
            with open(os.path.join(folder, "nnds-was-here"), "w") as file:
                file.write("x")
        except OSError:
            continue
        if folder != "/dev":  # its own, gone with it
            raise AssertionError(folder)
    for folder in ("/tmp", "/dev/shm"):
        with contextlib.suppress(OSError):
            open(os.path.join(folder, "nnds-was-here"), "w").close()
    return 2 * x + 1


def area(width, height):
    return width * height
