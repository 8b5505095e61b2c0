"""First code of a worker: gives up privileges and sets limits, then runs a module.

Run as `python -I -S boot.py JSON`; imports nothing but the standard library, as the
module search path is only set here.
"""

import ctypes
import json
import os
import runpy
import sys


def main() -> None:
    """Limit this process as told in the first argument, then run the module there."""
    told = json.loads(sys.argv[1])
    limit(told["limits"])
    if told["uid"] is not None:
        drop_to(told["uid"])
    sys.path[:] = [*told["path"], *(p for p in sys.path if "site-packages" not in p)]
    sys.argv[1:] = []
    runpy.run_module(told["module"], run_name="__main__", alter_sys=True)


def limit(limits: dict[str, int]) -> None:
    """Set resource limits, where the system has them (Windows has none)."""
    try:
        import resource
    except ImportError:
        return
    for name, value in limits.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is None:
            continue
        _, hard = resource.getrlimit(number)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (value, value))
        except (OSError, ValueError):  # macOS refuses some; the watchdog remains
            continue


def drop_to(uid: int) -> None:
    """Become a user for good: a real one, as a mapped one is not counted by NPROC."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    clear_ambient = (47, 4, 0, 0, 0)  # PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL
    ctypes.CDLL(None).prctl(*clear_ambient)


if __name__ == "__main__":
    main()
