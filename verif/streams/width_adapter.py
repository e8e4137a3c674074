"""Stimulus for ``width_adapter``."""

import numpy as np

from neuroloom.golden.ports import Traffic
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens


class WidthAdapterStimulus(Stimulus[WidthAdapterSpec]):
    """Frames of equal elements, with ones beyond the last element, which must be ignored."""

    def corners(self) -> Traffic:
        shape = (self.spec.input_tokens, self.spec.input_lanes)
        greatest = (1 << self.spec.bits) - 1
        full, empty = np.full(shape, greatest), np.zeros(shape, np.int64)
        return {"packed": {"data": np.concatenate([full, empty, full])}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        count = operations * self.spec.input_tokens
        return {"packed": random_tokens(self.spec.input_streams[0], rng, count)}

    def coverage(self) -> list[Cover]:
        greatest = (1 << self.spec.bits) - 1
        return [
            Cover("least element", lambda _, got: (got["repacked"]["data"] == 0).any()),
            Cover("greatest element", lambda _, got: (got["repacked"]["data"] == greatest).any()),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> WidthAdapterSpec:
        narrow, ratio = int(rng.integers(1, 9)), int(rng.integers(1, 9))
        lanes = [narrow, narrow * ratio]
        rng.shuffle(lanes)
        return WidthAdapterSpec(
            length=int(rng.integers(1, 70)),
            input_lanes=lanes[0],
            output_lanes=lanes[1],
            bits=int(rng.integers(1, 6)),
        )
