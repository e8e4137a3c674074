"""Stimulus for ``event_dedupe``."""

import numpy as np

from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus


class EventDedupeStimulus(Stimulus[EventDedupeSpec]):
    """Ticks without events, with every address twice upwards and downwards, and of random events,
    some from a few addresses only.
    """

    def corners(self) -> Traffic:
        every = np.arange(1 << self.spec.address_bits)
        ends = np.array([0, 0, self.spec.addresses - 1])
        none, first, down = every[:0], every[:1], every[::-1]
        return _tokens([none, none, np.append(every, every), np.append(down, down), ends, first])

    def random(self, rng: Rng, operations: int) -> Traffic:
        greatest = (1 << self.spec.address_bits) - 1
        spread = greatest >> rng.integers(0, self.spec.address_bits + 1, operations)
        address = rng.integers(0, greatest, operations, np.int64, endpoint=True) & spread
        tick = (rng.random(operations) < 0.1).astype(np.int64)
        return {"events": {"address": address, "tick": tick}}

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Ticks in which every address comes once, in random order."""
        addresses = self.spec.addresses
        rounds = -(-operations // (addresses + 1))
        whole = _tokens([rng.permutation(addresses) for _ in range(rounds)])["events"]
        return {"events": {name: values[:operations] for name, values in whole.items()}}

    def coverage(self) -> list[Cover]:
        last = self.spec.addresses - 1
        points = [
            Cover("an event is dropped", lambda sent, got: _events(sent) > _events(got)),
            Cover("the last address", lambda _, got: (got["unique"]["address"] == last).any()),
            Cover("every address comes before and after others", self._any_order),
            Cover("a tick without events", lambda _, got: _empty_tick(got)),
        ]
        if self.spec.addresses < 1 << self.spec.address_bits:
            points.append(Cover("an address that is not there", self._outside))
        return points

    def _any_order(self, _: Traffic, got: Traffic) -> bool:
        """Whether there is a tick of all addresses upwards, and one downwards."""
        address, tick = got["unique"]["address"], got["unique"]["tick"]
        events = [interval.tolist() for interval in np.split(address, np.flatnonzero(tick))]
        upwards = list(range(self.spec.addresses))
        # the tick that begins an interval is none of its events
        ticks = [interval[number > 0 :] for number, interval in enumerate(events)]
        return upwards in ticks and upwards[::-1] in ticks

    def _outside(self, sent: Traffic, _: Traffic) -> bool:
        events = sent["events"]
        return bool(((events["address"] >= self.spec.addresses) & (events["tick"] == 0)).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> EventDedupeSpec:
        return EventDedupeSpec(addresses=int(rng.integers(1, 40)))


def _tokens(ticks: list[Integers]) -> Traffic:
    """The events of each tick, and the tick."""
    tick = np.concatenate([np.append(np.zeros(len(tick), np.int64), 1) for tick in ticks])
    address = np.concatenate([np.append(tick, 0) for tick in ticks])
    return {"events": {"address": address, "tick": tick}}


def _events(traffic: Traffic) -> int:
    """Tokens that are no ticks."""
    ((tokens),) = traffic.values()
    return int((tokens["tick"] == 0).sum())


def _empty_tick(got: Traffic) -> bool:
    tick = got["unique"]["tick"].astype(bool)
    return bool((tick[1:] & tick[:-1]).any())
