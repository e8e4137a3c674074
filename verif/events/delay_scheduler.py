"""Stimulus for ``delay_scheduler``."""

import numpy as np

from neuroloom.golden.events.delay_scheduler import ActiveForm, DelaySchedulerSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick


class DelaySchedulerStimulus(Stimulus[DelaySchedulerSpec]):
    """Ticks with none, some and many events; every delay; the same axon again and again; axons at
    both ends; bursts into one word.
    """

    def corners(self) -> Traffic:
        """The lowest and the highest axon with every delay, twice; a slot filled whole; then ticks
        until all have come.
        """
        spec = self.spec
        ends = np.tile([0, spec.axons - 1], 2)
        twice = [self.tick(ends, np.full(4, delay)) for delay in range(spec.slots)]
        every = np.arange(spec.axons)
        whole = self.tick(every, np.full(spec.axons, spec.slots - 1))
        turn = self.tick(every[:1], np.zeros(1, np.int64))
        return joined(whole, *twice, turn, *[self.tick(every[:0], every[:0])] * (spec.slots + 1))

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        ticks = []
        for _ in range(operations):
            events = pick(rng, [0, 1, 2, int(rng.integers(0, spec.axons + 4))])
            axon = rng.integers(0, spec.axons, events)
            if rng.integers(2):  # neighbours
                axon = np.minimum(int(rng.integers(spec.axons)) + axon % 3, spec.axons - 1)
            delay = rng.integers(0, int(rng.choice([1, spec.slots])), events)
            ticks.append(self.tick(axon, delay))
        return joined(*ticks)

    def tick(self, axon: Integers, delay: Integers) -> Traffic:
        """Events and the tick behind them; what goes with a tick is not looked at."""
        fields = self.spec.input_streams[0].fields
        noise = [(int(axon.sum()) + 1) & field.maximum for field in fields[1:]]
        columns = zip(fields[1:], (axon, delay), noise, strict=True)
        tokens = {field.name: np.append(values, other) for field, values, other in columns}
        tick = (np.arange(len(axon) + 1) == len(axon)).astype(np.int64)
        return {"events": {"tick": tick, **tokens}}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [
            Cover("every delay", lambda sent, _: len(self._delays(sent)) == spec.slots),
            Cover("two ticks without events between", lambda sent, _: self._idle(sent)),
        ]
        if spec.form is ActiveForm.WORDS:
            bits = "bits"
            points += [
                Cover(
                    "a word of ones",
                    lambda _, got: (
                        got["active"][bits].sum(axis=1).max() == min(spec.lanes, spec.axons)
                    ),
                ),
                Cover("a word of zeros", lambda _, got: (~got["active"][bits].any(axis=1)).any()),
            ]
        else:
            points += [
                Cover("every axon", lambda _, got: len(set(got["active"]["axon"])) == spec.axons),
                Cover("a tick without axons", lambda _, got: self._empty(got)),
            ]
        if spec.merged_bits:
            points.append(Cover("events merged", lambda _, got: got["active"]["merged"].any()))
        return points

    def _delays(self, sent: Traffic) -> set[int]:
        events = sent["events"]
        return set(events["delay"][events["tick"] == 0].tolist())

    def _idle(self, sent: Traffic) -> bool:
        tick = sent["events"]["tick"]
        return bool((tick[1:] & tick[:-1]).any())

    def _empty(self, got: Traffic) -> bool:
        end = got["active"]["end"]
        return bool((end[1:] & end[:-1]).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> DelaySchedulerSpec:
        return DelaySchedulerSpec(
            axons=pick(rng, [1, 2, int(rng.integers(3, 30))]),
            slots=pick(rng, [1, 2, int(rng.integers(3, 20))]),
            word=int(rng.choice([1, 2, 4, 8, 16])),
            form=pick(rng, ActiveForm),
            merged_bits=int(rng.choice([0, 0, 1, 3])),
        )
