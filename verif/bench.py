"""The generic bench: drives any macro from its Spec and holds it against model and contract."""

from collections.abc import Callable
from random import Random

import numpy as np

from neuroloom.golden.contract import Variation
from neuroloom.golden.ports import Traffic, count
from neuroloom.golden.spec import Spec
from neuroloom.hdl.ports import FLAT
from neuroloom.verif.culprit import inputs_behind
from neuroloom.verif.landmarks import Lookout
from neuroloom.verif.measured import BenchReport, Measurement
from neuroloom.verif.partners import BenchError, Gaps, Producer
from neuroloom.verif.ports import drivers
from neuroloom.verif.simulator import Simulator

RESET_CYCLES = 2
IDLE_CYCLES = 4
SHORTEST_DRAIN = 100


class Bench:
    """Drives one design in one simulator.

    ``seed`` decides all traffic and all gaps: the same seed gives the same run, cycle by cycle,
    in every simulator. ``ports`` is the family of the design's ports.
    """

    def __init__(self, spec: Spec, sim: Simulator, seed: int, ports: str = FLAT) -> None:
        self.spec = spec
        self.sim = sim
        self.model = spec.model()
        self.rng = np.random.default_rng(seed)
        self.report = BenchReport(seed)
        random = Random(seed)
        self._random = random
        meets = drivers(ports)
        self._producers = {s.name: meets.producer_of(sim, s, random) for s in spec.input_streams}
        self._consumers = {s.name: meets.consumer_of(sim, s, random) for s in spec.output_streams}
        self._lookout = Lookout(())
        self._began = 0
        self._sent: Traffic = {}
        self._variation: Variation | None = None
        self.contract = contract = spec.contract
        """Once: of large specifications it takes long to compute."""
        self._patience = 4 * (contract.latency + contract.interval) + contract.start + 500

    async def replay(self, traffic: Traffic) -> Measurement:
        """Send ``traffic`` without gaps; values must be the model's and, unless operations contend,
        cycles the contract's.
        """
        if self.contract.contention:
            return (await self._phase(traffic, Gaps()))[1]
        return await self._promised(traffic)

    async def _promised(self, traffic: Traffic) -> Measurement:
        """Send operations that do not contend; values and cycles must be as promised."""
        _, measured = await self._phase(traffic, Gaps(), promised=True)
        contract = self.contract
        actual = np.array(measured.deliveries) - measured.first_accept
        promised = contract.deliveries(len(actual), measured.variation)
        if len(actual):
            self.report.latency = int(actual[0])
            self.report.interval = float(np.diff(actual).mean()) if len(actual) > 1 else None
        wrong = np.flatnonzero(actual != promised)
        if wrong.size:
            first = int(wrong[0])
            raise BenchError(
                f"contract: {contract.operation} {first} of {len(actual)} was complete "
                f"{actual[first]} cycles after the first token, not {promised[first]} "
                f"(latency {contract.latency}, interval {contract.interval})",
                operation=first,
            )
        return measured

    def inputs_behind(self, error: BenchError) -> tuple[str, ...]:
        """What the operation that failed was given, a line a stream."""
        numbers = self.spec.consumption(self._sent) if self._sent else {}
        return inputs_behind(error, self.contract, self._producers, numbers, self._variation)

    async def send(self, traffic: Traffic) -> None:
        """Send ``traffic`` with a few gaps; every output must be the model's."""
        await self._phase(traffic, Gaps(offer=0.8))

    async def reset(self, idle: int = IDLE_CYCLES, lasting: int = 0, pressing: bool = True) -> None:
        """Assert reset, forget what was in flight, and see that nothing comes out by itself.

        No token is handed over meanwhile: what is offered is not taken, what is valid not given.
        Without ``pressing`` nothing is offered, ready stays as it is and reset takes one cycle, so
        that no state is cleared by anything else.
        ``idle`` cycles without any offer follow. Receivers of links keep an acknowledge that they
        have given for ``lasting`` cycles more, and senders a strobe: reset is not theirs.
        """
        self.sim.set("rst", 1)
        for _ in range(RESET_CYCLES if pressing else 1):
            for producer in self._producers.values():
                if pressing:
                    producer.press()
                else:
                    producer.withdraw()
            for consumer in self._consumers.values():
                if pressing:
                    consumer.press()
            await self.sim.settle()
            await self.sim.tick()
            self.report.cycles += 1
        for producer in self._producers.values():
            producer.forget(lasting)
        self.sim.set("rst", 0)
        self._began = self.report.cycles
        self.model.reset()
        for consumer in self._consumers.values():
            consumer.forget(lasting)
        self._start({}, {}, Gaps())
        for _ in range(idle):
            await self._cycle()

    def _busy(self) -> list[Producer]:
        return [producer for producer in self._producers.values() if producer.words]

    async def _add(self, traffic: Traffic, gaps: Gaps, pause: int = 0) -> None:
        """Begin to send on further streams, in any order, up to ``pause`` cycles apart."""
        for name in self.rng.permutation([name for name in traffic if count(traffic[name])]):
            for _ in range(int(self.rng.integers(0, pause + 1))):
                await self._cycle()
            producer = self._producers[name]
            producer.start(producer.stream.pack(traffic[name]), gaps)

    async def _finish(self) -> None:
        """Pass cycles until everything has come, and see that nothing more does."""
        while not self._finished():
            await self._until(self._finished)
            await self._quiet()

    async def _quiet(self, blocked: bool = False) -> None:
        """Pass cycles until nothing comes any more."""
        quiet = 0
        while quiet < self._drain:
            quiet = 0 if await self._cycle(blocked) else quiet + 1

    async def _take(self, tokens: int) -> None:
        """Pass cycles until ``tokens`` have been taken, over all streams."""
        await self._until(lambda: sum(len(producer.taken) for producer in self._busy()) >= tokens)

    async def _until(self, reached: Callable[[], bool], blocked: bool = False) -> None:
        """Pass cycles until ``reached``; BenchError when nothing moves for too long."""
        quiet = 0
        while not reached():
            quiet = 0 if await self._cycle(blocked) else quiet + 1
            if quiet > self._patience:
                raise self._stuck(quiet)

    def _start(self, traffic: Traffic, expected: Traffic, gaps: Gaps) -> None:
        contract = self.contract
        variation = self.spec.variation(traffic, expected) if expected else None
        self._sent, self._variation = traffic, variation
        self._drain = contract.latency + 2 * contract.interval + 8
        if variation is not None:  # as long as the slowest of these, not the slowest there is
            longest = int(variation.busy.max(initial=SHORTEST_DRAIN))
            self._drain = min(self._drain, 3 * longest)
        for name, producer in self._producers.items():
            producer.start(producer.stream.pack(traffic[name]) if name in traffic else [], gaps)
        for name, consumer in self._consumers.items():
            consumer.start(consumer.stream.pack(expected[name]) if name in expected else [], gaps)

    async def _phase(
        self, traffic: Traffic, gaps: Gaps, promised: bool = False
    ) -> tuple[Traffic, Measurement]:
        """Send ``traffic``, check every output, see that nothing is missing and nothing extra.

        Operations are told apart by their tokens where none contend or that is ``promised``.
        """
        expected = self._lookout.run(self.model, traffic)
        self._start(traffic, expected, gaps)
        begin, quiet, blocked = self.report.cycles, 0, gaps.blocked
        while not self._finished():
            quiet = 0 if await self._cycle(blocked) else quiet + 1
            if blocked and quiet > self._drain:
                blocked, quiet = False, 0
            if quiet > self._patience:
                raise self._stuck(quiet)
        cycles = self.report.cycles - begin
        await self._quiet()
        await self._finish()
        if self.contract.contention and not promised:
            measured = Measurement(self._first_accept(), [], cycles, None)
            self.report.operations += self._operations(traffic)
        else:
            measured = self._measure(cycles, self.spec.variation(traffic, expected))
            self.report.operations += len(measured.deliveries)
        self.report.tokens += sum(count(tokens) for tokens in traffic.values())
        return expected, measured

    def _finished(self) -> bool:
        return all(producer.done for producer in self._producers.values()) and all(
            consumer.done for consumer in self._consumers.values()
        )

    async def _cycle(self, blocked: bool = False) -> bool:
        """One clock cycle; whether any token was handed over."""
        for producer in self._producers.values():
            producer.drive()
        for consumer in self._consumers.values():
            consumer.drive(blocked)
        await self.sim.settle()
        cycle = self.report.cycles
        moved = False
        for name, producer in self._producers.items():
            took = producer.observe(cycle)
            moved |= took
            if took and name in self.contract.consumes:
                self._check_start(name, cycle - self._began)
        for consumer in self._consumers.values():
            moved |= consumer.observe(cycle)
        await self.sim.tick()
        self.report.cycles += 1
        return moved

    def _check_start(self, stream: str, cycle: int) -> None:
        if cycle < self.contract.start:
            raise BenchError(
                f"stream {stream!r} gave a token {cycle} cycles after reset, not after "
                f"{self.contract.start} or more"
            )

    def _measure(self, cycles: int, variation: Variation | None) -> Measurement:
        delivered = {name: consumer.delivered for name, consumer in self._consumers.items()}
        deliveries = self.contract.completions(delivered, variation).tolist()
        return Measurement(self._first_accept(), deliveries, cycles, variation)

    def _first_accept(self) -> int:
        return min((p.taken[0] for p in self._producers.values() if p.taken), default=0)

    def _operations(self, traffic: Traffic) -> int:
        """How many operations there are, by the tokens that they take."""
        name, per_operation = next(iter(self.contract.consumes.items()))
        return count(traffic[name]) // per_operation if name in traffic else 0

    def _stuck(self, quiet: int) -> BenchError:
        waiting = [
            f"stream {name!r} accepted {len(producer.taken)} of {len(producer.words)} tokens"
            for name, producer in self._producers.items()
            if not producer.done
        ]
        silent = [consumer for consumer in self._consumers.values() if not consumer.done]
        told = "; ".join([*waiting, *(consumer.missing() for consumer in silent)])
        about = (silent[0].stream.name, silent[0].awaited) if silent else ()
        return BenchError(f"nothing moved for {quiet} cycles: {told}", *about)
