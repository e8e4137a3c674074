"""External programs: found, run with a time limit, and ended with all their children."""

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TextIO

from neuroloom.flows.errors import ToolFailed, ToolMissing, ToolTimeout

INSTALL = {
    "g++": "sudo apt-get install g++",
    "iverilog": "sudo apt-get install iverilog",
    "vvp": "sudo apt-get install iverilog",
    "sta": "sudo apt-get install opensta",
}
LOG_LINES_SHOWN = 15


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
    done = subprocess.run([path, option], capture_output=True, text=True, check=False)
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

    ToolFailed with the end of the log when the program fails, or does not end in ``seconds``:
    it is then killed with everything it started. So it is when ``hopeless``, asked every second
    with the log, says that it will never end.
    """
    begin = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        ended = False
        try:
            with os.fdopen(os.pidfd_open(process.pid)) as descriptor:  # wait(seconds) would poll
                ended = _wait(descriptor, seconds, lambda: bool(hopeless and hopeless(log)))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
    name = Path(str(command[0])).name
    if not ended:
        raise ToolTimeout(
            f"{name} was stopped after {time.monotonic() - begin:.0f} s without an end{_tail(log)}"
        )
    if status:
        how = f"was killed by signal {-status}" if status < 0 else f"failed with status {status}"
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
