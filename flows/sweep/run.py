"""A sweep: the points that are not finished yet are computed, here or on a cluster."""

import dataclasses
import os
import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

from neuroloom.flows.cache import cache_folder
from neuroloom.flows.errors import NeuroloomError, OutputFailed, UsageError
from neuroloom.flows.sweep.executors import executor
from neuroloom.flows.sweep.job import Job, Limits, Outcome
from neuroloom.flows.sweep.key import ground, point_key
from neuroloom.flows.sweep.plan import varying
from neuroloom.flows.sweep.result import SweepPoint, SweepResult
from neuroloom.flows.sweep.store import Finished, Store
from neuroloom.flows.synthesis.design import of_spec
from neuroloom.flows.synthesis.synthesize import Options
from neuroloom.flows.synthesis.targets import TARGETS, Target
from neuroloom.flows.writing import cannot_write
from neuroloom.golden.spec import Spec

POINTS, LOG = "points", "sweep.log"
Progress = Callable[[int, int], None]


def sweep(
    specs: Sequence[Spec],
    targets: Sequence[Target],
    options: Options | None = None,
    folder: Path | None = None,
    workers: int | None = None,
    limits: Limits | None = None,
    scheduler: str | None = None,
    liberty: Sequence[Path] = (),
    progress: Progress = lambda done, total: None,
) -> SweepResult:
    """Synthesize every specification for every target.

    Finished points are kept in ``folder`` (by default in the cache) and not computed again; the
    folder's ``sweep.log`` has a line for each point computed. ``workers`` points run at once, by
    default one a core; with ``scheduler``, the address of a Dask scheduler, as many as that has.
    ``liberty`` are the files of a target that is not known by name. A point that fails is noted
    in the result, and the others go on. UsageError or ToolMissing before anything runs.
    """
    begin = time.monotonic()
    options, limits = options or Options(), limits or Limits()
    options = dataclasses.replace(options, seeds=tuple(options.seeds))
    specs, targets = list(dict.fromkeys(specs)), list({t.name: t for t in targets}.values())
    if len({spec.macro for spec in specs}) != 1 or not targets:
        raise UsageError("a sweep needs specifications of one macro, and a target at least")
    for target in targets:
        target.check()
    grounds = {target.name: ground(target, options) for target in targets}
    board = _Board(folder or cache_folder() / "sweep", len(specs) * len(targets), progress)
    files = tuple(file.resolve() for file in liberty)
    board.log(f"begin: {board.total} points of {specs[0].macro}")
    with executor(workers, scheduler) as submit, board:
        for number, spec in enumerate(specs):
            design = of_spec(spec)
            dumped = spec.model_dump(mode="json", exclude_none=True)
            for place, target in enumerate(targets, start=number * len(targets)):
                job = Job(
                    key=point_key(design, grounds[target.name]), macro=spec.macro, spec=dumped,
                    verilog=design.text, target=target.name, options=options, limits=limits,
                    liberty=() if target.name in TARGETS else files,
                )  # fmt: skip
                if not board.finished_before(place, job):
                    board.follow(place, job, submit(job))
            board.settle(wait=False)
        board.settle(wait=True)
    cautions = [spec.cautions() for spec in specs]
    result = SweepResult(
        macro=specs[0].macro, varying=tuple(varying(specs)),
        points=tuple(
            point.model_copy(update={"cautions": cautions[place // len(targets)]})
            for place, point in board.points.items()
        ),
        seconds=time.monotonic() - begin, unkept=board.unkept,
    )  # fmt: skip
    failed = len(result.failed)
    board.log(
        f"end: {result.computed} computed, {board.total - result.computed - failed} finished "
        f"before, {failed} failed, {result.seconds:.1f} s"
    )
    return result


class _Board:
    """Which points are settled; what a job gives is kept as soon as it ends.

    As a context it keeps what has ended when the sweep is broken off.
    """

    def __init__(self, folder: Path, total: int, progress: Progress) -> None:
        self.total = total
        self.unkept = ""
        self._store = Store(folder / POINTS)
        self._log = folder / LOG
        self._progress = progress
        self._settled: dict[int, SweepPoint] = {}
        self._following = 0
        self._ended: queue.SimpleQueue[tuple[int, Job, Future[Outcome]]] = queue.SimpleQueue()

    def __enter__(self) -> "_Board":
        return self

    def __exit__(self, *_: object) -> None:
        self.settle(wait=False)

    @property
    def points(self) -> dict[int, SweepPoint]:
        """Settled points in the order they were asked for."""
        return dict(sorted(self._settled.items()))

    def log(self, line: str) -> None:
        """Append a line; one write, so that lines of several sweeps do not mix."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            with self._log.open("ab", buffering=0) as file:
                file.write(f"{stamp} {os.getpid()} {line}\n".encode())
        except OSError as error:
            self._unkept(cannot_write(self._log, error))

    def finished_before(self, place: int, job: Job) -> bool:
        found = self._store.get(job.key)
        if found is None:
            return False
        self._note(place, SweepPoint(spec=job.spec, target=job.target, report=found.report,
                                     seconds=found.seconds, reused=True))  # fmt: skip
        return True

    def follow(self, place: int, job: Job, future: "Future[Outcome]") -> None:
        self._following += 1
        future.add_done_callback(lambda ended: self._ended.put((place, job, ended)))

    def settle(self, wait: bool) -> None:
        """Keep the results of the jobs that have ended, or of all."""
        while self._following and (wait or not self._ended.empty()):
            place, job, future = self._ended.get()
            self._following -= 1
            self._keep(place, job, _outcome(future))

    def _keep(self, place: int, job: Job, outcome: Outcome) -> None:
        words = " ".join(f"{name}={value}" for name, value in job.spec.items())
        label = f"{job.key} {words[:100]} {job.target}"
        if outcome.report is not None:
            finished = Finished(key=job.key, macro=job.macro, spec=job.spec,
                                seconds=outcome.seconds, report=outcome.report)  # fmt: skip
            try:
                self._store.put(finished)
            except (OutputFailed, UsageError) as error:
                self._unkept(error)
            self.log(f"computed {label} {outcome.seconds:.2f} s")
        else:
            self.log(f"failed {label} {outcome.failure!r}")
        self._note(place, SweepPoint(spec=job.spec, target=job.target, report=outcome.report,
                                     failure=outcome.failure, seconds=outcome.seconds))  # fmt: skip

    def _unkept(self, error: NeuroloomError) -> None:
        """The sweep goes on, for its figures can still be printed."""
        self.unkept = self.unkept or str(error)

    def _note(self, place: int, point: SweepPoint) -> None:
        self._settled[place] = point
        self._progress(len(self._settled), self.total)


def _outcome(future: "Future[Outcome]") -> Outcome:
    """What the job says, or how the worker that ran it ended."""
    error = future.exception()
    if error is None:
        return future.result()
    return Outcome(failure=f"{type(error).__name__}: {error}", seconds=0.0)
