"""A sweep: the points that are not finished yet are computed, here or on a cluster."""

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from neuroloom.flows.batch.board import Board, Settled
from neuroloom.flows.batch.job import Limits
from neuroloom.flows.batch.store import Finished
from neuroloom.flows.designs.design import of_spec
from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.sweep.job import PointJob
from neuroloom.flows.sweep.key import ground, point_key
from neuroloom.flows.sweep.plan import varying
from neuroloom.flows.sweep.result import SweepPoint, SweepResult
from neuroloom.flows.synthesis.synthesize import Options
from neuroloom.flows.synthesis.targets import TARGETS, Target
from neuroloom.flows.tools.cache import cache_folder
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.spec import Spec

LOG = "sweep.log"
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
    files = tuple(file.resolve() for file in liberty)

    def jobs() -> Iterator[PointJob]:
        for spec in specs:
            design = of_spec(spec)
            dumped = spec.model_dump(mode="json", exclude_none=True)
            for target in targets:
                yield PointJob(
                    key=point_key(design, grounds[target.name]),
                    macro=spec.macro,
                    spec=dumped,
                    verilog=design.text,
                    target=target.name,
                    options=options,
                    limits=limits,
                    liberty=() if target.name in TARGETS else files,
                )

    total, done = len(specs) * len(targets), itertools.count(1)
    board = Board(
        folder or cache_folder() / "sweep",
        LOG,
        Finished[TargetReport],
        lambda *_: progress(next(done), total),
    )
    board.log(f"begin: {total} points of {specs[0].macro}")
    board.run(jobs(), workers, scheduler)
    cautions = [spec.cautions() for spec in specs for _ in targets]
    result = SweepResult(
        macro=specs[0].macro,
        varying=tuple(varying(specs)),
        points=tuple(map(_point, board.settled, cautions)),
        seconds=time.monotonic() - begin,
        unkept=board.unkept,
    )
    failed = len(result.failed)
    board.log(
        f"end: {result.computed} computed, {total - result.computed - failed} finished before, "
        f"{failed} failed, {result.seconds:.1f} s"
    )
    return result


def _point(settled: Settled[TargetReport], cautions: tuple[str, ...]) -> SweepPoint:
    job, outcome = settled.job, settled.outcome
    assert isinstance(job, PointJob)
    return SweepPoint(
        spec=job.spec,
        target=job.target,
        report=outcome.report,
        failure=outcome.failure,
        seconds=outcome.seconds,
        cautions=cautions,
        reused=settled.reused,
    )
