"""What a regression does to any macro: the regimen of the generic bench."""

from typing import Any

from neuroloom.golden.ports import Handshake, Traffic, concatenate, count
from neuroloom.verif.bench import IDLE_CYCLES
from neuroloom.verif.landmarks import Lookout
from neuroloom.verif.links import FourPhaseConsumer
from neuroloom.verif.losses import FillingConsumer, LosingConsumer
from neuroloom.verif.measured import BenchReport
from neuroloom.verif.overflows import MOST_FILLED, MOST_LOST, Overflows
from neuroloom.verif.partners import BenchError, Gaps, NotCovered, Producer
from neuroloom.verif.promises import LONG_LOAD
from neuroloom.verif.stimulus import Stimulus

ROUNDS = 6
"""Reloads, each of three kinds."""
MORE = 8
"""Further loads, each with operations, while a point of the coverage is not reached."""
LASTING = 10
"""Most cycles that the receiver of a link stays busy after the macro's reset."""

GAP_PROFILES = (
    Gaps(),
    Gaps(offer=0.5, accept=0.5),
    Gaps(blocked=True),
    Gaps(offer=0.9, accept=0.15),
    Gaps(offer=0.15, accept=0.9),
)


class Regimen(Overflows):
    """A bench that runs a macro's stimulus through everything that a macro has to stand."""

    async def regress(self, stimulus: Stimulus[Any], operations: int) -> BenchReport:
        """The whole regimen: corners and random operations under every profile of gaps, reset in
        mid-flight, the contract without gaps, and functional coverage.
        """
        self._lookout = Lookout(stimulus.landmarks())
        await self.reset()
        self._rounds = ROUNDS
        sent: list[Traffic] = []
        received: list[Traffic] = []
        share = max(1, operations // len(GAP_PROFILES))
        for index, profile in enumerate(GAP_PROFILES):
            gaps = Gaps(offer=profile.offer) if self.contract.loss else profile
            if index < 2 or self._rounds > 1:  # the second load may be one for the corners
                await self._setup(stimulus)
            traffic = stimulus.random(self.rng, share)
            if index < 2:
                traffic = concatenate([stimulus.corners(), traffic])
            sent.append(traffic)
            received.append((await self._phase(traffic, gaps))[0])
        for _ in range(MORE):  # what depends on loads may want others, and large buffers more
            if all(self._points(stimulus, sent, received).values()):
                break
            await self._setup(stimulus)
            sent.append(stimulus.random(self.rng, 2 * share))
            gaps = Gaps(blocked=not self.contract.loss)
            received.append((await self._phase(sent[-1], gaps))[0])

        await self._lose(stimulus, 3 * share)
        await self._fill(stimulus, 3 * share)
        await self._reload(stimulus)
        await self._interrupt_load(stimulus, share)
        await self._interrupt(stimulus, share)
        await self._interrupt_links(stimulus)
        await self._starts(stimulus)
        await self.reset()
        await self._setup(stimulus)
        await self._promised(stimulus.uncontended(self.rng, share + 2))
        await self._stand_still(stimulus)
        await self._take_turns(stimulus)
        await self._keep_order(stimulus, 3 * share)
        self.report.coverage = self._points(stimulus, sent, received)
        missed = [name for name, hit in self.report.coverage.items() if not hit]
        if missed:
            raise NotCovered(f"coverage: not reached: {', '.join(missed)}")
        return self.report

    async def _reload(self, stimulus: Stimulus[Any]) -> None:
        """Loads that meet operations: after reset operations wait for a load that comes late, one
        stream after the other; then for a load half done; then a load waits for an operation.
        """
        for _ in range(self._rounds):
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
            await self._until(lambda: all(producer.taken for producer in self._busy()))
            await self._add(work, gaps)
            await self._finish()

            if stimulus.loads_in_flight:
                number = 1 if stimulus.loads_between else 2
                first, load = stimulus.random(self.rng, number), stimulus.setup(self.rng) or {}
                work = stimulus.random(self.rng, 2)
                self._start(first, self.model.run(first), Gaps(offer=0.3, accept=0.4))
                await self._until(
                    lambda: all(
                        producer.done
                        if stimulus.last_in_flight
                        else 2 * len(producer.taken) > len(producer.words)
                        for producer in self._busy()
                    )
                )
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
        return any(count(load[name]) for name in self.contract.consumes if name in load)

    async def _interrupt(self, stimulus: Stimulus[Any], operations: int) -> None:
        """Break off traffic by a reset anywhere, in its first cycle, with its last token, with
        all buffers full, and while outputs are slow; see that a fresh start is not disturbed by it.
        """
        contract, anywhere = self.contract, self.rng.random(4)
        slow, full = Gaps(accept=0.2), Gaps(blocked=True)
        places = (
            (Gaps(accept=0.7), anywhere[0]),
            (Gaps(), 0.0),
            (Gaps(accept=0.7), anywhere[1]),
            (Gaps(accept=0.7), 1.0),
            (full, None),
            (slow, anywhere[2]),
            (slow, anywhere[3]),
        )
        for gaps, place in places[: self._rounds + 1]:
            traffic = stimulus.random(self.rng, operations)
            gaps = Gaps() if contract.loss else gaps
            self._start(traffic, self.model.run(traffic), gaps)
            if place == 1.0:
                await self._until(self._finished)
            elif place is None:
                await self._pass(2 * self._drain, blocked=True)
            else:
                ends = contract.deliveries(operations, self._variation)
                await self._pass(1 + round(place * float(ends.max(initial=0))))
            await self._begin_again(stimulus, 2, pressing=place is not None)

    async def _pass(self, cycles: int, blocked: bool = False) -> None:
        """So many cycles, or until everything has come."""
        for _ in range(cycles):
            if self._finished():
                return
            await self._cycle(blocked)

    async def _interrupt_load(self, stimulus: Stimulus[Any], operations: int) -> None:
        """Break off loads by a reset anywhere, after one token, halfway, or before the last."""
        for place in (float(self.rng.random()), 0.0, 0.5, 1.0)[: self._rounds]:
            load = stimulus.setup(self.rng)
            if load is None:
                return
            tokens = 1 + round(place * (sum(map(count, load.values())) - 2))
            self._start(load, self.model.run(load), Gaps(offer=0.8))
            await self._take(tokens)
            await self._begin_again(stimulus, operations)

    async def _interrupt_links(self, stimulus: Stimulus[Any]) -> None:
        """Break off handshakes by a reset that their receiver does not share: requested, answered,
        and with the request gone.
        """
        for link in self._consumers.values():
            if not isinstance(link, FourPhaseConsumer):
                continue
            for wires in ((1, 0), (1, 1), (0, 1)):
                traffic = stimulus.random(self.rng, 8)
                self._start(traffic, self.model.run(traffic), Gaps(accept=0.5))
                await self._until(lambda: link.wires == wires or self._finished())  # noqa: B023
                await self._begin_again(stimulus, 2)

    async def _begin_again(
        self, stimulus: Stimulus[Any], operations: int, pressing: bool = True
    ) -> None:
        """Reset, load and work, as if nothing had been before, at once or a little later. Every
        other time nothing is offered during reset, and never without ``pressing``.

        Later where a partner answers over a link: the bench's answers before it is asked.
        """
        answers = any(self._asynchronous(name) for name in self._producers)
        idle = IDLE_CYCLES if answers else int(self.rng.integers(0, IDLE_CYCLES + 1))
        lasting, quiet = int(self.rng.integers(0, LASTING + 1)), bool(self.rng.integers(2))
        await self.reset(idle, lasting, pressing and not quiet)
        await self._setup(stimulus)
        await self._phase(stimulus.random(self.rng, operations), Gaps())

    async def _starts(self, stimulus: Stimulus[Any]) -> None:
        """Operations offered with the end of reset are taken as early as promised, and no earlier.

        How long they wait anyway, such as for their load, is seen when they are offered later. The
        reset comes right behind the first tokens of other operations, which delay nothing any more.
        Partners that answer over a link say nothing until the operation has begun.
        """
        start = self.contract.start
        load, work = stimulus.setup(self.rng) or {}, stimulus.uncontended(self.rng, 1)
        traffic = load if self._operates(load) else {**load, **work}
        plain = [name for name in traffic if not self._asynchronous(name)]
        offered = {name: traffic[name] for name in plain}
        answers = {name: traffic[name] for name in traffic if name not in plain}
        timed = [
            self._producers[name]
            for name in self.contract.consumes
            if name in plain and count(traffic[name])
        ]
        if not timed:
            return
        waits: list[dict[str, int]] = []
        for idle in (0, start + IDLE_CYCLES):
            await self._begin_work(stimulus, timed)
            await self.reset(idle)
            begin = self.report.cycles
            self._start(offered, self.model.run(traffic), Gaps())
            await self._until(lambda: all(producer.taken for producer in timed))
            await self._add(answers, Gaps())
            await self._finish()
            waits.append({producer.stream.name: producer.taken[0] - begin for producer in timed})
        for name, later in waits[1].items():
            least = max(start, later) if load else start + later
            self._check_wait(name, waits[0][name], least, start + later)

    async def _begin_work(self, stimulus: Stimulus[Any], timed: list[Producer]) -> None:
        """Operations of which the first tokens have been taken, and nothing more.

        None over links: reset is not that of their other side, which goes on.
        """
        if any(stream.handshake is not Handshake.VALID_READY for stream in self.spec.streams):
            return
        work = stimulus.uncontended(self.rng, 1)
        self._start(work, self.model.run(work), Gaps())
        await self._until(lambda: all(producer.taken for producer in timed if producer.words))

    def _asynchronous(self, stream: str) -> bool:
        return self._producers[stream].stream.handshake is not Handshake.VALID_READY

    def _check_wait(self, stream: str, cycles: int, least: int, most: int) -> None:
        if not least <= cycles <= most:
            promised = f"{most}" if least == most else f"{least} to {most}"
            raise BenchError(
                f"contract: stream {stream!r}, offered with the end of reset, gave its first token "
                f"{cycles} cycles later, not {promised} (start {self.contract.start})"
            )

    def _points(
        self, stimulus: Stimulus[Any], sent: list[Traffic], received: list[Traffic]
    ) -> dict[str, bool]:
        """The macro's points and those of the streams, and whether they were reached so far."""
        inputs, outputs = concatenate(sent), concatenate(received)
        points = {point.name: bool(point.hit(inputs, outputs)) for point in stimulus.coverage()}
        points |= self._lookout.points
        for name, consumer in self._consumers.items():
            if isinstance(consumer, LosingConsumer):
                points[f"{name} lost a token"] = consumer.missed
                if consumer.greatest <= MOST_LOST - LONG_LOAD:
                    points[f"{name} told of as many lost as it can"] = consumer.most
            if isinstance(consumer, FillingConsumer) and consumer.most <= MOST_FILLED:
                points[f"as many tokens of {name} waited as can"] = consumer.filled
        if not self.contract.loss:  # where nothing is held, nothing need wait
            for name in self.contract.consumes:
                points[f"{name} had to wait"] = self._producers[name].waited
            for name, consumer in self._consumers.items():
                if len(consumer.stream.controls) > 1:
                    points[f"{name} was held by the consumer"] = consumer.stalled
        return points
