"""Chunks of a data set: cut, simulated, and kept so that none is simulated twice."""

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from neuroloom.flows.simulation.bulk.build import Harness
from neuroloom.flows.simulation.bulk.compare import TrafficComparison, compare
from neuroloom.flows.simulation.bulk.packing import pack
from neuroloom.flows.simulation.bulk.run import Pace, golden, run
from neuroloom.flows.simulation.job import load_traffic, save_traffic
from neuroloom.flows.tools.errors import OutputFailed
from neuroloom.flows.tools.sealed import digest_of, seal, unseal
from neuroloom.flows.tools.writing import written_aside
from neuroloom.golden.ports import Traffic, count
from neuroloom.golden.spec import Spec


@dataclass(frozen=True)
class Chunk:
    """Whole operations that are simulated together, from reset."""

    first: int
    """Number of the first operation."""
    operations: int
    traffic: Traffic


class ChunkReport(BaseModel):
    """What came of a chunk."""

    model_config = ConfigDict(frozen=True)

    first: int
    operations: int
    cycles: int
    """Cycles from the one that offers the first operation's first token to the last handover."""
    stalls: dict[str, int]
    """Cycles in which a stream's token was offered and not taken."""
    simulated_cycles: int
    simulation_seconds: float
    """Time of the simulation loop alone [s]."""
    seconds: float
    expected_tokens: dict[str, int]
    """What the golden model gives on each output stream."""
    comparison: TrafficComparison
    """Tokens are counted from the start of the chunk."""


@dataclass(frozen=True)
class FinishedChunk:
    """A chunk that was simulated now or found in the folder."""

    report: ChunkReport
    outputs: Traffic
    reused: bool


def cut(spec: Spec, traffic: Traffic, operations: int, size: int) -> list[Chunk]:
    """Chunks of ``size`` operations, the last one perhaps smaller. Loads go into every chunk.

    One where operations contend: their streams hold any numbers, and there is no place to cut.
    """
    if spec.contract.contention:
        return [Chunk(0, operations, traffic)]
    each = np.arange(operations + 1)
    begins = {stream: number * each for stream, number in spec.contract.consumes.items()}
    for stream, numbers in spec.consumption(traffic).items():
        begins[stream] = np.concatenate([[0], np.cumsum(numbers)])

    def part(first: int, last: int) -> Traffic:
        return {
            stream: {
                field: values[begins[stream][first] : begins[stream][last]]
                if stream in begins
                else values
                for field, values in tokens.items()
            }
            for stream, tokens in traffic.items()
        }

    return [
        Chunk(first, min(size, operations - first), part(first, min(first + size, operations)))
        for first in range(0, operations, size)
    ]


def simulate_chunk(
    harness: Harness,
    chunk: Chunk,
    setup: Traffic | None,
    pace: Pace,
    folder: Path | None,
    seconds: float,
) -> FinishedChunk:
    """Simulate and compare a chunk, unless ``folder`` holds its result already.

    A result is found again by the content of design, harness, traffic, loads and pace; its two
    files are complete or not there.
    """
    if folder is not None:
        stem = _key(harness, chunk, setup, pace)
        outputs, report = folder / f"{stem}.npz", folder / f"{stem}.json"
        found = unseal(report, ChunkReport, outputs=outputs)
        if found is not None:
            return FinishedChunk(found, load_traffic(outputs), reused=True)
    begin = time.perf_counter()
    spec = harness.spec
    before, work = golden(spec, chunk.traffic, setup)
    done = run(harness, work, before, pace, record=True, seconds=seconds)
    comparison = compare(spec, done, work, before, pace)
    counts = done.phases.get("work")
    result = ChunkReport(
        first=chunk.first,
        operations=chunk.operations,
        cycles=counts.cycles if counts else 0,
        stalls={name: stream.stalls for name, stream in counts.streams.items()} if counts else {},
        simulated_cycles=done.cycles,
        simulation_seconds=done.seconds,
        seconds=time.perf_counter() - begin,
        expected_tokens={name: count(tokens) for name, tokens in work.expected.items()},
        comparison=comparison,
    )
    given = done.outputs.get("work", {})
    if folder is not None:
        # the run goes on without: all results are written at its end, or it says that they cannot
        with suppress(OutputFailed), written_aside(folder) as aside:
            save_traffic(given, aside / f"{stem}.npz")
            digest = digest_of(aside / f"{stem}.npz")
            (aside / f"{stem}.json").write_text(seal(result, outputs=digest))
    return FinishedChunk(result, given, reused=False)


def _key(harness: Harness, chunk: Chunk, setup: Traffic | None, pace: Pace) -> str:
    """The chunk's name: its first operation, for people, and a hash of all that decides it."""
    digest = hashlib.sha256()
    kept = sorted(ChunkReport.model_fields)
    words = [harness.key, repr(pace), harness.spec.model_dump_json(), kept]
    digest.update(json.dumps(words).encode())
    for name, traffic in (("setup", setup or {}), ("work", chunk.traffic)):
        for stream in harness.spec.input_streams:
            if stream.name in traffic:
                packed = pack(stream, traffic[stream.name])
                digest.update(f"{name} {stream.name} {len(packed)}".encode())
                digest.update(packed.tobytes())
    return f"chunk-{chunk.first:09d}-{digest.hexdigest()[:20]}"
