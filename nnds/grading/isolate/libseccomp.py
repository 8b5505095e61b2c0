"""The system's libseccomp, by ctypes: from rules to the kernel's own code.

Names and numbers are those of its header, seccomp.h, version 2.
"""

import ctypes
import ctypes.util
from collections.abc import Sequence
from functools import cache
from typing import Any

ALLOW = 0x7FFF0000
NE, EQ, MASKED_EQ = 1, 4, 7


def errno_action(number: int) -> int:
    """Return the action by which a call fails with this error, or works with 0."""
    return 0x00050000 | number


class Condition(ctypes.Structure):
    """What an argument must be: `NE` or `EQ` to `a`, or `MASKED_EQ`: `& a` is `b`."""

    _fields_ = [
        ("argument", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


@cache
def library() -> Any:
    """Return the library, or None where there is none."""
    name = ctypes.util.find_library("seccomp") or "libseccomp.so.2"
    try:
        lib = ctypes.CDLL(name, use_errno=True)
        lib.seccomp_init.restype = ctypes.c_void_p
        lib.seccomp_init.argtypes = [ctypes.c_uint32]
        lib.seccomp_release.restype = None
        lib.seccomp_release.argtypes = [ctypes.c_void_p]
        lib.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
        lib.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
        lib.seccomp_rule_add_array.argtypes = [
            *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint),
            ctypes.POINTER(Condition),
        ]
    except (OSError, AttributeError):
        return None
    return lib


Rule = tuple[int, str, Sequence[Condition]]


def export(rules: Sequence[Rule], file: int) -> None:
    """Write a filter that allows what no rule names; OSError if it cannot be made.

    Each rule is an action, the name of a system call, and conditions, which must all
    hold. A call that this library or machine does not know is passed over.
    """
    lib = library()
    if lib is None:
        raise OSError("libseccomp is not installed")
    context = lib.seccomp_init(ALLOW)
    if not context:
        raise OSError("libseccomp gives no filter")
    try:
        for action, name, conditions in rules:
            number = lib.seccomp_syscall_resolve_name(name.encode())
            if number != -1:
                array = (Condition * len(conditions))(*conditions)
                lib.seccomp_rule_add_array(
                    context, action, number, len(conditions), array
                )
        if status := lib.seccomp_export_bpf(context, file):
            raise OSError(-status, "libseccomp cannot write the filter")
    finally:
        lib.seccomp_release(context)
