"""Settled jobs of a list: found finished, computed, or failed."""

import os
import queue
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic

from neuroloom.flows.batch.executors import executor
from neuroloom.flows.batch.job import BatchJob, BatchOutcome, R
from neuroloom.flows.batch.store import Finished, JobStore
from neuroloom.flows.tools.errors import NeuroloomError, OutputFailed, UsageError
from neuroloom.flows.tools.writing import cannot_write

POINTS = "points"


@dataclass(frozen=True)
class Settled(Generic[R]):
    """A job and what became of it."""

    job: BatchJob[R]
    outcome: BatchOutcome[R]
    reused: bool = False
    """Whether it was finished before."""


class _Enough(Exception):
    """A job ended the list."""


class Board(Generic[R]):
    """Follows the jobs of a list; what one gives is kept as soon as it ends.

    Finished jobs are kept in the folder ``points`` of ``folder``, and ``log`` names the file in it
    that has a line for each job computed. ``form`` is what is kept of one; ``told`` is called with
    the place of every job that is settled, from 0; ``ends`` says of each whether it ends the list,
    and then jobs that wait are taken back and those that run here are ended. As a context the board
    keeps what has ended when the list is broken off. UsageError or OutputFailed when the folder
    cannot be written to.
    """

    def __init__(
        self,
        folder: Path,
        log: str,
        form: type[Finished[R]],
        told: Callable[[int, Settled[R]], None] = lambda place, settled: None,
        ends: Callable[[Settled[R]], bool] = lambda settled: False,
    ) -> None:
        self.unkept = ""
        """Why not all finished jobs could be kept; empty where they are."""
        self._form = form
        self._store = JobStore(folder / POINTS, form)
        self._log = folder / log
        self._told = told
        self._ends = ends
        self._enough = False
        self._settled: dict[int, Settled[R]] = {}
        self._following = 0
        self._ended: queue.SimpleQueue[tuple[int, BatchJob[R], Future[BatchOutcome[R]]]]
        self._ended = queue.SimpleQueue()

    def run(
        self, jobs: Iterable[BatchJob[R]], workers: int | None = None, scheduler: str | None = None
    ) -> None:
        """Settle all jobs: ``workers`` at once, by default one a core, or with ``scheduler``, the
        address of a Dask scheduler, as many as that has.

        UsageError or ToolMissing before anything runs.
        """
        with suppress(_Enough), executor(workers, scheduler) as submit, self:
            for place, job in enumerate(jobs):
                if not self._finished_before(place, job):
                    self._follow(place, job, submit(job))
                self._settle(wait=False)
                if self._enough:
                    raise _Enough
            self._settle(wait=True)
            if self._enough:
                raise _Enough

    def __enter__(self) -> "Board[R]":
        return self

    def __exit__(self, *_: object) -> None:
        self._settle(wait=False)

    @property
    def settled(self) -> list[Settled[R]]:
        """Settled jobs in the order they were asked for."""
        return [each for _, each in self.placed]

    @property
    def placed(self) -> list[tuple[int, Settled[R]]]:
        """The same with the place of each."""
        return sorted(self._settled.items(), key=lambda placed: placed[0])

    def log(self, line: str) -> None:
        """Append a line; one write, so that lines of several lists do not mix."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            with self._log.open("ab", buffering=0) as file:
                file.write(f"{stamp} {os.getpid()} {line}\n".encode())
        except OSError as error:
            self._unkept(cannot_write(self._log, error))

    def _finished_before(self, place: int, job: BatchJob[R]) -> bool:
        kept = self._store.get(job.key)
        if kept is None:
            return False
        self._note(
            place, Settled(job, BatchOutcome(kept.report, seconds=kept.seconds), reused=True)
        )
        return True

    def _follow(self, place: int, job: BatchJob[R], future: "Future[BatchOutcome[R]]") -> None:
        self._following += 1
        future.add_done_callback(lambda ended: self._ended.put((place, job, ended)))

    def _settle(self, wait: bool) -> None:
        """Keep the results of the jobs that have ended, or of all."""
        while self._following and not self._enough and (wait or not self._ended.empty()):
            place, job, future = self._ended.get()
            self._following -= 1
            self._keep(place, job, _outcome(future))

    def _keep(self, place: int, job: BatchJob[R], outcome: BatchOutcome[R]) -> None:
        label = f"{job.key} {job.label}"
        if outcome.report is None:
            self.log(f"failed {label} {outcome.failure!r}")
        else:
            if job.lasting(outcome.report):
                self._put(
                    self._form(
                        key=job.key,
                        macro=job.macro,
                        spec=job.spec,
                        seconds=outcome.seconds,
                        report=outcome.report,
                    )
                )
            self.log(f"computed {label} {outcome.seconds:.2f} s")
        self._note(place, Settled(job, outcome))

    def _put(self, finished: Finished[R]) -> None:
        try:
            self._store.put(finished)
        except (OutputFailed, UsageError) as error:
            self._unkept(error)

    def _unkept(self, error: NeuroloomError) -> None:
        """The list goes on, for its results can still be printed."""
        self.unkept = self.unkept or str(error)

    def _note(self, place: int, settled: Settled[R]) -> None:
        self._settled[place] = settled
        self._enough |= self._ends(settled)
        self._told(place, settled)


def _outcome(future: "Future[BatchOutcome[R]]") -> BatchOutcome[R]:
    """What the job says, or how the worker that ran it ended."""
    error = future.exception()
    if error is None:
        return future.result()
    return BatchOutcome(failure=f"{type(error).__name__}: {error}")
