"""Processes of this machine, as tests look for what was left running."""

import os
from contextlib import suppress
from pathlib import Path


def descendants(process: int) -> list[int]:
    """All processes that ``process`` started, directly or not, whatever their session."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(after_name[1]), []).append(int(folder.name))
    found: list[int] = []
    reached = [process]
    while reached:
        reached = [child for each in reached for child in children.get(each, [])]
        found += reached
    return found


def alive(process: int) -> bool:
    """Whether a process is there and has not ended: one that waits to be asked for has."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def running(process: int, word: bytes) -> list[int]:
    """Those of the descendants that have the word in their command."""
    found = []
    for each in descendants(process):
        with suppress(OSError):
            if word in Path(f"/proc/{each}/cmdline").read_bytes():
                found.append(each)
    return found


def left(session: set[int], folder: Path, variable: str) -> list[str]:
    """Processes of one of the sessions, working in ``folder``, or with the environment's variable
    ``NAME=VALUE``; each with its command. Those that ended and wait to be asked for are not there.
    """
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        number = int(each.name)
        with suppress(OSError):
            state = (each / "stat").read_text().rpartition(")")[2].split()
            if number == os.getpid() or state[0] == "Z":
                continue
            works = (each / "cwd").readlink()
            inside = works == folder or folder in works.parents
            environment = (each / "environ").read_bytes().split(b"\0")
            if inside or int(state[3]) in session or variable.encode() in environment:
                command = (each / "cmdline").read_bytes().replace(b"\0", b" ")
                found.append(f"{number}: {command.decode(errors='replace')[:150]}")
    return found
