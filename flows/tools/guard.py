"""Ends what a process has started when that process ends, in whatever way: ``guard.py PID MARK``.

A process that is killed cannot end its children itself, and a signal to its group does not reach
those in sessions of their own. So a guard waits beside it, in a session of its own. Whatever was
started carries a mark in its environment, which its children inherit, compilers' and simulators'
too; the guard kills all that have the mark, until no more appear, and removes the temporary folder
that may be named third. It is run as a script and imports little, so that it starts in a few
milliseconds and before anything can go wrong.
"""

import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

VARIABLE = "NEUROLOOM_STARTED_BY"
"""Holds the marks of all processes above, the nearest last."""
LOOKS = 3
"""Looks in a row that find nothing, for a process that is being started has no mark yet."""
LOOK_SECONDS = 0.03


def main(process: int, mark: str, folder: str = "") -> None:
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        pass
    else:
        if os.getppid() == process:  # otherwise it has ended, and its number may be another's
            select.select([descriptor], [], [])
    end_marked(mark)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def end_marked(mark: str) -> None:
    """Kill every process that carries the mark."""
    quiet = 0
    while quiet < LOOKS:
        found = marked(mark)
        for process in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        quiet = 0 if found else quiet + 1
        time.sleep(LOOK_SECONDS)


def marked(mark: str) -> list[int]:
    """All processes that carry the mark; none that has ended and only waits to be asked for."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            environment = (each / "environ").read_bytes()
            if any(_has(mark, variable) for variable in environment.split(b"\0")):
                found.append(int(each.name))
    return found


def _has(mark: str, variable: bytes) -> bool:
    name, _, value = variable.partition(b"=")
    return name == VARIABLE.encode() and mark.encode() in value.split(b" ")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
