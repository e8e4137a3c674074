"""Stimulus for ``event_merge``."""

from functools import partial

import numpy as np

from neuroloom.golden.events.event_merge import EventMergeSpec
from neuroloom.golden.ports import Traffic, count
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens

FEW = 3


class EventMergeStimulus(Stimulus[EventMergeSpec]):
    """Sources that give many events, few or none; the ends of the range from each."""

    carried = "event"

    def corners(self) -> Traffic:
        """All sources at once."""
        ends = np.array([0, (1 << self.spec.bits) - 1, 0])
        return {name: {"event": ends} for name in self.spec.inputs}

    def random(self, rng: Rng, operations: int) -> Traffic:
        """Events of each source: as many as there are operations, a quarter of that, or none; of
        the first one at least one.
        """
        shares = rng.choice([0.0, 0.25, 1.0, 1.0], self.spec.sources)
        numbers = (operations * shares).astype(np.int64)
        numbers[0] = max(1, numbers[0])
        return self._events(rng, numbers.tolist())

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Every source always has an event: they take turns."""
        return self._events(rng, [operations] * self.spec.sources)

    def _events(self, rng: Rng, numbers: list[int]) -> Traffic:
        streams = zip(self.spec.input_streams, numbers, strict=True)
        return {stream.name: random_tokens(stream, rng, number) for stream, number in streams}

    def coverage(self) -> list[Cover]:
        greatest = (1 << self.spec.bits) - 1
        points = [
            Cover(f"more than {FEW} events of {name}", partial(_many, name))
            for name in self.spec.inputs
        ]
        return [
            *points,
            Cover("the greatest event", lambda _, got: (got["merged"]["event"] == greatest).any()),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> EventMergeSpec:
        return EventMergeSpec(
            sources=int(rng.integers(1, 8)),
            bits=int(rng.integers(1, 20)),
            attach=bool(rng.integers(2)),
        )


def _many(name: str, sent: Traffic, _: Traffic) -> bool:
    return count(sent[name]) > FEW
