"""Temporary files that tell whose they are, so that those of dead processes can be removed.

A name holds a mark of the machine, the process and when it began: a process that was killed
removes nothing, and the next one finds what it left.
"""

import hashlib
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

SCRATCH = "neuroloom-"
"""Begins the name of every temporary folder."""
OWNER = re.compile(r"([0-9a-f]{8})-(\d+)-(\d+)-")
UNKNOWN_SECONDS = 24 * 3600.0
"""Age at which what tells no owner is taken for abandoned."""


def owned(prefix: str) -> str:
    """``prefix`` with this process as the owner, for the names of temporary files."""
    return f"{prefix}{_machine()}-{os.getpid()}-{begin(os.getpid())}-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder that goes when it is left.

    What processes that were killed left of theirs is removed by the next one that makes a folder.
    """
    _tidied(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix=owned(SCRATCH), ignore_cleanup_errors=True) as name:
        yield Path(name)


@cache
def _tidied(folder: str) -> None:
    """Once in a process: there may be thousands of other files."""
    remove_abandoned(Path(folder), SCRATCH, unknown=False)


def remove_abandoned(folder: Path, prefix: str, unknown: bool = True) -> None:
    """Remove what dead processes left in ``folder`` under names that begin with ``prefix``.

    With ``unknown`` also what is a day old and tells no owner.
    """
    with suppress(OSError):
        for found in list(folder.iterdir()):
            if found.name.startswith(prefix) and _abandoned(found, prefix, unknown):
                remove(found)


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, as far as it can be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _abandoned(path: Path, prefix: str, unknown: bool) -> bool:
    status = path.lstat()
    if status.st_uid != os.geteuid():
        return False
    owner = OWNER.match(path.name, len(prefix))
    if owner is None:
        return unknown and time.time() - status.st_mtime > UNKNOWN_SECONDS
    machine, process, begun = owner.groups()
    # of another machine that shares the folder, nobody here knows what lives
    return machine == _machine() and begin(int(process)) != int(begun)


def begin(process: int) -> int:
    """When the process began, in the clock ticks of its machine; 0 when there is none."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return 0
    return int(text.rpartition(")")[2].split()[19])


def _machine() -> str:
    """Name of this host and its space of process numbers: containers count their own."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]
