"""First code of a worker: gives up privileges and sets limits, then runs a module.

Run as `python -I -S boot.py JSON`; imports nothing but the standard library, as the
module search path is only set here.
"""

import ctypes
import json
import os
import runpy
import sys
from types import ModuleType
from typing import Any


def main() -> None:
    """Limit this process as the first argument says, then run the module there."""
    orders = json.loads(sys.argv[1])
    limit(orders["limits"])
    if orders["uid"] is not None:
        drop_to(orders["uid"])
    if orders["walls"] is not None:
        enclose(orders["walls"])
    sys.path[:] = [*orders["path"], *(p for p in sys.path if "site-packages" not in p)]
    sys.argv[1:] = []
    runpy.run_module(orders["module"], run_name="__main__", alter_sys=True)


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


def enclose(walls: dict[str, Any]) -> None:
    """Do without namespaces: Landlock, a seccomp filter, and death with the grader."""
    own = runpy.run_path(os.path.join(os.path.dirname(__file__), "landlock.py"))
    with open(walls["seccomp"], "rb") as file:
        program = file.read()
    libc = ctypes.CDLL(None)
    die_with_parent = (1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL
    libc.prctl(*die_with_parent)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())  # root without capabilities
    own["restrict"](walls["readable"], walls["listed"], walls["writable"])
    own["refuse_calls"](program)
    isolate = os.path.dirname(os.path.dirname(__file__))
    folders = {
        "nnds.grading": os.path.dirname(isolate),
        "nnds.grading.isolate": isolate,
    }
    for name, folder in folders.items():  # whose own files are not to be read from here
        package: Any = ModuleType(name)
        package.__path__ = [folder]
        sys.modules[name] = package


if __name__ == "__main__":
    main()
