"""Stimulus for ``event_split``."""

from functools import partial
from itertools import combinations

import numpy as np

from neuroloom.golden.events.event_split import EventSplitSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus

FEW = 4
"""Events before many that are dropped, at most."""
TRIES = 4
MOST_DROPPED = 40
"""Events dropped one after the other; counts that go further are not filled."""


class EventSplitStimulus(Stimulus[EventSplitSpec]):
    """Both ends of each route and what one bit of its mask sets apart; runs of dropped events."""

    def corners(self) -> Traffic:
        greatest = (1 << self.spec.bits) - 1
        events: list[int] = []
        for mask, match in self.spec.routes:
            highest = match | (greatest & ~mask)
            ones = [1 << bit for bit in range(self.spec.bits) if mask >> bit & 1]
            events += [match, highest, *(match ^ one for one in ones[:2] + ones[-2:])]
        for first, second in self._shared():
            events.append(first | second)
        if self.spec.nowhere is not None:
            events += [self.spec.nowhere] * MOST_DROPPED
        return _events(np.array(events, np.int64))

    def random(self, rng: Rng, operations: int) -> Traffic:
        """Events of one of the outputs for the most part, and of any bits; often many in a row that
        are dropped, soon behind one that is not.
        """
        drawn = np.where(
            rng.random(operations) < 0.7, self._aimed(rng, operations), self._any(rng, operations)
        )
        if self.spec.nowhere is not None and rng.integers(2):
            first, last = rng.integers(1, FEW), rng.integers(0, operations + 1)
            drawn[first:last] = self._dropped(rng, self.spec.nowhere, operations)[first:last]
        return _events(drawn)

    def _any(self, rng: Rng, operations: int) -> Integers:
        return rng.integers(0, (1 << self.spec.bits) - 1, operations, np.int64, endpoint=True)

    def _dropped(self, rng: Rng, nowhere: int, operations: int) -> Integers:
        """Events that match no output, ``nowhere`` where none of a few at random does."""
        dropped = np.full(operations, nowhere)
        for _ in range(TRIES):
            event = self._any(rng, operations)
            dropped = np.where(self.spec.matched(event).any(axis=1), dropped, event)
        return dropped

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Events that none is dropped of."""
        return _events(self._aimed(rng, operations))

    def _aimed(self, rng: Rng, operations: int) -> Integers:
        """Events for outputs at random."""
        routes = np.array(self.spec.routes, np.int64)
        mask, match = routes[rng.integers(0, len(routes), operations)].T
        aimed: Integers = match | (self._any(rng, operations) & ~mask)
        return aimed

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [Cover(f"an event for {name}", partial(_given, name)) for name in spec.outputs]
        if spec.can_drop:
            points.append(Cover("an event is dropped", lambda sent, _: 0 in self._copies(sent)))
        if self._shared():
            points.append(Cover("several copies", lambda sent, _: self._copies(sent).max() > 1))
        if spec.can_drop and (1 << spec.dropped_bits) <= MOST_DROPPED:
            greatest = (1 << spec.dropped_bits) - 1
            dropped = partial(_told, greatest)
            points.append(Cover("the count of those dropped ends", dropped))
        return points

    def _copies(self, sent: Traffic) -> Integers:
        copies: Integers = self.spec.matched(sent["events"]["event"]).sum(axis=1)
        return copies

    def _shared(self) -> list[tuple[int, int]]:
        """The matches of two outputs that get an event both."""
        return [
            (first, second)
            for (mask, first), (other, second) in combinations(self.spec.routes, 2)
            if not (first ^ second) & mask & other
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> EventSplitSpec:
        bits = int(rng.integers(1, 9))
        mask = rng.integers(0, 1 << bits, int(rng.integers(1, 6))) & rng.integers(0, 1 << bits)
        match = mask & rng.integers(0, 1 << bits, len(mask))
        return EventSplitSpec(
            bits=bits,
            dropped_bits=int(rng.integers(1, 6)),
            routes=tuple(zip(mask.tolist(), match.tolist(), strict=True)),
        )


def _events(event: Integers) -> Traffic:
    return {"events": {"event": event}}


def _given(name: str, _: Traffic, got: Traffic) -> bool:
    return len(got[name]["event"]) > 0


def _told(greatest: int, _: Traffic, got: Traffic) -> bool:
    return any((tokens["dropped"] == greatest).any() for tokens in got.values())
