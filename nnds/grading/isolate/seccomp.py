"""System calls that no submission needs, refused by the kernel."""

import errno
import os
import tempfile
from pathlib import Path

from nnds.grading.isolate import libseccomp
from nnds.grading.isolate.libseccomp import Condition

REFUSED = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree"),
    *("fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr"),
    *("unshare", "setns", "bpf", "perf_event_open", "userfaultfd"),
    "sched_setaffinity",  # a submission stays on the cores of its job
    *("add_key", "request_key", "keyctl"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "reboot"),
    *("swapon", "swapoff", "acct", "quotactl", "settimeofday", "clock_settime"),
    *("open_by_handle_at", "name_to_handle_at", "lookup_dcookie", "personality"),
    *("socket", "bind", "connect", "listen", "accept", "accept4"),
)
# Where there is no process namespace, the grader must not be reached either.
OTHERS = (
    *("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    *("pidfd_open", "pidfd_send_signal", "setpriority", "ioprio_set"),
    *("sched_setscheduler", "sched_setattr", "sched_setparam"),
    *("shmget", "shmat", "msgget", "msgsnd", "semget", "semop", "mq_open"),
    *("chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat"),
    *("setxattr", "lsetxattr", "fsetxattr", "utime", "utimes", "utimensat"),
)
LEAVING = ("setsid", "setpgid")  # said to have worked: whoever left would not be killed
SIGNALS_BY_FILES = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
NEW_NAMESPACES = 0x7E020000  # the CLONE_NEW* flags


def filter_file(*, alone: bool = True) -> int | None:
    """Return an open file with the filter, or None where libseccomp is missing.

    alone: whether namespaces keep the worker from other processes; else this must.
    """
    if libseccomp.library() is None:
        return None
    descriptor, name = tempfile.mkstemp(prefix="nnds-seccomp-")
    Path(name).unlink()
    libseccomp.export(rules(alone), descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def rules(alone: bool) -> list[libseccomp.Rule]:
    """Return what is refused: all that is listed above, and some calls by argument."""
    refuse = libseccomp.errno_action(errno.EPERM)
    names = REFUSED if alone else (*REFUSED, *OTHERS)
    refused: list[libseccomp.Rule] = [(refuse, name, ()) for name in names]
    for bit in (1 << k for k in range(32) if NEW_NAMESPACES >> k & 1):
        # one rule a flag: a mask of several would want all of them
        masked = Condition(0, libseccomp.MASKED_EQ, bit, bit)
        refused.append((refuse, "clone", (masked,)))
    if not alone:
        done = libseccomp.errno_action(0)
        refused += [(done, name, ()) for name in LEAVING]
        for command in SIGNALS_BY_FILES:
            by_file = Condition(1, libseccomp.EQ, command)
            refused.append((refuse, "fcntl", (by_file,)))
        other = Condition(0, libseccomp.NE, 0)
        refused.append((refuse, "prlimit64", (other,)))
    # its flags lie in memory, where no filter looks; without it libc takes clone
    refused.append((libseccomp.errno_action(errno.ENOSYS), "clone3", ()))
    return refused
