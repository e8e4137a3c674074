"""Stimulus for ``event_replay``."""

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.events.event_replay import EventReplaySpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined

FARTHEST = 12
"""Ticks from one event to the next, at most; late ones lie up to half the range behind."""
FAR = 500
"""Ticks at most that one event of the corners lies ahead: time counts beyond its low bits."""


class EventReplayStimulus(Stimulus[EventReplaySpec]):
    """Recordings that begin at 0 and end with a restart: events in one tick, ticks apart, late,
    and promises. Each has as many ticks as its time goes on, so that nothing is left waiting.
    """

    def corners(self) -> Traffic:
        far, half = min(self._half - 1, FAR), self._half
        steps = np.array(
            [0, 0, 1, 0, self._farthest, -half, -1, far, 0, *[1] * min(2 * half + 1, 20), -half, 0]
        )
        address = np.where(np.arange(len(steps)) % 2, 0, (1 << self.spec.bits) - 1)
        empty = np.arange(len(steps)) % 7 == 5
        whole = self._recording(steps, address, empty, np.arange(len(steps)) % 2)
        return joined(whole, self._recording(steps[:1], address[:1], ~empty[:1], empty[:1]), whole)

    def random(self, rng: Rng, operations: int) -> Traffic:
        """Recordings of a few events each."""
        parts = -(-operations // 12)
        sizes = np.full(parts, -(-operations // parts))
        return joined(*(self._drawn(rng, int(size)) for size in sizes))

    def _drawn(self, rng: Rng, events: int) -> Traffic:
        ahead = rng.integers(0, self._farthest, events, endpoint=True)
        behind = -rng.integers(1, self._half, events, endpoint=True)
        idle = not rng.integers(3)  # an event, and promises for a while
        together = rng.random(events) < (0.9 if idle else 0.4)
        steps = np.where(together, 0, np.where(rng.random(events) < 0.8, ahead, behind))
        address = rng.integers(0, (1 << self.spec.bits) - 1, events, np.int64, endpoint=True)
        empty = rng.random(events) < (0.9 if idle else 0.2)
        empty[:1] &= not idle
        return self._recording(steps, address, empty, rng.integers(0, 2, events))

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """An event a tick, and the promise behind them."""
        steps = np.minimum(np.arange(operations + 1), 1)
        address = rng.integers(
            0, (1 << self.spec.bits) - 1, operations + 1, np.int64, endpoint=True
        )
        empty = np.arange(operations + 1) == operations
        return self._recording(steps, address, empty, rng.integers(0, 2, operations + 1))

    @property
    def _half(self) -> int:
        return 1 << (self.spec.time_bits - 1)

    @property
    def _farthest(self) -> int:
        return min(self._half - 1, FARTHEST)

    def _recording(
        self, steps: Integers, address: Integers, empty: NDArray[np.bool_], last: Integers
    ) -> Traffic:
        """Events ``steps`` ticks ahead of or behind the time that the ones before have reached, and
        as many ticks as there are.
        """
        waits = np.maximum(steps, 0)
        reached = np.cumsum(waits)
        time = (reached - waits + steps) % (1 << self.spec.time_bits)
        restart = np.arange(len(steps)) == len(steps) - 1
        events = {"address": address, "time": time, "empty": empty, "restart": restart}
        ticks = {"last": np.resize(last, int(reached[-1]))}
        return {
            "events": {name: values.astype(np.int64) for name, values in events.items()},
            "ticks": {name: values.astype(np.int64) for name, values in ticks.items()},
        }

    def coverage(self) -> list[Cover]:
        return [
            Cover("a late event", lambda _, got: got["replayed"]["late"].any()),
            Cover("two events of a tick", lambda _, got: _beside(got, 0)),
            Cover("a tick without events", lambda _, got: _beside(got, 1)),
            Cover("the last tick of a sample", lambda _, got: got["replayed"]["last"].any()),
            Cover("a promise", lambda sent, _: sent["events"]["empty"].any()),
            Cover(
                "an event that restarts",
                lambda sent, _: (sent["events"]["restart"] > sent["events"]["empty"]).any(),
            ),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> EventReplaySpec:
        return EventReplaySpec(bits=int(rng.integers(1, 20)), time_bits=int(rng.integers(2, 9)))


def _beside(got: Traffic, end: int) -> bool:
    """Whether two ends, or two events, follow one another."""
    ends = got["replayed"]["end"] == end
    return bool((ends[1:] & ends[:-1]).any())
