"""What a run gave, held against the golden model, the contract and the stream protocol."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from neuroloom.flows.simulation.bulk.packing import differing, paired
from neuroloom.flows.simulation.bulk.run import BulkRun, Pace, PhaseCounts, RunPhase
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.golden.contract import Contract, Variation
from neuroloom.golden.ports import Tokens, Traffic, count
from neuroloom.golden.spec import Spec

SHOWN = 5
"""Mismatches that are written out; the others are counted."""


class Mismatch(BaseModel):
    """A token that is not the golden model's: ``got`` is None when it did not come, ``expected``
    when it should not have come."""

    model_config = ConfigDict(frozen=True)

    stream: str
    token: int
    expected: dict[str, Any] | None
    got: dict[str, Any] | None

    def __str__(self) -> str:
        return (
            f"stream {self.stream!r}, token {self.token}: expected {_shown(self.expected)}, "
            f"got {_shown(self.got)}"
        )


class TrafficComparison(BaseModel):
    """What was found wrong in a run."""

    model_config = ConfigDict(frozen=True)

    wrong_tokens: int
    mismatches: tuple[Mismatch, ...]
    """The first of them."""
    contract: bool | None
    """Whether every operation was complete in the promised cycle; None where nothing is promised:
    at a pace other than the full one, and where operations contend."""
    problems: tuple[str, ...]
    """What else is wrong, a sentence each."""

    @property
    def right(self) -> bool:
        return not self.wrong_tokens and self.contract is not False and not self.problems

    @property
    def message(self) -> str:
        """The first thing that is wrong."""
        return "; ".join([*map(str, self.mismatches[:1]), *self.problems[:1]])

    def shifted(self, before: Mapping[str, int]) -> Self:
        """The same, each stream's tokens counted from that many earlier."""
        mismatches = tuple(
            mismatch.model_copy(update={"token": mismatch.token + before.get(mismatch.stream, 0)})
            for mismatch in self.mismatches
        )
        return self.model_copy(update={"mismatches": mismatches})

    def raise_if_wrong(self, spec: Spec) -> None:
        """VerificationFailed with the first thing that is wrong."""
        if not self.right:
            raise VerificationFailed(f"{spec.macro}: {self.message}")


def operations_in(spec: Spec, traffic: Traffic) -> int:
    """Whole operations in ``traffic``. UsageError when a part of one is over, a stream is missing
    or streams hold different numbers of them.

    Where operations contend, streams may hold any numbers, and the greatest counts.
    """
    contract, numbers = spec.contract, {}
    varying = spec.consumption(traffic)
    for stream, per_operation in contract.consumes.items():
        tokens = count(traffic[stream]) if stream in traffic else 0
        if stream in varying:
            needed = int(varying[stream].sum())
            if tokens != needed:
                raise UsageError(
                    f"stream {stream!r} has {tokens} tokens; the {len(varying[stream])} "
                    f"{contract.operation}s take {needed}"
                )
            numbers[stream] = len(varying[stream])
            continue
        if tokens % per_operation:
            raise UsageError(
                f"stream {stream!r} has {tokens} tokens; a {contract.operation} takes "
                f"{per_operation}, so a part of one is over"
            )
        numbers[stream] = tokens // per_operation
    if contract.contention:
        return max(numbers.values(), default=0)
    if len(set(numbers.values())) > 1:
        each = ", ".join(f"{stream} {number}" for stream, number in numbers.items())
        raise UsageError(f"streams hold different numbers of {contract.operation}s: {each}")
    return next(iter(numbers.values()), 0)


def compare(
    spec: Spec, run: BulkRun, work: RunPhase, setup: RunPhase | None, pace: Pace
) -> TrafficComparison:
    """Every token of a run against the golden model's and, at the full pace, every cycle.

    The run must have recorded its cycles.
    """
    mismatches: list[Mismatch] = []
    wrong, problems = 0, []
    nothing = RunPhase({}, {})
    asked = {"idle": nothing, "setup": setup or nothing, "work": work}
    for name, phase in run.phases.items():
        found, number = _mismatches(spec, run.outputs[name], asked[name].expected)
        wrong += number
        if name == "work":
            mismatches += found
        else:
            during = "after reset" if name == "idle" else "while loading"
            problems += [f"{during}: {each}" for each in found[:1]]
        problems += [
            f"stream {stream!r} changed or withdrew token {counts.unstable} while it waited"
            for stream, counts in phase.streams.items()
            if counts.unstable is not None
        ]
        if not phase.finished:
            problems.append(_stuck(phase, asked[name]))
    kept = None
    finished = "work" in run.phases and run.phases["work"].finished
    if pace.full and not spec.contract.contention and finished and not wrong:
        late = _late(spec.contract, run, spec.variation(work.sent, work.expected))
        kept = late is None
        problems += [late] if late else []
    return TrafficComparison(
        wrong_tokens=wrong,
        mismatches=tuple(mismatches[:SHOWN]),
        contract=kept,
        problems=tuple(problems),
    )


def unpromised(spec: Spec, pace: Pace) -> str:
    """Why the cycles of a run are not held against the contract."""
    if spec.contract.contention:
        return f"not promised under contention: {spec.contract.contention}"
    if not pace.full:
        return "not promised with gaps"
    return "not judged: not every token came as it should"


def _mismatches(spec: Spec, got: Traffic, expected: Traffic) -> tuple[list[Mismatch], int]:
    """The first mismatches of every stream, and how many there are."""
    found, number = [], 0
    for stream in spec.output_streams:
        tokens = got[stream.name]
        wanted = expected.get(stream.name, stream.unpack([]))
        came, at = paired(stream, tokens, wanted)
        different = differing(stream, tokens, wanted)
        others = came[np.searchsorted(at, different)]
        lost = np.setdiff1d(np.arange(count(wanted)), at)
        extra = np.setdiff1d(np.arange(count(tokens)), came)
        number += len(different) + len(lost) + len(extra)
        wrong = [
            *zip(different[:SHOWN], different[:SHOWN], others[:SHOWN], strict=True),
            *((index, index, None) for index in lost[:SHOWN]),
            *((index, None, index) for index in extra[:SHOWN]),
        ]
        for index, right, other in wrong[:SHOWN]:
            found.append(
                Mismatch(
                    stream=stream.name,
                    token=int(index),
                    expected=_token(wanted, right),
                    got=_token(tokens, other),
                )
            )
    return found, number


def _token(tokens: Tokens, index: int | None) -> dict[str, Any] | None:
    if index is None:
        return None
    return {name: np.asarray(values)[index].tolist() for name, values in tokens.items()}


def _shown(token: dict[str, Any] | None) -> str:
    if token is None:
        return "no token"
    return ", ".join(f"{name}={value}" for name, value in token.items())


def _stuck(counts: PhaseCounts, asked: RunPhase) -> str:
    waiting = [
        f"stream {stream!r} {verb} {counts.streams[stream].tokens} of {count(tokens)} tokens"
        for verb, traffic in (("accepted", asked.sent), ("gave", asked.expected))
        for stream, tokens in traffic.items()
        if counts.streams[stream].tokens < count(tokens)
    ]
    return "nothing moved any more: " + "; ".join(waiting)


def _late(contract: Contract, run: BulkRun, variation: Variation | None) -> str | None:
    """A sentence about the first operation that was not complete in the promised cycle."""
    starts = [
        run.handovers[stream][0] for stream in contract.consumes if len(run.handovers[stream])
    ]
    if not starts:
        return None
    handed = {stream: run.handovers[stream].astype(np.int64) for stream in contract.produces}
    actual = contract.completions(handed, variation) - int(min(starts))
    promised = contract.deliveries(len(actual), variation)
    wrong = np.flatnonzero(actual != promised)
    if not wrong.size:
        return None
    first = int(wrong[0])
    return (
        f"contract: {contract.operation} {first} of {len(actual)} was complete {actual[first]} "
        f"cycles after the first token, not {promised[first]}"
    )
