"""Verification: the generic bench on a macro's Verilog, against the golden model."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.simulation import icarus, verilator
from neuroloom.flows.simulation.cocotb_run import run_cocotb
from neuroloom.flows.simulation.coverage_counts import CodeSite, read_counts
from neuroloom.flows.simulation.coverage_points import CodePoint, reached_points
from neuroloom.flows.simulation.design import Build, VerilogDesign
from neuroloom.flows.simulation.job import BenchJob, BenchOutcome, save_traffic
from neuroloom.flows.simulation.names import TIME_LIMIT
from neuroloom.flows.simulation.simulators import (
    Choice,
    SimulatorName,
    choose,
    run_amaranth,
    stopped,
)
from neuroloom.flows.tools.errors import OutputFailed, ToolFailed, ToolTimeout, UsageError
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.writing import written_aside
from neuroloom.flows.verilog.emitted import emitted_verilog
from neuroloom.golden.ports import Traffic
from neuroloom.golden.spec import Spec
from neuroloom.verif.companions import Companion


@dataclass(frozen=True)
class Verification:
    """The outcomes of all seeds in one simulator."""

    spec: Spec
    simulator: Choice
    build_seconds: float
    outcomes: tuple[BenchOutcome, ...]
    waves: tuple[Path, ...] = ()
    unwritten: str = ""
    """Why not all waves could be written; empty where they were."""
    reached: Mapping[CodePoint, bool] = field(default_factory=dict)
    """Points of the Verilog, and whether any seed reached them; empty unless asked for."""

    @property
    def passed(self) -> bool:
        return all(outcome.status == "passed" for outcome in self.outcomes)

    def as_dict(self) -> dict[str, Any]:
        return {
            "macro": self.spec.macro,
            "spec": self.spec.model_dump(mode="json", exclude_none=True),
            "passed": self.passed,
            "simulator": self.simulator.name.value,
            "note": self.simulator.reason,
            "build_seconds": round(self.build_seconds, 3),
            "runs": [outcome.model_dump(mode="json") for outcome in self.outcomes],
            "waves": [str(file) for file in self.waves],
        }


def verify(
    spec: Spec,
    seeds: Sequence[int] = (1,),
    operations: int | None = None,
    simulator: SimulatorName = SimulatorName.AUTO,
    waves: Path | None = None,
    always_waves: bool = False,
    seconds: float = TIME_LIMIT,
    verilog: str | None = None,
    progress: Callable[[BenchOutcome], None] = lambda _: None,
    workers: int = 2,
    stem: str = "",
    code_coverage: bool = False,
    built: Callable[[float], None] = lambda seconds: None,
) -> Verification:
    """Run the bench for every seed.

    Parameters: ``operations`` random operations a seed (the macro's own number by default);
    ``waves`` the folder that takes a VCD file of every seed that fails, or of every seed with
    ``always_waves``; ``seconds`` the time limit of one run; ``verilog`` a text to test instead of
    the generated one, its top module named as the macro; ``progress`` is called after every seed;
    files of waves begin with ``stem``, by default the macro's name; with ``code_coverage``, which
    Verilator alone counts, the result tells what was reached of the text; ``built`` is called with
    the seconds that the build took, 0 where none is needed.
    """
    name = spec.macro
    fields = spec.model_dump(mode="json", exclude_none=True)
    jobs = [BenchJob(macro=name, spec=fields, seed=seed, operations=operations) for seed in seeds]
    runner = Runner(spec, simulator, seconds, verilog, code_coverage)

    def one(job: BenchJob) -> BenchOutcome:
        outcome = runner.run(job)
        progress(outcome)
        return outcome

    runner.prepare()
    built(runner.build_seconds)
    with ThreadPoolExecutor(1 if runner.choice.name is SimulatorName.AMARANTH else workers) as pool:
        outcomes = tuple(pool.map(one, jobs))
    shown = [
        job
        for job, outcome in zip(jobs, outcomes, strict=True)
        if waves is not None
        and (always_waves or outcome.status != "passed")
        and outcome.status != "stopped"  # the same would take as long again and end as early
    ]
    files, unwritten = [], ""
    try:
        for job in shown:
            assert waves is not None
            file = waves / f"{stem or name}-seed{job.seed}.vcd"
            with written_aside(waves) as aside:
                runner.run(job, aside / file.name)
            if file.exists():  # a simulator that crashed may have left none
                files.append(file)
    except (OutputFailed, UsageError) as error:  # the outcomes are worth more than waves
        unwritten = str(error)
    return Verification(
        spec,
        runner.choice,
        runner.build_seconds,
        outcomes,
        tuple(files),
        unwritten,
        runner.reached(),
    )


def verify_companions(
    found: Sequence[Companion],
    seed: int = 1,
    operations: int | None = None,
    simulator: SimulatorName = SimulatorName.AUTO,
    waves: Path | None = None,
    seconds: float = TIME_LIMIT,
    progress: Callable[[int, Verification], None] = lambda number, result: None,
    workers: int = 2,
    code_coverage: bool = False,
) -> tuple[Verification, ...]:
    """Run the bench on every companion of a specification, one seed each.

    Parameters as those of :func:`verify`; ``waves`` are kept of what fails; ``progress`` is
    called with the number of each, from 1, and what came of it.
    """

    def one(numbered: tuple[int, Companion]) -> Verification:
        number, companion = numbered
        result = verify(
            companion.spec,
            (seed,),
            operations,
            simulator,
            waves,
            seconds=seconds,
            workers=1,
            stem=f"{companion.spec.macro}-companion{number}",
            code_coverage=code_coverage,
        )
        progress(number, result)
        return result

    alone = choose(simulator).name is SimulatorName.AMARANTH
    with ThreadPoolExecutor(1 if alone else workers) as pool:
        return tuple(pool.map(one, enumerate(found, 1)))


def at_once(
    alone: Callable[[], Verification],
    beside: Callable[[], tuple[Verification, ...]],
    simulator: SimulatorName = SimulatorName.AUTO,
    workers: int = 2,
) -> tuple[Verification, tuple[Verification, ...]]:
    """Both, at the same time where there are workers and simulators are processes of their own:
    often the specification that is asked for takes as long as all companions.
    """
    if workers == 1 or choose(simulator).name is SimulatorName.AMARANTH:
        return alone(), beside()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(alone)
        rest = beside()
        return first.result(), rest


def replay(
    spec: Spec,
    traffic: Traffic,
    simulator: SimulatorName = SimulatorName.AUTO,
    seconds: float = TIME_LIMIT,
) -> Verification:
    """Send ``traffic`` without gaps: every output and every cycle must be as promised."""
    runner = Runner(spec, simulator, seconds)
    runner.prepare()
    with scratch_folder() as folder:
        file = folder / "traffic.npz"
        save_traffic(traffic, file)
        fields = spec.model_dump(mode="json", exclude_none=True)
        outcome = runner.run(BenchJob(macro=spec.macro, spec=fields, seed=0, traffic=file))
    return Verification(spec, runner.choice, runner.build_seconds, (outcome,))


class Runner:
    """Builds a specification's Verilog once and runs jobs on it."""

    def __init__(
        self,
        spec: Spec,
        simulator: SimulatorName,
        seconds: float,
        verilog: str | None = None,
        code_coverage: bool = False,
    ) -> None:
        self.spec = spec
        self.choice = choose(simulator, code_coverage)
        self.seconds = seconds
        self.build_seconds = 0.0
        self._verilog = verilog
        self._code_coverage = code_coverage
        self._counts: list[Mapping[CodeSite, int]] = []  # of every run

    def prepare(self) -> None:
        """Build without waves, or find the build in the cache."""
        if self.choice.name is not SimulatorName.AMARANTH:
            begin = time.perf_counter()
            self._build(waves=False)
            self.build_seconds = time.perf_counter() - begin

    def run(self, job: BenchJob, waves: Path | None = None) -> BenchOutcome:
        """The outcome of ``job``; a simulator that crashes or hangs is an outcome too."""
        begin = time.perf_counter()
        if self.choice.name is SimulatorName.AMARANTH:
            component = macro_of(self.spec).component(self.spec)
            outcome = run_amaranth(job, waves, component, self.seconds)
        else:
            build = self._build(waves is not None)
            try:
                outcome = self._run_cocotb(build, job, waves)
            except ToolTimeout:
                outcome = stopped(job, self.seconds)
            except ToolFailed as error:
                outcome = BenchOutcome(
                    status="crashed", message=str(error), report={"seed": job.seed}
                )
        seconds = time.perf_counter() - begin
        return outcome.model_copy(
            update={"simulator": self.choice.name.value, "seconds": round(seconds, 3)}
        )

    def reached(self) -> dict[CodePoint, bool]:
        """What all runs together reached of the text, where it was counted."""
        total = Counter[CodeSite]()
        for counts in self._counts:
            total.update(counts)
        return reached_points(total, self._text) if total else {}

    def _run_cocotb(self, build: Build, job: BenchJob, waves: Path | None) -> BenchOutcome:
        if not self._code_coverage or waves is not None:  # waves are of a run that was counted
            return run_cocotb(build, job, self.seconds, waves)
        with scratch_folder() as folder:
            file = folder / "coverage.dat"
            outcome = run_cocotb(build, job, self.seconds, coverage=file)
            self._counts.append(read_counts(file))
        return outcome

    @property
    def _text(self) -> str:
        if self._verilog is None:
            self._verilog = emitted_verilog(self.spec)
        return self._verilog

    def _build(self, waves: bool) -> Build:
        counted = self._code_coverage and not waves
        design = VerilogDesign(self._text, self.spec.macro, waves, counted)
        if self.choice.name is SimulatorName.VERILATOR:
            return verilator.build(design)
        return icarus.build(design)
