"""What a worker may see of this machine's files: as mounts, or as Landlock's rules."""

import functools
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import nnds

PACKAGE = Path(nnds.__path__[0])
GRADING = PACKAGE / "grading"
CHECKS = PACKAGE / "checks"
OF_CHECKS = ("__init__.py", "key.py", "naming.py")  # what a worker needs of them
WORKER = GRADING / "isolate" / "worker"
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
SEEN = (
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu"),
    *("/dev/null", "/dev/zero", "/dev/urandom", "/etc/localtime"),
)


def granted(hidden: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return what tier 1 may read, and the folders of which it may see the names.

    A tree with holes is granted by its branches: Landlock knows no exceptions.
    """
    holes = {PACKAGE / "exercises", GRADING, PACKAGE / "_notebooks", *_files(hidden)}
    holes |= {p for p in CHECKS.iterdir() if p.name not in OF_CHECKS}
    holes.add(PACKAGE / "__pycache__")  # what is hidden lies there too, compiled
    roots = [Path(p) for p in (*SYSTEM, *SEEN, sys.base_prefix, *site_packages())]
    roots.append(PACKAGE)
    readable = [str(WORKER)]
    listed = [str(PACKAGE.parent)]
    left = [root for root in roots if root.exists()]
    while left:
        path = left.pop()
        if path in holes:
            continue
        if any(path in hole.parents for hole in holes):
            listed.append(str(path))
            left += path.iterdir()
        else:
            readable.append(str(path))
    return sorted(readable), sorted(listed)


def _files(modules: Iterable[str]) -> Iterator[Path]:
    """Return the files of those modules, or their folders, that are of this package."""
    for module in modules:
        if module.startswith("nnds."):
            path = PACKAGE.joinpath(*module.split(".")[1:])
            yield from (p for p in (path, path.with_suffix(".py")) if p.exists())


def mounted(tier: int, hidden: Iterable[str]) -> list[str]:
    """Return the call of bubblewrap for tiers 2 and 3, up to the command to run."""
    apart = (
        ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        if tier == 3
        else ["--unshare-all", "--hostname", "worker"]
    )
    caps = ["--cap-drop", "ALL"]
    if tier == 3:  # to become another user; gone with it
        caps += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    walls = ["bwrap", *apart, *caps, "--die-with-parent", "--new-session"]
    # first, since Python or the package may lie below it
    walls += ["--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/tmp"]
    shown = [Path(p) for p in SYSTEM if Path(p).exists()]
    shown += [Path(sys.base_prefix), *map(Path, site_packages()), PACKAGE]
    for parent in _parents(shown):  # bwrap makes them 0700 for root
        walls += ["--perms", "0755", "--dir", str(parent)]
    for path in shown:
        if path.is_symlink():
            walls += ["--symlink", os.readlink(path), str(path)]
        else:
            walls += ["--ro-bind", str(path), str(path)]
    walls += ["--perms", "0755", "--tmpfs", str(PACKAGE / "exercises")]
    walls += ["--perms", "0755", "--tmpfs", str(GRADING)]
    walls += ["--perms", "0755", "--tmpfs", str(CHECKS)]
    for name in OF_CHECKS:
        walls += ["--ro-bind", str(CHECKS / name), str(CHECKS / name)]
    walls += ["--perms", "0755", "--dir", str(WORKER.parent)]
    walls += ["--ro-bind", str(WORKER), str(WORKER)]
    for path in _files(hidden):
        if path.is_dir():
            walls += ["--perms", "0755", "--tmpfs", str(path)]
        else:
            walls += ["--ro-bind", "/dev/null", str(path)]
    # the notebooks of a wheel; and what is hidden, compiled
    for folder in (PACKAGE / "_notebooks", PACKAGE / "__pycache__"):
        if folder.exists():
            walls += ["--perms", "0755", "--tmpfs", str(folder)]
    walls += ["--proc", "/proc", "--dev", "/dev", "--chdir", "/tmp"]
    return [*walls, "--remount-ro", "/"]  # the folders between the mounts


def barred(uid: int | None) -> str | None:
    """Return what a worker may not read though it must, and what permission it lacks.

    uid: who the worker becomes; None is who runs this, without what only root may.
    """
    roots = [*map(Path, site_packages()), PACKAGE, Path(os.__file__).parent]
    # where it becomes another user, the folders above are made anew, open to all
    above = _parents(roots) if uid is None else []
    for path in (*above, *roots):
        if text := _lacking(path, uid):
            return text
    for root in roots:
        for place, folders, files in os.walk(root):
            names = [*folders, *(f for f in files if f.endswith((".py", ".so")))]
            for name in names:
                if text := _lacking(Path(place, name), uid):
                    return text
    return None


def _lacking(path: Path, uid: int | None) -> str | None:
    try:
        status = path.stat()
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    groups = {os.getegid(), *os.getgroups()} if uid is None else {uid}
    who = os.geteuid() if uid is None else uid
    shift, whose = 0, "all others"
    if status.st_uid == who:
        shift, whose = 6, "its owner"
    elif status.st_gid in groups:
        shift, whose = 3, "its group"
    needs = 5 if path.is_dir() else 4
    if status.st_mode >> shift & needs == needs:
        return None
    mode, words = f"{status.st_mode & 0o777:04o}", "r-x" if needs == 5 else "r"
    says = f"{path}: its mode {mode} lacks {words} for {whose}"
    return f"user {who} of the sandbox cannot read {says}"


def _parents(paths: Iterable[Path]) -> list[Path]:
    every = {parent for path in paths for parent in path.parents}
    return sorted(every - {Path("/")}, key=lambda p: len(p.parts))


@functools.cache
def site_packages() -> tuple[str, ...]:
    """Return the folders of installed packages, with no checkout among them."""
    folders = [
        p for p in sys.path if Path(p).name in ("site-packages", "dist-packages")
    ]
    return tuple(dict.fromkeys(folders))
