"""Stimulus for ``stochastic_encoder``."""

import numpy as np

from neuroloom.golden.bnn.stochastic_encoder import StochasticEncoderSpec
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens


class StochasticEncoderStimulus(Stimulus[StochasticEncoderSpec]):
    """Both ends of the range and what lies beside them, each for a few streams."""

    operations = 40

    def corners(self) -> Traffic:
        greatest = self.spec.input_streams[0].fields[0].maximum
        ends = [0, greatest, 1, max(0, greatest - 1), (greatest + 1) // 2]
        return {"values": {"value": np.repeat(np.array(ends, np.int64), 3)}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        return {"values": random_tokens(self.spec.input_streams[0], rng, operations)}

    def coverage(self) -> list[Cover]:
        return [
            Cover("every lane gave 0", lambda _, got: self._gave(got, 0)),
            Cover("every lane gave 1", lambda _, got: self._gave(got, 1)),
        ]

    def _gave(self, got: Traffic, bit: int) -> bool:
        return bool((got["encoded"]["bits"] == bit).any(axis=0).all())

    @classmethod
    def random_spec(cls, rng: Rng) -> StochasticEncoderSpec:
        lanes = int(rng.integers(1, 4))
        return StochasticEncoderSpec(
            value_bits=int(rng.integers(1, 10)),
            lanes=lanes,
            length=lanes * int(rng.integers(1, 6)),
            seed=int(rng.integers(1, 1 << 31)),
        )
