"""A regression: the runs that have not passed yet are done, here or on a cluster."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from neuroloom.flows.batch.board import Board, Settled
from neuroloom.flows.batch.job import BatchJob
from neuroloom.flows.batch.store import Finished
from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.regression.job import RunJob, run_job
from neuroloom.flows.regression.repeat import Asked
from neuroloom.flows.regression.result import PASSED, Regression, run_of
from neuroloom.flows.simulation.job import BenchOutcome
from neuroloom.flows.simulation.simulators import choose
from neuroloom.flows.tools.cache import cache_folder
from neuroloom.golden.spec import Spec

LOG = "verify.log"
Planned = tuple[Spec, int]
"""A specification and the seed it runs with."""


def with_seeds(specs: Iterable[Spec], seeds: Sequence[int]) -> list[Planned]:
    """Every specification under every seed."""
    return [(spec, seed) for spec in specs for seed in seeds]


def random_runs(macro: Macro, number: int, seed: int) -> list[Planned]:
    """Random specifications, each drawn with a seed of its own, from ``seed`` on, and run with
    the same.
    """
    seeds = range(seed, seed + number)
    return [(macro.stimulus_type.random_spec(np.random.default_rng(seed)), seed) for seed in seeds]


def regress(
    planned: Sequence[Planned],
    asked: Asked,
    folder: Path | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    megabytes: int | None = None,
    told: Callable[[int, BenchOutcome], None] = lambda number, outcome: None,
    verilog: Callable[[Spec], str | None] = lambda _: None,
    first: bool = False,
) -> Regression:
    """Run the bench on every specification with its seed.

    Runs that passed are kept in ``folder`` (by default in the cache) and not done again; the
    folder's ``verify.log`` has a line for each that was done. ``workers`` run at once, by default
    one a core; with ``scheduler``, the address of a Dask scheduler, as many as that has. ``told``
    is called with the number of each run, from 0, and its outcome. ``verilog`` gives a text to
    test instead of the generated one; with ``first`` the list ends at the first run that does not
    pass. UsageError or ToolMissing before anything runs.
    """
    begin = time.monotonic()
    simulator = choose(asked.simulator).name

    def jobs() -> Iterator[RunJob]:
        for spec, seed in planned:
            dumped = spec.model_dump(mode="json", exclude_none=True)
            yield run_job(
                spec.macro,
                dumped,
                seed,
                asked.operations,
                simulator,
                asked.seconds,
                megabytes,
                verilog(spec),
            )

    def tell(number: int, settled: Settled[BenchOutcome]) -> None:
        told(number, outcome_of(settled))

    def ends(settled: Settled[BenchOutcome]) -> bool:
        return first and outcome_of(settled).status != PASSED

    board = Board(folder or cache_folder() / "verify", LOG, Finished[BenchOutcome], tell, ends)
    board.log(f"begin: {len(planned)} runs of {planned[0][0].macro}")
    board.run(jobs(), workers, scheduler)
    runs = tuple(
        run_of(
            planned[place][0], outcome_of(settled), planned[place][1], asked, reused=settled.reused
        )
        for place, settled in board.placed
    )
    result = Regression(
        macro=planned[0][0].macro,
        simulator=simulator.value,
        runs=runs,
        seconds=time.monotonic() - begin,
        left=len(planned) - len(runs),
        unkept=board.unkept,
    )
    board.log(
        f"end: {result.computed} done, {len(runs) - result.computed} passed before, "
        f"{len(result.failed)} failed, {result.seconds:.1f} s"
    )
    return result


def outcome_of(settled: Settled[BenchOutcome]) -> BenchOutcome:
    """The outcome of a run; one that gave none crashed."""
    outcome, job = settled.outcome, settled.job
    if outcome.report is not None:
        return outcome.report
    return BenchOutcome(
        status="crashed",
        message=outcome.failure,
        report={"seed": _seed(job)},
        seconds=round(outcome.seconds, 3),
    )


def _seed(job: BatchJob[BenchOutcome]) -> int:
    assert isinstance(job, RunJob)
    return job.seed
