"""What a regression does to outputs that lose tokens: they are held until some are lost."""

from typing import Any

from neuroloom.golden.ports import Traffic, count
from neuroloom.verif.losses import FillingConsumer, LosingConsumer
from neuroloom.verif.partners import Gaps
from neuroloom.verif.promises import Promises
from neuroloom.verif.stimulus import Stimulus

MOST_LOST = 5000
"""Operations at most, so that a token has more to tell of than it can."""
FILLINGS = 8
"""How often an output is held until some are lost: a wrong count is right by chance."""
MOST_FILLED = 300
"""Tokens that wait at most in an output that is held until some are lost."""


class Overflows(Promises):
    """A bench that holds outputs for longer than there is room for what they have to give."""

    async def _lose(self, stimulus: Stimulus[Any], operations: int) -> None:
        """Hold outputs that lose what comes meanwhile: now and then, for long, and until a token
        has more to tell than it can.
        """
        consumers = [
            consumer
            for consumer in self._consumers.values()
            if isinstance(consumer, LosingConsumer)
        ]
        if not consumers:
            return
        full = operations + 2 + max(consumer.greatest for consumer in consumers)
        for gaps, number in (
            (Gaps(accept=0.3), operations),
            (Gaps(offer=0.9, accept=0.05), operations),
            *((Gaps(blocked=True), min(MOST_LOST, full * 4**more)) for more in range(4)),
        ):
            if gaps.blocked and all(consumer.most for consumer in consumers):
                break
            await self.reset()
            await self._setup(stimulus)
            traffic = stimulus.random(self.rng, number)
            self._start(traffic, self.model.run(traffic), gaps)
            for losing in consumers:
                losing.lose()
            await self._until(self._sent_all, gaps.blocked)
            for consumer in self._consumers.values():
                consumer.gaps = Gaps()
            await self._quiet()
            last = stimulus.random(self.rng, 1)  # tells of what was lost at the end
            for name, tokens in self.model.run(last).items():
                self._consumers[name].expect(self._consumers[name].stream.pack(tokens))
            for name, tokens in last.items():
                producer = self._producers[name]
                producer.words = producer.words + producer.stream.pack(tokens)
                producer.gaps = Gaps()
            await self._until(self._sent_all)
            await self._quiet()
            wait = self.contract.latency - 1  # from the input to what holds it
            decided = [cycle + wait for cycle in next(iter(self._producers.values())).taken]
            for losing in consumers:
                losing.keep(decided)
        traffic = stimulus.random(self.rng, number)
        self._start(traffic, self.model.run(traffic), gaps)
        for losing in consumers:
            losing.lose()
        await self._until(self._sent_all, blocked=True)
        for losing in consumers:
            losing.losing = False
        self._never_waited()
        await self.reset(pressing=False)  # nothing is told of what was lost before
        await self._phase(stimulus.random(self.rng, 2), Gaps())

    async def _fill(self, stimulus: Stimulus[Any], operations: int) -> None:
        """Hold outputs of which so many tokens wait at most until there are more: these are lost,
        and exactly those come that can wait.
        """
        for name, consumer in self._consumers.items():
            if isinstance(consumer, FillingConsumer) and consumer.most <= MOST_FILLED:
                for _ in range(FILLINGS):
                    await self._fill_one(stimulus, name, consumer, operations)

    async def _fill_one(
        self, stimulus: Stimulus[Any], name: str, consumer: FillingConsumer, operations: int
    ) -> None:
        expected: Traffic = {}
        while name not in expected or count(expected[name]) <= consumer.most:
            await self.reset()
            await self._setup(stimulus)
            traffic = stimulus.random(self.rng, operations)
            expected = self.model.run(traffic)
            operations *= 2
        self._start(traffic, expected, Gaps())
        consumer.gaps = Gaps(accept=0)
        others = [other for other in self._consumers.values() if other is not consumer]
        await self._until(lambda: self._sent_all() and all(other.done for other in others))
        await self._quiet()
        consumer.gaps = Gaps()
        await self._quiet()
        consumer.check_filled()

    def _sent_all(self) -> bool:
        return all(producer.done for producer in self._producers.values())
