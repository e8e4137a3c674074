"""Whole data sets through a macro's Verilog, several chunks at once, held against the model."""

import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.chunks import (
    Chunk,
    ChunkReport,
    FinishedChunk,
    cut,
    simulate_chunk,
)
from neuroloom.flows.simulation.bulk.compare import (
    SHOWN,
    Mismatch,
    TrafficComparison,
    operations_in,
    unpromised,
)
from neuroloom.flows.simulation.bulk.files import check_traffic, describe
from neuroloom.flows.simulation.bulk.packing import differing
from neuroloom.flows.simulation.bulk.run import Pace, golden, run
from neuroloom.flows.simulation.job import save_traffic
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.provenance import SIMULATION, document
from neuroloom.flows.tools.recorded import Recorded
from neuroloom.flows.tools.writing import output_folder, written_aside
from neuroloom.golden.ports import Traffic, concatenate, count
from neuroloom.golden.spec import Spec

CHUNK = 1000
"""Operations in a chunk unless the caller says otherwise."""
CHUNKS_FOLDER = "chunks"


class BulkReport(Recorded):
    """What came of a bulk simulation."""

    model_config = ConfigDict(frozen=True)

    macro: str
    spec: dict[str, Any]
    operation: str
    operations: int
    chunks: int
    chunks_reused: int
    """Chunks that an earlier run had finished."""
    chunks_with_state: int
    """Chunks whose outputs would be others, had the macro not been reset before them."""
    tokens: dict[str, int]
    cycles: int
    """Cycles of all chunks, from the first token offered to the last handover."""
    cycles_per_operation: float
    stalls: dict[str, int]
    """Cycles in which a stream's token was offered and not taken."""
    golden_match: bool
    wrong_tokens: int
    mismatches: tuple[Mismatch, ...]
    """The first of them, counted over all chunks."""
    contract: bool | None
    """Whether every operation took the promised cycles; None where none are promised."""
    contract_note: str = ""
    """Why none are promised."""
    problems: tuple[str, ...]
    simulated_cycles: int
    """Cycles with those of loads, and with those in which nothing more may come."""
    simulation_seconds: float
    """Time of the simulation loops alone, added up over processes [s]."""
    cycles_per_second: float
    """Simulated cycles a second of the simulation loop in one process."""
    build_seconds: float
    seconds: float
    """Wall time of everything."""

    @property
    def passed(self) -> bool:
        return self.golden_match and self.contract is not False and not self.problems

    @property
    def message(self) -> str:
        """The first thing that is wrong, in words."""
        return "; ".join([*map(str, self.mismatches[:1]), *self.problems[:1]])


@dataclass(frozen=True)
class BulkResult:
    """A report and the tokens of every output stream, operation after operation."""

    report: BulkReport
    outputs: Traffic

    def write(self, folder: Path) -> None:
        """Write ``outputs.npz`` and ``report.json``, both or none."""
        with written_aside(folder) as aside:
            save_traffic(self.outputs, aside / "outputs.npz")
            (aside / "report.json").write_text(document(self.report, SIMULATION))


def simulate(
    spec: Spec,
    traffic: Traffic,
    setup: Traffic | None = None,
    chunk: int = CHUNK,
    workers: int | None = None,
    pace: Pace | None = None,
    folder: Path | None = None,
    waves: Path | None = None,
    verilog: str | None = None,
    top: str | None = None,
    seconds: float = 3600.0,
    progress: Callable[[int, int], None] = lambda done, all_chunks: None,
    write: bool = True,
) -> BulkResult:
    """Simulate every operation of ``traffic`` and compare it with the golden model.

    *Each chunk starts from reset*, followed by the loads of ``setup`` and those in ``traffic``;
    the golden model starts afresh with it. A macro that carries state from one operation to the
    next therefore gives other results than in one long run: the report says in how many chunks.
    With ``chunk`` not less than the number of operations there is one chunk and no such cut.

    Parameters: ``chunk`` operations in a chunk; ``workers`` chunks at once, by default as many as
    there are cores; ``pace`` the gaps; ``folder`` takes outputs.npz and report.json and keeps
    finished chunks, which are not simulated again; ``waves`` a VCD file of the first chunk, nets of
    the top module only; ``verilog`` a text with the same ports in place of the generated one, and
    ``top`` its top module; ``seconds`` the time limit of a chunk; ``progress`` is called with
    the finished and all chunks; without ``write`` the folder takes chunks alone, and no waves are
    recorded: both are left to the caller.

    UsageError for traffic that does not fit. What differs from the golden model is reported, not
    raised.
    """
    begin = time.perf_counter()
    pace = pace or Pace()
    pace.check(spec)
    check_traffic(spec, traffic, "traffic")
    check_traffic(spec, setup or {}, "setup")
    operations = operations_in(spec, traffic)
    if not operations:
        needed = "; ".join(
            describe(stream)
            for stream in spec.input_streams
            if stream.name in spec.contract.consumes
        )
        raise UsageError(f"there is no {spec.contract.operation} to simulate: give {needed}")
    if chunk < 1:
        raise UsageError(f"a chunk of {chunk} operations is too small; it holds at least 1")
    kept = folder / CHUNKS_FOLDER if folder is not None else None
    # held over all chunks: the first that cannot be kept would remove what another is about to use
    with output_folder(folder), output_folder(kept):
        chunks = cut(spec, traffic, operations, chunk)
        golden(spec, cut(spec, traffic, 1, 1)[0].traffic, setup)  # refused before it is built
        harness = build(spec, verilog, top)
        build_seconds = time.perf_counter() - begin
        finished: dict[int, FinishedChunk] = {}
        pool = ThreadPoolExecutor(workers or len(os.sched_getaffinity(0)))
        try:
            futures = {
                pool.submit(
                    simulate_chunk,
                    harness,
                    each,
                    setup,
                    replace(pace, seed=pace.seed + index),
                    kept,
                    seconds,
                ): index
                for index, each in enumerate(chunks)
            }
            for future in as_completed(futures):
                finished[futures[future]] = future.result()
                progress(len(finished), len(chunks))
        finally:
            pool.shutdown(cancel_futures=True)
        in_order = [finished[index] for index in range(len(chunks))]
        outputs = concatenate([each.outputs for each in in_order])
        report = _report(spec, traffic, chunks, in_order, setup, outputs)
        report = report.model_copy(
            update={
                "build_seconds": build_seconds,
                "seconds": time.perf_counter() - begin,
                "contract_note": unpromised(spec, pace) if report.contract is None else "",
            }
        )
        result = BulkResult(report, outputs)
        if write and waves is not None:
            record_waves(spec, chunks[0].traffic, waves, setup, pace, verilog, top, seconds)
        if write and folder is not None:
            result.write(folder)
    return result


def first_chunk(spec: Spec, traffic: Traffic, chunk: int) -> Traffic:
    """What of ``traffic`` goes into the first chunk."""
    return cut(spec, traffic, operations_in(spec, traffic), chunk)[0].traffic


def random_traffic(spec: Spec, operations: int, seed: int) -> tuple[Traffic, Traffic | None]:
    """Random operations of the macro's own stimulus, and the loads that must come before."""
    rng = np.random.default_rng(seed)
    stimulus = macro_of(spec).stimulus(spec)
    setup = stimulus.setup(rng)
    return stimulus.random(rng, operations), setup


def record_waves(
    spec: Spec,
    traffic: Traffic,
    file: Path,
    setup: Traffic | None = None,
    pace: Pace | None = None,
    verilog: str | None = None,
    top: str | None = None,
    seconds: float = 3600.0,
) -> None:
    """A VCD file of one run from reset, with the nets of the top module and none below it."""
    before, work = golden(spec, traffic, setup)
    harness = build(spec, verilog, top, traced=True)
    with written_aside(file.parent) as aside:
        run(harness, work, before, pace, waves=aside / file.name, seconds=seconds)


def _report(
    spec: Spec,
    traffic: Traffic,
    chunks: list[Chunk],
    finished: list[FinishedChunk],
    setup: Traffic | None,
    outputs: Traffic,
) -> BulkReport:
    reports = [each.report for each in finished]
    comparisons = _in_one_count(reports)
    operations = sum(report.operations for report in reports)
    cycles = sum(report.cycles for report in reports)
    simulated = sum(report.simulated_cycles for report in reports)
    loop_seconds = sum(report.simulation_seconds for report in reports)
    wrong = sum(comparison.wrong_tokens for comparison in comparisons)
    promised = [
        comparison.contract for comparison in comparisons if comparison.contract is not None
    ]
    streams = [stream.name for stream in spec.streams]
    return BulkReport(
        macro=spec.macro,
        spec=spec.model_dump(mode="json", exclude_none=True),
        operation=spec.contract.operation,
        operations=operations,
        chunks=len(chunks),
        chunks_reused=sum(each.reused for each in finished),
        chunks_with_state=0 if wrong else _with_state(spec, chunks, finished, setup),
        tokens={name: count(tokens) for name, tokens in {**traffic, **outputs}.items()},
        cycles=cycles,
        cycles_per_operation=cycles / operations,
        stalls={name: sum(report.stalls.get(name, 0) for report in reports) for name in streams},
        golden_match=not wrong,
        wrong_tokens=wrong,
        mismatches=tuple(mismatch for one in comparisons for mismatch in one.mismatches)[:SHOWN],
        contract=all(promised) if promised else None,
        problems=tuple(
            f"{spec.contract.operation}s from {report.first} on: {problem}"
            for report in reports
            for problem in report.comparison.problems
        ),
        simulated_cycles=simulated,
        simulation_seconds=loop_seconds,
        cycles_per_second=simulated / loop_seconds if loop_seconds else 0.0,
        build_seconds=0.0,
        seconds=0.0,
    )


def _in_one_count(reports: list[ChunkReport]) -> list[TrafficComparison]:
    """The chunks' comparisons, tokens counted over all chunks."""
    before: Counter[str] = Counter()
    comparisons = []
    for report in reports:
        comparisons.append(report.comparison.shifted(before))
        before.update(report.expected_tokens)
    return comparisons


def _with_state(
    spec: Spec, chunks: list[Chunk], finished: list[FinishedChunk], setup: Traffic | None
) -> int:
    """Chunks that a golden model which is not reset in between gives other outputs for."""
    if len(chunks) == 1:
        return 0
    model = spec.model()
    different = 0
    for chunk, done in zip(chunks, finished, strict=True):
        before, work = golden(spec, chunk.traffic, setup)
        if before is not None and chunk is chunks[0]:
            model.run(before.sent)
        carried = model.run(work.sent)
        different += any(
            len(differing(stream, done.outputs[stream.name], carried[stream.name]))
            for stream in spec.output_streams
        )
    return different
