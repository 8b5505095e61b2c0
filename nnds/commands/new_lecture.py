"""`nnds new-lecture`: the room of a new lecture, in a clone of the project."""

import subprocess
import sys

from nnds.commands.lectures import PACKAGE


def new_lecture(number: int, topic: str) -> int:
    """Write the room by tools/new_lecture.py of this clone; return its exit status.

    ValueError where there is no clone.
    """
    program = PACKAGE.parent / "tools" / "new_lecture.py"
    if not program.is_file():
        raise ValueError(
            "A lecture is written in a clone of the project, and this nnds is "
            f"installed without one ({PACKAGE.parent})"
        )
    command = [sys.executable, str(program), str(number), topic]
    return subprocess.run(command, cwd=PACKAGE.parent).returncode
