"""Walls that a process puts around itself, where it may not make namespaces.

Landlock says which files can be opened, a seccomp filter which system calls exist. Both
hold for every child, and cannot be taken down. Only the standard library is imported.
"""

import ctypes
import os
import struct

CREATE, ADD, RESTRICT = 444, 445, 446  # the numbers of all architectures
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
READ = EXECUTE | READ_FILE | READ_DIR
# every access to files that a version of the kernel's interface knows of, from 1 on
FILES = (0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF, 0xFFFF)
FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14  # others are for folders only
NETWORK, SCOPES = 0x3, 0x3  # bind and connect; abstract sockets and signals
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2


def version() -> int:
    """Return the version of Landlock in this kernel, 0 if there is none."""
    try:
        return max(0, ctypes.CDLL(None, use_errno=True).syscall(CREATE, None, 0, 1))
    except (OSError, AttributeError):
        return 0


def restrict(readable: list[str], listed: list[str], writable: list[str]) -> None:
    """Let this process open what is below these paths and nothing else, for good.

    readable: to read and run. listed: folders of which only the names are seen.
    """
    abi = version()
    if not abi:
        raise OSError("this kernel has no Landlock")
    handled = FILES[min(abi, len(FILES)) - 1]
    network = NETWORK if abi >= 4 else 0
    scopes = SCOPES if abi >= 6 else 0
    attributes = struct.pack("QQQ", handled, network, scopes)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = _call(CREATE, ctypes.create_string_buffer(attributes, 24), size, 0)
    for paths, access in ((readable, READ), (listed, READ_DIR), (writable, handled)):
        for path in paths:
            _allow(rules, path, access & handled)
    _no_new_privileges()
    _call(RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, access: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not os.path.isdir(path):
        access &= FOR_FILES
    rule = ctypes.create_string_buffer(struct.pack("=Qi", access, file), 12)
    try:
        _call(ADD, rules, 1, rule, 0)
    finally:
        os.close(file)


def refuse_calls(program: bytes) -> None:
    """Install a seccomp filter, given as the kernel's own code."""
    code = ctypes.create_string_buffer(program, len(program))
    filters = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _no_new_privileges()
    libc = ctypes.CDLL(None, use_errno=True)
    pointer = ctypes.create_string_buffer(filters, len(filters))
    if libc.prctl(SET_SECCOMP, FILTER, pointer, 0, 0):
        raise OSError(ctypes.get_errno(), "no seccomp filter")


def _no_new_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")


def _call(number: int, *args: object) -> int:
    result = ctypes.CDLL(None, use_errno=True).syscall(number, *args)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
