"""The filter of system calls, in processes that it is put on."""

import errno
import os
import subprocess
import sys

import pytest

from nnds.grading.isolate import libseccomp
from nnds.grading.isolate.seccomp import filter_file

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or libseccomp.library() is None,
    reason="needs Linux with libseccomp",
)
PROGRAM = """
import ctypes, os, sys
from nnds.grading.isolate.seccomp import filter_file
from nnds.grading.isolate.worker import landlock
code = os.read(filter_file(alone=sys.argv[1] == "alone"), 1 << 20)
landlock.refuse_calls(code)
libc = ctypes.CDLL(None, use_errno=True)
def refused(call):
    try:
        call()
    except OSError as error:
        return error.errno
    return 0
import resource, signal, socket
print(refused(socket.socket))
print(refused(lambda: os.kill(os.getpid(), 0)))
print(refused(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)))
print(refused(lambda: resource.getrlimit(resource.RLIMIT_NOFILE)))
pid = os.fork()
if not pid:
    os._exit(0)
print(os.waitpid(pid, 0)[1])
libc.unshare(0x10000000)
print(ctypes.get_errno())
"""


def answers(tier: str) -> list[int]:
    """Return the errors of six calls under the filter; 0 is success."""
    command = [sys.executable, "-c", PROGRAM, tier]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.split()]


def test_beside_other_processes_they_cannot_be_reached():
    socket, kill, their_limit, own_limit, fork, namespace = answers("together")
    assert [socket, kill, their_limit, namespace] == [errno.EPERM] * 4
    assert own_limit == fork == 0


def test_in_namespaces_of_its_own_it_may_signal_itself():
    socket, kill, their_limit, own_limit, fork, namespace = answers("alone")
    assert [socket, namespace] == [errno.EPERM] * 2
    assert kill == their_limit == own_limit == fork == 0


def test_the_filter_is_whole_instructions_from_the_start_of_the_file():
    descriptor = filter_file()
    assert descriptor is not None
    code = os.read(descriptor, 1 << 20)
    os.close(descriptor)
    assert len(code) % 8 == 0
    assert len(code) > 400


def test_an_unknown_call_is_passed_over_and_no_library_is_no_filter(
    tmp_path, monkeypatch
):
    with open(tmp_path / "filter", "wb") as file:
        rule = (libseccomp.errno_action(1), "no_such_call", ())
        libseccomp.export([rule], file.fileno())
    assert (tmp_path / "filter").stat().st_size > 0
    monkeypatch.setattr(libseccomp, "library", lambda: None)
    assert filter_file() is None
    with pytest.raises(OSError, match="not installed"):
        libseccomp.export([], 0)
