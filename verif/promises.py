"""What a regression measures of a contract beside latency and interval: room, turns, order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuroloom.golden.contract import ALL, Cycles, Waits
from neuroloom.golden.ports import Stream, Traffic, count
from neuroloom.verif.bench import IDLE_CYCLES, Bench
from neuroloom.verif.partners import BenchError, Gaps
from neuroloom.verif.stimulus import Stimulus

LONG_LOAD = 2000
"""Tokens of a load above which everything with loads is done once: smaller specifications of the
same macro stand for the rest."""
SHARED_OUTPUTS = 6
"""Outputs at most for which inputs compete."""
LONGEST_MEASURED = 400
"""Tokens at an output for which an input waits, at most, so that this is seen."""
ROUNDS_OF_TURNS = 3
LEAST_OFFERED = 16
LAGGING = 4
"""Streams, beside those whose answers the contract is about, that lag behind the others."""
READINGS, DRAWN, READ = 2, 12, 30
"""Readings of readiness that depends on data, the traffics drawn of which the longest is read, and
their operations."""
MOST_STILL = 2000
"""Operations at most that are sent so that all room is filled; larger rooms are not measured."""


class Promises(Bench):
    """A bench that measures what is taken while others wait, who waits for whom and in which order
    tokens leave.
    """

    _rounds: int

    async def _setup(self, stimulus: Stimulus[Any]) -> None:
        traffic = stimulus.setup(self.rng)
        if traffic is not None:
            if sum(map(count, traffic.values())) > LONG_LOAD:
                self._rounds = 1
            await self.send(traffic)

    async def _take_turns(self, stimulus: Stimulus[Any]) -> None:
        """Let inputs compete for the outputs that they share, and see how long each waits."""
        waits = self.contract.waits
        for index in self.rng.permutation(len(waits))[:SHARED_OUTPUTS]:
            await self.reset()
            await self._setup(stimulus)
            await self._compete(stimulus, waits[index])
        await self.reset()
        await self._setup(stimulus)

    async def _compete(self, stimulus: Stimulus[Any], shared: Waits) -> None:
        """All buffers are full when the output opens: from then on each input always has a token.

        What is under way when enough has been seen is forgotten by a reset.
        """
        longest = min(LONGEST_MEASURED, max(shared.most.values()))
        filling = longest + 2 * self.contract.latency
        measured = ROUNDS_OF_TURNS * longest + filling
        offered = LEAST_OFFERED
        while True:
            traffic = stimulus.competing(self.rng, shared, offered + measured)
            self._start(traffic, self.model.run(traffic), Gaps())
            await self._quiet(blocked=True)
            if all(len(producer.taken) <= offered for producer in self._busy()):
                break
            offered *= 2
            await self.reset()
        opened = self.report.cycles
        output = self._consumers[shared.output]
        await self._until(lambda: len(output.delivered) >= measured)
        for name, most in shared.most.items():
            taken = [cycle for cycle in self._producers[name].taken if cycle >= opened]
            passed = np.searchsorted(output.delivered, taken, side="right")
            told = _unfair(passed, measured, most, filling)
            if told:
                raise BenchError(
                    f"contract: while {len(shared.most)} inputs compete for {shared.output!r}, "
                    f"{name!r} gave a token {told}, not for every {most}"
                )

    async def _stand_still(self, stimulus: Stimulus[Any]) -> None:
        """Hold all outputs, then one, or withhold one input, until nothing moves any more: what is
        taken and given meanwhile is as promised, and all is right when it goes on.
        """
        contract = self.contract
        if contract.loss:
            return
        outputs = [stream.name for stream in self.spec.output_streams]
        inputs = list(contract.consumes)
        ahead = [lead.answers for lead in contract.ahead]
        others = [name for group in (outputs, inputs) if len(group) > 1 for name in group]
        others = [name for name in self.rng.permutation(others) if name not in ahead]
        still = [[name] for name in (*ahead, *others[: LAGGING if self._rounds > 1 else 0])]
        for _ in range(READINGS if contract.readiness else 1):
            await self.reset(contract.start + IDLE_CYCLES)
            await self._setup(stimulus)
            await self._lag(stimulus, outputs)
        for streams in still:
            await self._lag(stimulus, streams)

    async def _lag(self, stimulus: Stimulus[Any], streams: list[str]) -> None:
        """Traffic in which these outputs are held, or these inputs give nothing, for long."""
        contract = self.contract
        everything = len(streams) > 1 or streams == [
            stream.name for stream in self.spec.output_streams
        ]
        held = contract.held if everything else {}
        ahead = [lead for lead in contract.ahead if [lead.answers] == streams]
        needed = [room // contract.consumes[name] for name, room in held.items()]
        needed += [2 * lead.tokens for lead in ahead]  # where data decide, some give little
        operations = 2 + min(MOST_STILL, max(needed, default=contract.latency // contract.interval))
        if contract.readiness:
            drawn = [stimulus.random(self.rng, READ) for _ in range(DRAWN)]
            traffic = max(drawn, key=lambda work: sum(self.spec.room(work).values()))
        else:
            traffic = stimulus.uncontended(self.rng, operations)
        self._start(traffic, self.model.run(traffic), Gaps())
        for name in streams:
            end = self._producers.get(name) or self._consumers[name]
            end.gaps = Gaps(offer=0, accept=0)
        await self._quiet()
        if everything:
            for name, room in self.spec.room(traffic).items():
                self._check_still(self._producers[name].taken, name, room, "output is accepted")
        for lead in ahead:
            output = self._consumers[lead.output]
            delivered = len(output.delivered)
            tokens = min(
                delivered if lead.at_most else lead.tokens, lead.tokens, len(output.expected)
            )
            what = f"token of {lead.answers!r} comes"
            self._check_still(output.delivered, lead.output, tokens, what)
        for name in streams:
            end = self._producers.get(name) or self._consumers[name]
            end.gaps = Gaps()
        await self._finish()

    def _check_still(self, handed: list[int], stream: str, room: int, what: str) -> None:
        if len(handed) != room and room // self._tokens(stream) <= MOST_STILL:
            raise BenchError(
                f"contract: while no {what}, {len(handed)} tokens of stream {stream!r} were "
                f"handed over, not {room}"
            )

    def _tokens(self, stream: str) -> int:
        """Tokens of an operation, at least 1."""
        contract = self.contract
        return max(1, contract.consumes.get(stream, 0), contract.produces.get(stream, 0))

    def _never_waited(self) -> None:
        """See that inputs of which all tokens are taken had none that waited."""
        for name, room in self.contract.held.items():
            if room == ALL and self._producers[name].waited:
                raise BenchError(
                    f"contract: a token of stream {name!r} waited, where all are taken at once"
                )

    async def _keep_order(self, stimulus: Stimulus[Any], operations: int) -> None:
        """Number what is sent where tokens that are equal could change places unseen."""
        outputs = [
            stream for stream in self.spec.output_streams if _open_order(stream, stimulus.carried)
        ]
        if not outputs:
            return
        for gaps in (Gaps(), Gaps(accept=0.4), Gaps(blocked=True)):
            traffic = _numbered(self.spec.input_streams, stimulus, self.rng, operations)
            if traffic is None:
                return
            for output in outputs:
                self._consumers[output.name].senders = (stimulus.carried, len(traffic))
            await self._phase(traffic, gaps)
            for output in outputs:
                self._consumers[output.name].senders = None


def _unfair(passed: Cycles, measured: int, most: int, filling: int) -> str:
    """What is wrong about turns, from the tokens that had left when each of one's own was taken.

    ``measured`` left in all; the first turn may be late by what was on the way already.
    """
    if not len(passed) or passed[0] > most + filling:
        return f"after {passed[0] if len(passed) else measured} tokens of it"
    between = np.diff(passed)
    if measured - passed[-1] > most:
        return f"for none of its last {measured - passed[-1]} tokens"
    if len(between) and between.max() != most:
        return f"for every {between.max()} tokens of it at the latest"
    return ""


def _open_order(stream: Stream, carried: str) -> bool:
    names = {field.name for field in stream.fields}
    return bool(carried) and set(stream.flow) == names and carried in names


def _numbered(
    inputs: Sequence[Stream], stimulus: Stimulus[Any], rng: np.random.Generator, operations: int
) -> Traffic | None:
    """Operations whose field that is carried has the number of the input, in turns of all of them,
    and counts up; None where it has no room for two tokens of each.
    """
    traffic = dict(stimulus.random(rng, operations))
    for number, stream in enumerate(inputs):
        (field,) = (field for field in stream.fields if field.name == stimulus.carried)
        turns = (field.maximum + 1) // len(inputs)
        if turns < 2:
            return None
        counted = np.arange(count(traffic[stream.name])) % turns
        traffic[stream.name] = {**traffic[stream.name], field.name: counted * len(inputs) + number}
    return traffic
