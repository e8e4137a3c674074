"""Stimulus for ``event_fifo``."""

import numpy as np

from neuroloom.golden.events.event_fifo import EventFifoSpec, Storage, WhenFull
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class EventFifoStimulus(Stimulus[EventFifoSpec]):
    """Numbered events, so that each place holds something else; random events, always more than
    the queue holds.
    """

    def corners(self) -> Traffic:
        every_bit = 1 << np.arange(self.spec.bits, dtype=np.int64)
        greatest = 2 * int(every_bit[-1]) - 1
        numbers = np.arange(2 * min(self.spec.depth, 100) + 3) & greatest
        return _events(np.concatenate([numbers, [greatest, 0], every_bit, [greatest] * 2]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        number = max(operations, self.spec.depth + 4)
        greatest = 2**self.spec.bits - 1
        return _events(rng.integers(0, greatest, number, np.int64, endpoint=True))

    def coverage(self) -> list[Cover]:
        greatest = 2**self.spec.bits - 1
        return [
            Cover("least event", lambda _, got: (got["read"]["event"] == 0).any()),
            Cover("greatest event", lambda _, got: (got["read"]["event"] == greatest).any()),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> EventFifoSpec:
        return EventFifoSpec(
            bits=int(rng.integers(1, 20)),
            depth=int(rng.integers(1, 20)),
            storage=pick(rng, Storage),
            when_full=pick(rng, WhenFull),
            lost_bits=int(rng.integers(1, 5)),
        )


def _events(events: Integers) -> Traffic:
    return {"write": {"event": events}}
