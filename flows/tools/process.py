"""External programs: found, run with limits of time and memory, ended with their children."""

import os
import re
import resource
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TextIO

from neuroloom.flows.tools import started
from neuroloom.flows.tools.errors import ToolFailed, ToolMissing, ToolTimeout, UsageError
from neuroloom.golden.wording import quoted

INSTALL = {
    "g++": "sudo apt-get install g++",
    "iverilog": "sudo apt-get install iverilog",
    "vvp": "sudo apt-get install iverilog",
    "sta": "sudo apt-get install opensta",
}
LOG_LINES_SHOWN = 15
HERE = "/proc/self/cwd"
"""The working folder of a program as a path of plain letters, whatever it is called: for programs
that write paths into scripts and commands in which no character can be quoted."""
TIME_VARIABLE = "NEUROLOOM_TOOL_SECONDS"
MEMORY_VARIABLE = "NEUROLOOM_MEMORY_MB"
MEMORY_SHARE = 0.75
"""Share of the machine's memory that one program may take unless the variable says otherwise."""
LAST_SPACE = 1 << 16
"""Bytes; a tool that failed where fewer are left needed more."""
LEAST_SPACE = 256 << 20
"""Bytes; a tool that failed without a word where fewer are left had no place for its words."""
COUNT = re.compile(r"0*[1-9][0-9]{0,9}")
OUT_OF_SPACE = re.compile(r"No space left on device|Disk quota exceeded")
OUT_OF_MEMORY = re.compile(r"bad_alloc|MemoryError|[Oo]ut of memory|[Cc]annot allocate memory")


class ToolLimit(float):
    """Seconds that a tool may take unless the user says otherwise, as for compilers and yosys.

    ``$NEUROLOOM_TOOL_SECONDS`` is taken in place of every such limit. What a command has an option
    for, such as the time of a run or of a point, is an :class:`OptionLimit` and left alone.
    """

    remedy = TIME_VARIABLE


class OptionLimit(float):
    """Seconds that an option of a command allows."""

    remedy = "--time-limit"


def time_limit(seconds: float) -> float:
    """Seconds that a tool may take: those given, or the user's where they are a ToolLimit."""
    chosen = os.environ.get(TIME_VARIABLE)
    if not chosen or not isinstance(seconds, ToolLimit):
        return seconds
    return float(_number(TIME_VARIABLE, "seconds", chosen))


def out_of_time(name: str, seconds: float) -> str:
    """The sentence for a program that was stopped at its limit, with what raises that."""
    said = f"{name} was stopped after {time_limit(seconds):g} s without an end"
    remedy = getattr(seconds, "remedy", "")
    return f"{said}; {remedy} allows more" if remedy else said


def memory_limit() -> int:
    """Bytes of data that an external program may hold."""
    chosen = os.environ.get(MEMORY_VARIABLE)
    limit = int(MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    if chosen:
        limit = _number(MEMORY_VARIABLE, "megabytes", chosen) << 20
    _, own = resource.getrlimit(resource.RLIMIT_DATA)
    return limit if own == resource.RLIM_INFINITY else min(limit, own)


def _number(variable: str, unit: str, chosen: str) -> int:
    if not COUNT.fullmatch(chosen):
        raise UsageError(f"{variable} is a number of {unit}, not {quoted(chosen)}")
    return int(chosen)


@cache
def tool(name: str) -> str:
    """The program's path; ToolMissing with the install line when it is not there."""
    found = shutil.which(name)
    if found is None:
        raise ToolMissing(f"{name} was not found; install it with: {INSTALL[name]}")
    return found


def has_tool(name: str) -> bool:
    return shutil.which(name) is not None


@cache
def version(path: str, option: str) -> str:
    """First line of what the program says of its version."""
    done = subprocess.run(
        [path, option], capture_output=True, text=True, check=False, env=started.environment()
    )
    return (done.stdout or done.stderr).strip().partition("\n")[0]


def run(
    command: Sequence[str | Path],
    log: Path,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    hopeless: Callable[[Path], bool] | None = None,
) -> None:
    """Run to the end, all output into ``log``.

    ToolFailed with the end of the log when the program fails. ToolTimeout when it does not end in
    ``seconds`` (a :class:`ToolLimit` is one that the user may change): it is then killed with
    everything it started. So it is when ``hopeless``, asked every second with the log, says that
    it will never end. No process of it gets more than :func:`memory_limit`.
    """
    name = Path(str(command[0])).name
    if started.ending():
        raise ToolFailed(f"{name} was not started: the run is being ended")
    limit = memory_limit()
    allowed = time_limit(seconds)
    begin = time.monotonic()
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env={**started.environment(), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            hint = "; is its disk mounted noexec?" if isinstance(error, PermissionError) else ""
            raise ToolFailed(f"{command[0]} cannot be started: {error.strerror}{hint}") from None
        started.add(process.pid)
        ended = False
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (limit, limit))
        try:
            with os.fdopen(os.pidfd_open(process.pid)) as descriptor:  # wait(seconds) would poll
                ended = _wait(descriptor, allowed, lambda: bool(hopeless and hopeless(log)))
        finally:
            late = time.monotonic() - begin >= allowed
            started.end(process.pid)
            status = process.wait()
            started.discard(process.pid)
    if not ended and late:
        raise ToolTimeout(out_of_time(name, seconds))
    if not ended:
        elapsed = time.monotonic() - begin
        raise ToolTimeout(f"{name} was stopped after {elapsed:.0f} s without an end{_tail(log)}")
    if status:
        how = f"was killed by signal {-status}" if status < 0 else f"failed with status {status}"
        words = log.read_text(errors="replace")
        free = shutil.disk_usage(log.parent).free
        if OUT_OF_SPACE.search(words) or free < LAST_SPACE or (free < LEAST_SPACE and not words):
            raise ToolFailed(
                f"{name} found no space left on the disk of {log.parent}; free some there, or "
                "choose another one with NEUROLOOM_CACHE and TMPDIR"
            )
        if OUT_OF_MEMORY.search(words):
            how = f"ran out of memory: it may take {limit >> 20} MB, or what {MEMORY_VARIABLE} says"
        raise ToolFailed(f"{name} {how}{_tail(log)}")


def _wait(descriptor: TextIO, seconds: float, hopeless: Callable[[], bool]) -> bool:
    """Whether the process behind ``descriptor`` ended in time."""
    limit = time.monotonic() + seconds
    while (left := limit - time.monotonic()) > 0:
        if select.select([descriptor], [], [], min(left, 1.0))[0]:
            return True
        if hopeless():
            return False
    return False


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()[-LOG_LINES_SHOWN:]
    return "; its last words:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""
