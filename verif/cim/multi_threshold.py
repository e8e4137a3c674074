"""Stimulus for ``multi_threshold``."""

import numpy as np

from neuroloom.golden.cim.multi_threshold import MultiThresholdSpec
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_values


class MultiThresholdStimulus(Stimulus[MultiThresholdSpec]):
    """Both ends of the range, and values from all of it, against thresholds all over it."""

    operations = 200
    loads_in_flight = True

    def setup(self, rng: Rng) -> Traffic | None:
        field = self.spec.input_streams[1].fields[0]
        # the least value seldom reaches a threshold, so that code 0 is seen
        least = field.minimum + int(rng.random() < 0.9)
        thresholds = np.sort(random_values(field, rng, self.spec.steps)).clip(least)
        return {"values": {"data": np.zeros(0, np.int64)}, "thresholds": {"data": thresholds}}

    def corners(self) -> Traffic:
        fmt = self.spec.input_streams[0].fields[0].format
        ends = [fmt.minimum, fmt.minimum + 1, fmt.maximum - 1, fmt.maximum]
        # short ranges are walked through, so that every threshold is met
        walk = range(fmt.minimum, fmt.maximum + 1) if fmt.bits <= 8 else ()
        return {"values": {"data": np.array([*ends, *walk], np.int64)}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        field = self.spec.input_streams[0].fields[0]
        return {"values": {"data": random_values(field, rng, operations)}}

    def coverage(self) -> list[Cover]:
        bits = (1 << self.spec.output_bits) - 1
        return [
            Cover("every bit was 1", lambda _, got: _any(got) == bits),
            Cover("every bit was 0", lambda _, got: _all(got) == 0),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> MultiThresholdSpec:
        signed = bool(rng.integers(2))
        return MultiThresholdSpec(
            input_bits=int(rng.integers(1 + signed, 11)),
            signed=signed,
            output_bits=int(rng.integers(1, 5)),
        )


def _any(got: Traffic) -> int:
    return int(np.bitwise_or.reduce(got["codes"]["code"]))


def _all(got: Traffic) -> int:
    return int(np.bitwise_and.reduce(got["codes"]["code"]))
