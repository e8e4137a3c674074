"""One run of a compiled harness: reset, the loads, then the operations."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter

from neuroloom.flows.simulation.bulk.build import Harness
from neuroloom.flows.simulation.bulk.packing import pack, token_bytes, unpack
from neuroloom.flows.simulation.names import LEAST_PROBABILITY
from neuroloom.flows.tools.errors import ToolTimeout, UsageError
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import ToolLimit, out_of_time
from neuroloom.flows.tools.process import run as run_program
from neuroloom.golden.ports import Stream, Traffic, count
from neuroloom.golden.spec import Spec

ALWAYS = 1 << 32
IDLE_CYCLES = 4
SIMULATION_SECONDS = ToolLimit(3600.0)
"""Unless a command has an option for it."""


@dataclass(frozen=True)
class Pace:
    """How fast tokens come and go; by default always offered and always accepted."""

    offer: float = 1.0
    """Probability in each cycle that a producer that rests offers its next token."""
    accept: float = 1.0
    """Probability in each cycle that a consumer accepts."""
    spacing: int | None = None
    """Operation k is not offered before cycle k·spacing of the run, counted from 0."""
    seed: int = 1
    """Decides the gaps."""
    beat: int | None = None
    """Every so many cycles ``burst`` tokens of each stream that operations take are offered."""
    burst: int = 1

    @property
    def full(self) -> bool:
        """Whether the contract's cycles are promised at this pace."""
        return self.offer == self.accept == 1 and self.spacing is None and self.beat is None

    def check(self, spec: Spec) -> None:
        """UsageError when a probability is out of range or the macro cannot keep the spacing."""
        for name, value in (("offer", self.offer), ("accept", self.accept)):
            if not LEAST_PROBABILITY <= value <= 1:
                raise UsageError(
                    f"the probability to {name} is {value}; it lies in {LEAST_PROBABILITY} to 1"
                )
        for name, number in (("beat", self.beat), ("burst", self.burst)):
            if number is not None and number < 1:
                raise UsageError(f"{name}={number} is less than 1")
        interval = spec.contract.interval
        if self.spacing is not None and self.spacing < interval:
            raise UsageError(
                f"a spacing of {self.spacing} cycles is too short: {spec.macro} takes a "
                f"{spec.contract.operation} every {interval}"
            )


@dataclass(frozen=True)
class RunPhase:
    """Tokens to send, and what the golden model gives for them."""

    sent: Traffic
    expected: Traffic


class StreamCounts(BaseModel):
    """What happened on a stream in a phase."""

    model_config = ConfigDict(frozen=True)

    tokens: int
    stalls: int
    """Cycles in which a token was offered and not taken."""
    unstable: int | None
    """The first output token that was withdrawn or changed while it waited."""


class PhaseCounts(BaseModel):
    """What happened in a phase."""

    model_config = ConfigDict(frozen=True)

    finished: bool
    """False when nothing moved for too long."""
    cycles: int
    """Cycles until the last token was handed over."""
    simulated: int
    """``cycles``, and those in which nothing more may come."""
    seconds: float
    streams: dict[str, StreamCounts]


@dataclass(frozen=True)
class BulkRun:
    """What came of a run. Phases are idle (after reset), setup and work, as far as it came."""

    phases: dict[str, PhaseCounts]
    outputs: dict[str, Traffic]
    """Phase name to what the output streams gave."""
    handovers: dict[str, NDArray[np.uint64]]
    """Stream to the cycle of each handover, counted from the start of the work; where recorded."""

    @property
    def cycles(self) -> int:
        """All simulated cycles after reset."""
        return sum(phase.simulated for phase in self.phases.values())

    @property
    def seconds(self) -> float:
        """Wall time of the simulation loop alone."""
        return sum(phase.seconds for phase in self.phases.values())


def run(
    harness: Harness,
    work: RunPhase,
    setup: RunPhase | None = None,
    pace: Pace | None = None,
    record: bool = False,
    window: int = 0,
    waves: Path | None = None,
    toggles: Path | None = None,
    seconds: float = SIMULATION_SECONDS,
    drain: int | None = None,
) -> BulkRun:
    """Send ``setup``, see that it is through, then send ``work``.

    Parameters: ``record`` the cycle of every handover of the work; ``window`` cycles that the work
    takes at least; ``waves`` a VCD file to write; ``toggles`` a file that takes the toggles of
    every net during the work, over ``window`` cycles or, where that is 0, until the last token was
    handed over. Both need a harness that was built for it. ``seconds`` is the time limit, ``drain``
    the cycles in which nothing more may come, by default enough for a whole operation.
    """
    spec, pace = harness.spec, pace or Pace()
    contract = spec.contract
    slowest = min(pace.offer, pace.accept)
    patience = 4 * (contract.latency + contract.interval) + contract.start + 500
    whole = round((contract.latency + 2 * contract.interval + 8) / slowest)
    words: dict[str, int | float | str | Path] = {
        "seed": pace.seed,
        "offer": round(pace.offer * ALWAYS),
        "accept": round(pace.accept * ALWAYS),
        "spacing": pace.spacing or 0,
        "beat": pace.beat or 0,
        "burst": pace.burst,
        "patience": round(patience / slowest) + (pace.spacing or 0) + (pace.beat or 0),
        "drain": whole if drain is None else drain,
        "idle": IDLE_CYCLES,
        "window": window,
        "record": int(record),
        "setup": int(setup is not None),
    }
    words |= {key: file.resolve() for key, file in (("waves", waves), ("toggles", toggles)) if file}
    with scratch_folder() as folder:
        phases = {"work": work, **({"setup": setup} if setup else {})}
        for phase_name, phase in phases.items():
            for stream in spec.input_streams:
                if stream.name in phase.sent:
                    packed = pack(stream, phase.sent[stream.name])
                    packed.tofile(folder / f"{phase_name}_{stream.name}.in")
            for stream in spec.output_streams:
                if stream.name in phase.expected:
                    words[f"{phase_name}.{stream.name}"] = count(phase.expected[stream.name])
        options = [f"{key}={value}" for key, value in {"folder": folder, **words}.items()]
        try:
            run_program([harness.program, *options], folder / "log", seconds)
        except ToolTimeout:
            raise ToolTimeout(out_of_time("the simulation", seconds)) from None
        result = TypeAdapter(dict[str, PhaseCounts]).validate_json(
            (folder / "result.json").read_bytes()
        )
        return BulkRun(
            result,
            {each: _outputs(folder, each, spec.output_streams) for each in result},
            {stream.name: _handovers(folder, stream) for stream in spec.streams} if record else {},
        )


def golden(
    spec: Spec, traffic: Traffic, setup: Traffic | None = None
) -> tuple[RunPhase | None, RunPhase]:
    """The phases of a run that starts from reset: the loads with ``setup``, and the operations.

    Loads are the streams that no operation consumes. UsageError in the model's words when it
    refuses, for example because parameters are missing.
    """
    consumes = spec.contract.consumes
    loads = {name: tokens for name, tokens in traffic.items() if name not in consumes}
    first = {**_empty(spec), **(setup or {}), **loads} if setup or loads else None
    work = {**_empty(spec), **{name: traffic[name] for name in traffic if name in consumes}}
    model = spec.model()
    try:
        before = RunPhase(first, model.run(first)) if first else None
        return before, RunPhase(work, model.run(work))
    except ValueError as error:
        raise UsageError(f"{spec.macro} cannot take this traffic: {error}") from None


def _empty(spec: Spec) -> dict[str, dict[str, NDArray[np.int64]]]:
    """No tokens on every stream that operations consume."""
    return {
        stream.name: {field.name: np.zeros(field.shape(0), np.int64) for field in stream.fields}
        for stream in spec.input_streams
        if stream.name in spec.contract.consumes
    }


def _outputs(folder: Path, phase: str, streams: Iterable[Stream]) -> Traffic:
    return {
        stream.name: unpack(
            stream,
            np.fromfile(folder / f"{phase}_{stream.name}.out", np.uint8).reshape(
                -1, token_bytes(stream)
            ),
        )
        for stream in streams
    }


def _handovers(folder: Path, stream: Stream) -> NDArray[np.uint64]:
    return np.fromfile(folder / f"work_{stream.name}.cycles", np.uint64)
