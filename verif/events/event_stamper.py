"""Stimulus for ``event_stamper``."""

import numpy as np

from neuroloom.golden.events.event_stamper import EventStamperSpec, Stamp
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick

MOST_TICKS = 1 << 10
"""Ticks one after the other: longer periods are not gone through."""


class EventStamperStimulus(Stimulus[EventStamperSpec]):
    """Events in one tick, a tick apart, and a whole period and more apart where that is short."""

    def corners(self) -> Traffic:
        ticks = min(self.spec.period, MOST_TICKS)
        tick = [0, 1, 0, 0, 1, 1, 0, *[1] * ticks, 0, *[1] * (ticks - 1), 0, *[1] * (2 * ticks), 0]
        greatest = (1 << self.spec.bits) - 1
        address = np.where(np.arange(len(tick)) % 3 == 0, greatest, 0)
        return _tokens(address, np.array(tick))

    def random(self, rng: Rng, operations: int) -> Traffic:
        """Few ticks or many, an event behind the last."""
        density = pick(rng, [0.1, 0.5, 0.9])
        tick = (rng.random(operations + 1) < density).astype(np.int64)
        tick[-1] = 0
        return _tokens(self._addresses(rng, len(tick)), tick)

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Events without a tick."""
        return _tokens(self._addresses(rng, operations), np.zeros(operations, np.int64))

    def _addresses(self, rng: Rng, number: int) -> Integers:
        return rng.integers(0, (1 << self.spec.bits) - 1, number, np.int64, endpoint=True)

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [
            Cover("events in the same tick", _together),
            Cover("a tick later", lambda _, got: (got["stamped"]["time"] == 1).any()),
        ]
        if spec.period <= MOST_TICKS:
            greatest = spec.period - 1
            points.append(
                Cover(
                    "the greatest time", lambda _, got: (got["stamped"]["time"] == greatest).any()
                )
            )
            if spec.markers:
                points.append(Cover("a marker", lambda _, got: got["stamped"]["wrap"].any()))
        return points

    @classmethod
    def random_spec(cls, rng: Rng) -> EventStamperSpec:
        return EventStamperSpec(
            bits=int(rng.integers(1, 20)),
            time_bits=int(rng.integers(1, 9)),
            stamp=pick(rng, Stamp),
            markers=bool(rng.integers(2)),
        )


def _tokens(address: Integers, tick: Integers) -> Traffic:
    return {"events": {"address": address, "tick": tick}}


def _together(sent: Traffic, _: Traffic) -> bool:
    tick = sent["events"]["tick"]
    return bool(((tick[1:] == 0) & (tick[:-1] == 0)).any())
