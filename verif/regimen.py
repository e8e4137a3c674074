"""What a regression does to any macro: the regimen of the generic bench."""

from typing import Any

from neuroloom.golden.ports import Traffic, concatenate, count
from neuroloom.verif.bench import Bench
from neuroloom.verif.landmarks import Lookout
from neuroloom.verif.measured import BenchReport
from neuroloom.verif.stimulus import Stimulus
from neuroloom.verif.streams import Gaps, NotCovered

RELOADS = 6

GAP_PROFILES = (
    Gaps(),
    Gaps(offer=0.5, accept=0.5),
    Gaps(blocked=True),
    Gaps(offer=0.9, accept=0.15),
    Gaps(offer=0.15, accept=0.9),
)


class Regimen(Bench):
    """A bench that runs a macro's stimulus through everything that a macro has to stand."""

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
