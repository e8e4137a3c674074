"""Stimulus for ``multi_threshold``."""

import numpy as np

from neuroloom.golden.cim.multi_threshold import MultiThresholdSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_values

SHORT_WALK = 4096
"""Values in all; more are not walked through one by one."""


class MultiThresholdStimulus(Stimulus[MultiThresholdSpec]):
    """Both ends of the range, and values from all of it, against thresholds all over it."""

    operations = 200
    loads_in_flight = True

    def setup(self, rng: Rng) -> Traffic | None:
        if self.spec.thresholds is not None:
            return None
        rows = _random_thresholds(self.spec, rng)
        return {"values": {"data": np.zeros(0, np.int64)}, "thresholds": {"data": rows.reshape(-1)}}

    def corners(self) -> Traffic:
        spec = self.spec
        fmt = spec.input_streams[0].fields[0].format
        ends = [fmt.minimum, fmt.minimum + 1, fmt.maximum - 1, fmt.maximum]
        # short ranges are walked through, so that every threshold is met
        short = spec.channels << fmt.bits <= SHORT_WALK
        walk = range(fmt.minimum, fmt.maximum + 1) if short else ()
        frames = np.repeat(np.array([*ends, *walk], np.int64), spec.channels)
        if spec.thresholds is not None:
            at = np.array(spec.thresholds).T.reshape(-1)
            frames = np.concatenate([frames, at, np.maximum(at - 1, fmt.minimum)])
        return {"values": {"data": frames}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        field = self.spec.input_streams[0].fields[0]
        return {"values": {"data": random_values(field, rng, operations * self.spec.channels)}}

    def coverage(self) -> list[Cover]:
        bits = (1 << self.spec.output_bits) - 1
        points = [Cover("every bit was 1", lambda _, got: _any(got) == bits)]
        least = self.spec.streams[0].fields[0].minimum
        if self.spec.thresholds is None or any(row[0] > least for row in self.spec.thresholds):
            points.append(Cover("every bit was 0", lambda _, got: _all(got) == 0))
        return points

    @classmethod
    def random_spec(cls, rng: Rng) -> MultiThresholdSpec:
        signed = bool(rng.integers(2))
        spec = MultiThresholdSpec(
            input_bits=int(rng.integers(1 + signed, 11)),
            signed=signed,
            output_bits=int(rng.integers(1, 5)),
            channels=int(rng.choice([1, 1, 2, 3, 5])),
        )
        if rng.integers(3):
            return spec
        rows = tuple(tuple(row) for row in _random_thresholds(spec, rng).tolist())
        return spec.model_copy(update={"thresholds": rows})


def _random_thresholds(spec: MultiThresholdSpec, rng: Rng) -> Integers:
    """Rising rows (channels, steps)."""
    field = spec.streams[0].fields[0]
    # the least value seldom reaches a threshold, so that code 0 is seen
    least = field.minimum + int(rng.random() < 0.9)
    rows = random_values(field, rng, spec.channels * spec.steps)
    return np.sort(rows.reshape(spec.channels, spec.steps)).clip(least)


def _any(got: Traffic) -> int:
    return int(np.bitwise_or.reduce(got["codes"]["code"]))


def _all(got: Traffic) -> int:
    return int(np.bitwise_and.reduce(got["codes"]["code"]))
