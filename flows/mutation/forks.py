"""Work in forked processes, one a piece of it: nothing that goes wrong in one reaches the others.

A fork has all that was imported and found out so far, so that it begins at once.
"""

import ctypes
import gc
import json
import os
import resource
import selectors
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from types import FrameType
from typing import Any, Generic, TypeVar

from neuroloom.flows.tools import started
from neuroloom.flows.tools.process import memory_limit

Task = TypeVar("Task")
PARENT_DEATH = 1
"""``PR_SET_PDEATHSIG``: a signal when the parent ends, in whatever way."""
PIECE = 1 << 16


class Hang(BaseException):
    """Something went on for too long; nobody takes it for an error of its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """:class:`Hang` inside after ``seconds`` of the processor, however busy the machine is."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Hang

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


@dataclass(frozen=True)
class Ended(Generic[Task]):
    """A piece of work that came to its end."""

    task: Task
    answer: Any
    """What the work returned, through JSON; None where its process was killed."""
    signal: int
    """Signal by which it was killed; 0 if it was not."""


def forked(
    work: Callable[[Task], Any], tasks: Iterable[Task], seconds: float, workers: int
) -> Iterator[Ended[Task]]:
    """Each task's answer as it comes, which may be anything that JSON has.

    A process that takes ``seconds`` of the processor is killed. Left early, all are ended.
    """
    waiting = iter(tasks)
    running: dict[int, tuple[int, Task, bytearray]] = {}
    gc.freeze()  # what is there already would be copied by looking at it
    with selectors.DefaultSelector() as selector:
        try:
            while True:
                for task in islice(waiting, workers - len(running)):
                    reader, process = _start(work, task, seconds)
                    running[reader] = (process, task, bytearray())
                    selector.register(reader, selectors.EVENT_READ)
                if not running:
                    return
                for ready, _ in selector.select():
                    reader = int(ready.fd)
                    process, task, received = running[reader]
                    if piece := os.read(reader, PIECE):
                        received += piece
                        continue
                    selector.unregister(reader)
                    del running[reader]
                    killed = _wait(reader, process)
                    yield Ended(task, json.loads(received) if received else None, killed)
        finally:
            for reader, (process, _, _) in running.items():
                started.end(process)
                _wait(reader, process)
            gc.unfreeze()


def _start(work: Callable[[Any], Any], task: Any, seconds: float) -> tuple[int, int]:
    """Pipe that the answer will come from, and the process."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # threads of a terminal's progress hold nothing that is used on the other side
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if not process:
        _answer(work, task, seconds, writer)
    os.close(writer)
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(process, process)
    started.add(process)
    return reader, process


def _answer(work: Callable[[Any], Any], task: Any, seconds: float, writer: int) -> None:
    """All that a forked process does."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in started.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGKILL)
        limit = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_DATA, (memory_limit(), memory_limit()))
        warnings.simplefilter("ignore")
        sys.settrace(None)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        answer = memoryview(json.dumps(work(task)).encode())
        while answer:
            answer = answer[os.write(writer, answer) :]
        status = 0
    finally:
        os._exit(status)


def _wait(reader: int, process: int) -> int:
    """The signal that killed the process."""
    os.close(reader)
    _, status = os.waitpid(process, 0)
    started.discard(process)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
