"""What this process has started: it ends with this process, in whatever way that ends.

Signals that ask for an end are answered at once, in a thread of their own, for the main one may be
deep in numpy; a guard (``flows/tools/guard.py``) does the rest, also for a process that was killed.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuroloom.flows.tools import guard
from neuroloom.flows.tools.errors import DISK_ERRORS, OutputFailed, reason
from neuroloom.flows.tools.owned import SCRATCH, owned, remove, remove_abandoned

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 0.6
"""Time for the threads to end and clean up after a signal [s]."""
CLOSED_PIPE = 128 + signal.SIGPIPE
"""Exit status where whoever reads standard output has seen enough, as shells have it."""


class Interrupted(SystemExit):
    """A signal ends the run; the exit status is 128 and its number, as shells have it."""


@dataclass
class _Own:
    """Belongings of one process: a fork has children, a guard and a folder of its own."""

    process: int
    mark: str
    groups: set[int] = field(default_factory=set)
    """Process groups that :func:`~neuroloom.flows.tools.process.run` waits for, in any thread."""
    ending: threading.Event = field(default_factory=threading.Event)
    told: threading.Event = field(default_factory=threading.Event)
    """That a signal ended it was said."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    guard: "subprocess.Popen[bytes] | None" = None
    scratch: Path | None = None


_owns: dict[int, _Own] = {}


def _own() -> _Own:
    process = os.getpid()
    return _owns.setdefault(process, _Own(process, owned("")))


def environment() -> dict[str, str]:
    """Environment of a process to be started: with the mark by which it is found, and a guard."""
    own = _own()
    with own.lock:
        if own.guard is None or own.guard.poll() is not None:
            command = [sys.executable, "-I", "-S", guard.__file__, str(own.process), own.mark]
            command += [str(own.scratch)] if own.scratch is not None else []
            with suppress(OSError):  # the tool that is started next says what is short
                own.guard = subprocess.Popen(
                    command,
                    cwd="/",
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
    above = os.environ.get(guard.VARIABLE, "")
    marks = f"{above} {own.mark}".strip()
    return {**os.environ, guard.VARIABLE: marks, "TMPDIR": tempfile.gettempdir()}


def add(group: int) -> None:
    """A process group that was started; it is ended at once if this process is ending."""
    own = _own()
    own.groups.add(group)
    if own.ending.is_set():
        end(group)


def discard(group: int) -> None:
    _own().groups.discard(group)


def end(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def ending() -> bool:
    """Whether nothing is to be started any more."""
    return _own().ending.is_set()


def end_all() -> None:
    """End what was started, and start nothing more."""
    own = _own()
    own.ending.set()
    for group in tuple(own.groups):
        end(group)


@contextmanager
def ended_on_signals() -> Iterator[None]:
    """Ends this process with all it has started when it is interrupted, terminated, or loses its
    terminal: with :class:`Interrupted` where that takes less than a second.

    Signals that were ignored before, as by ``nohup``, still are.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are not its own
        yield
        return
    asked = [each for each in SIGNALS if signal.getsignal(each) != signal.SIG_IGN]
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def answer() -> None:
        while (read := os.read(reader, 1)) and read[0] not in asked:
            pass
        if not read:  # open to the end otherwise: further signals are written to it
            os.close(reader)
        else:
            end_all()
            time.sleep(GRACE_SECONDS)
            say_end(read[0])
            _remove_scratch()
            os._exit(128 + read[0])

    def interrupt(number: int, _: object) -> None:
        end_all()
        raise Interrupted(128 + number)

    usual = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    before = {each: signal.signal(each, interrupt) for each in asked}
    threading.Thread(target=answer, name="signals", daemon=True).start()
    try:
        yield
    except Interrupted:  # the thread stays, for others may not end by themselves
        raise
    except BaseException:
        _restore(before, usual, writer)
        raise
    else:
        _restore(before, usual, writer)


def _restore(handlers: dict[signal.Signals, Any], wakeup: int, writer: int) -> None:
    signal.set_wakeup_fd(wakeup)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    os.close(writer)


def say_end(number: int) -> None:
    """A line on standard error, once, for a process that a signal ends."""
    own = _own()
    if not own.told.is_set():
        own.told.set()
        with suppress(OSError):  # the terminal may be gone
            print(f"neuroloom: ended by {signal.Signals(number).name}", file=sys.stderr, flush=True)


@contextmanager
def own_scratch() -> Iterator[None]:
    """All temporary files of this process and its children in one folder, which goes with it.

    Those of processes that could not remove theirs are removed. OutputFailed when its disk is full:
    errors of other disks have been told with their place when they come here.
    """
    before, usual = tempfile.tempdir, Path(tempfile.gettempdir())
    remove_abandoned(usual, SCRATCH, unknown=False)
    own = _own()
    with suppress(OSError):  # whoever needs a file says that there is no place
        own.scratch = Path(tempfile.mkdtemp(prefix=owned(SCRATCH)))
        tempfile.tempdir = str(own.scratch)
    try:
        yield
    except OSError as error:
        name, mine = error.filename, str(own.scratch or usual)
        named = name is not None and not str(name).startswith(mine)
        if error.errno not in DISK_ERRORS or named:
            raise
        raise OutputFailed(
            f"cannot write temporary files to {usual}: {reason(error)}; free some space there, or "
            "name another folder with TMPDIR"
        ) from None
    finally:
        tempfile.tempdir = before
        _remove_scratch()


def _remove_scratch() -> None:
    own = _own()
    if own.scratch is not None:
        remove(own.scratch)
        own.scratch = None
