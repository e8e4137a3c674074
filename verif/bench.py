"""The generic bench: drives any macro from its Spec and holds it against model and contract."""

from random import Random
from typing import Any

import numpy as np

from neuroloom.golden.contract import Variation
from neuroloom.golden.ports import Traffic, concatenate, count
from neuroloom.golden.spec import Spec
from neuroloom.verif.culprit import inputs_behind
from neuroloom.verif.landmarks import Lookout
from neuroloom.verif.links import consumer_of, producer_of
from neuroloom.verif.measured import BenchReport, Measurement
from neuroloom.verif.simulator import Simulator
from neuroloom.verif.stimulus import Stimulus
from neuroloom.verif.streams import BenchError, Gaps, NotCovered, Producer

RESET_CYCLES = 2
IDLE_CYCLES = 4
RELOADS = 6
SHORTEST_DRAIN = 100

GAP_PROFILES = (
    Gaps(),
    Gaps(offer=0.5, accept=0.5),
    Gaps(blocked=True),
    Gaps(offer=0.9, accept=0.15),
    Gaps(offer=0.15, accept=0.9),
)


class Bench:
    """Drives one design in one simulator.

    ``seed`` decides all traffic and all gaps: the same seed gives the same run, cycle by cycle,
    in every simulator.
    """

    def __init__(self, spec: Spec, sim: Simulator, seed: int) -> None:
        self.spec = spec
        self.sim = sim
        self.model = spec.model()
        self.rng = np.random.default_rng(seed)
        self.report = BenchReport(seed)
        random = Random(seed)
        self._random = random
        self._producers = {s.name: producer_of(sim, s, random) for s in spec.input_streams}
        self._consumers = {s.name: consumer_of(sim, s, random) for s in spec.output_streams}
        self._lookout = Lookout(())
        self._began = 0
        self._sent: Traffic = {}
        self._variation: Variation | None = None
        contract = spec.contract
        self._patience = 4 * (contract.latency + contract.interval) + contract.start + 500

    async def regress(self, stimulus: Stimulus[Any], operations: int) -> BenchReport:
        """The whole regimen: corners and random operations under every profile of gaps, reset in
        mid-flight, the contract without gaps, and functional coverage.
        """
        self._lookout = Lookout(stimulus.landmarks())
        await self.reset()
        sent: list[Traffic] = []
        received: list[Traffic] = []
        share = max(1, operations // len(GAP_PROFILES))
        for index, profile in enumerate(GAP_PROFILES):
            gaps = Gaps(offer=profile.offer) if self.spec.contract.loss else profile
            await self._setup(stimulus)
            traffic = stimulus.random(self.rng, share)
            if index < 2:
                traffic = concatenate([stimulus.corners(), traffic])
            sent.append(traffic)
            received.append((await self._phase(traffic, gaps))[0])

        await self._reload(stimulus)
        await self._interrupt(stimulus, share)
        await self.reset()
        await self._setup(stimulus)
        await self._promised(stimulus.uncontended(self.rng, share + 2))
        self._cover(stimulus, concatenate(sent), concatenate(received))
        return self.report

    async def replay(self, traffic: Traffic) -> Measurement:
        """Send ``traffic`` without gaps; values must be the model's and, unless operations contend,
        cycles the contract's.
        """
        if self.spec.contract.contention:
            return (await self._phase(traffic, Gaps()))[1]
        return await self._promised(traffic)

    async def _promised(self, traffic: Traffic) -> Measurement:
        """Send operations that do not contend; values and cycles must be as promised."""
        _, measured = await self._phase(traffic, Gaps(), promised=True)
        contract = self.spec.contract
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
        return inputs_behind(error, self.spec.contract, self._producers, numbers, self._variation)

    async def send(self, traffic: Traffic) -> None:
        """Send ``traffic`` with a few gaps; every output must be the model's."""
        await self._phase(traffic, Gaps(offer=0.8))

    async def reset(self) -> None:
        """Assert reset, forget what was in flight, and see that nothing comes out by itself.

        No token is handed over meanwhile: what is offered is not taken, what is valid not given.
        """
        self.sim.set("rst", 1)
        for _ in range(RESET_CYCLES):
            for producer in self._producers.values():
                producer.press()
            for consumer in self._consumers.values():
                consumer.press()
            await self.sim.settle()
            await self.sim.tick()
            self.report.cycles += 1
        for producer in self._producers.values():
            producer.withdraw()
        self.sim.set("rst", 0)
        self._began = self.report.cycles
        self.model.reset()
        for consumer in self._consumers.values():
            consumer.forget()
        self._start({}, {}, Gaps())
        for _ in range(IDLE_CYCLES):
            await self._cycle()

    async def _setup(self, stimulus: Stimulus[Any]) -> None:
        traffic = stimulus.setup(self.rng)
        if traffic is not None:
            await self.send(traffic)

    async def _reload(self, stimulus: Stimulus[Any]) -> None:
        """Loads that meet operations: after reset operations wait for a load that comes late, one
        stream after the other; then for a load half done; then a load waits for an operation.
        """
        for _ in range(RELOADS):
            await self.reset()
            load, work = stimulus.setup(self.rng), stimulus.random(self.rng, 2)
            if load is None or self._operates(load):
                return
            gaps = Gaps(offer=0.5, accept=0.7)
            self._start(work, self.model.run({**load, **work}), gaps)
            await self._add(load, gaps, pause=10)
            await self._finish()

            load, work = stimulus.setup(self.rng) or {}, stimulus.random(self.rng, 2)
            self._start(load, self.model.run({**load, **work}), gaps)
            while not all(each.taken for each in self._producers.values() if each.words):
                await self._cycle()
            await self._add(work, gaps)
            await self._finish()

            if stimulus.loads_in_flight:
                number = 1 if stimulus.loads_between else 2
                first, load = stimulus.random(self.rng, number), stimulus.setup(self.rng) or {}
                work = stimulus.random(self.rng, 2)
                self._start(first, self.model.run(first), Gaps(offer=0.3, accept=0.4))
                while not all(
                    each.done if stimulus.last_in_flight else 2 * len(each.taken) > len(each.words)
                    for each in self._busy()
                ):
                    await self._cycle()
                for producer in self._busy():
                    stream = producer.stream
                    producer.words = producer.words + stream.pack(work[stream.name])
                for name, tokens in self.model.run({**load, **work}).items():
                    consumer = self._consumers[name]
                    consumer.expect(consumer.stream.pack(tokens))
                await self._add(load, Gaps())
                await self._finish()
        await self.reset()
        await self._setup(stimulus)

    def _operates(self, load: Traffic) -> bool:
        """Whether a load comes with operations: it has met them already, and in their order."""
        return any(count(load[name]) for name in self.spec.contract.consumes if name in load)

    def _busy(self) -> list[Producer]:
        return [each for each in self._producers.values() if each.words]

    async def _add(self, traffic: Traffic, gaps: Gaps, pause: int = 0) -> None:
        """Begin to send on further streams, in any order, up to ``pause`` cycles apart."""
        for name in self.rng.permutation([name for name in traffic if count(traffic[name])]):
            for _ in range(int(self.rng.integers(0, pause + 1))):
                await self._cycle()
            producer = self._producers[name]
            producer.start(producer.stream.pack(traffic[name]), gaps)

    async def _finish(self) -> None:
        quiet = 0
        while not self._finished():
            quiet = 0 if await self._cycle() else quiet + 1
            if quiet > self._patience:
                raise self._stuck(quiet)
        for _ in range(self._drain):
            await self._cycle()

    async def _interrupt(self, stimulus: Stimulus[Any], operations: int) -> None:
        """Break off traffic by a reset, then see that a fresh start is not disturbed by it."""
        contract = self.spec.contract
        for _ in range(3):
            await self._setup(stimulus)
            traffic = stimulus.random(self.rng, operations)
            gaps = Gaps() if contract.loss else Gaps(accept=0.7)
            self._start(traffic, self.model.run(traffic), gaps)
            longest = contract.latency + contract.interval * operations
            for _ in range(int(self.rng.integers(1, longest + 2))):
                await self._cycle()
            await self.reset()
            await self._setup(stimulus)
            await self._phase(stimulus.random(self.rng, 2), Gaps())

    def _start(self, traffic: Traffic, expected: Traffic, gaps: Gaps) -> None:
        contract = self.spec.contract
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
        for _ in range(self._drain):
            await self._cycle()
        cycles = self.report.cycles - begin - self._drain
        if self.spec.contract.contention and not promised:
            measured = Measurement(self._first_accept(), [], cycles, None)
            self.report.operations += self._operations(traffic)
        else:
            measured = self._measure(cycles, self.spec.variation(traffic, expected))
            self.report.operations += len(measured.deliveries)
        self.report.tokens += sum(count(tokens) for tokens in traffic.values())
        return expected, measured

    def _finished(self) -> bool:
        return all(each.done for each in self._producers.values()) and all(
            each.done for each in self._consumers.values()
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
            if took and name in self.spec.contract.consumes:
                self._check_start(name, cycle - self._began)
        for consumer in self._consumers.values():
            moved |= consumer.observe(cycle)
        await self.sim.tick()
        self.report.cycles += 1
        return moved

    def _check_start(self, stream: str, cycle: int) -> None:
        if cycle < self.spec.contract.start:
            raise BenchError(
                f"stream {stream!r} gave a token {cycle} cycles after reset, not after "
                f"{self.spec.contract.start} or more"
            )

    def _measure(self, cycles: int, variation: Variation | None) -> Measurement:
        delivered = {name: each.delivered for name, each in self._consumers.items()}
        deliveries = self.spec.contract.completions(delivered, variation).tolist()
        return Measurement(self._first_accept(), deliveries, cycles, variation)

    def _first_accept(self) -> int:
        return min((p.taken[0] for p in self._producers.values() if p.taken), default=0)

    def _operations(self, traffic: Traffic) -> int:
        """How many operations there are, by the tokens that they take."""
        name, each = next(iter(self.spec.contract.consumes.items()))
        return count(traffic[name]) // each if name in traffic else 0

    def _stuck(self, quiet: int) -> BenchError:
        waiting = [
            f"stream {name!r} accepted {len(each.taken)} of {len(each.words)} tokens"
            for name, each in self._producers.items()
            if not each.done
        ]
        silent = [each for each in self._consumers.values() if not each.done]
        told = "; ".join([*waiting, *(each.missing() for each in silent)])
        about = (silent[0].stream.name, silent[0].awaited) if silent else ()
        return BenchError(f"nothing moved for {quiet} cycles: {told}", *about)

    def _cover(self, stimulus: Stimulus[Any], sent: Traffic, received: Traffic) -> None:
        points = {point.name: bool(point.hit(sent, received)) for point in stimulus.coverage()}
        points |= self._lookout.points
        if not self.spec.contract.loss:  # where nothing is held, nothing need wait
            for name in self.spec.contract.consumes:
                points[f"{name} had to wait"] = self._producers[name].waited
            for name, consumer in self._consumers.items():
                if len(consumer.stream.controls) > 1:
                    points[f"{name} was held by the consumer"] = consumer.stalled
        self.report.coverage = points
        missed = [name for name, hit in points.items() if not hit]
        if missed:
            raise NotCovered(f"coverage: not reached: {', '.join(missed)}")
