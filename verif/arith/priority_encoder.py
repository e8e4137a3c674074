"""Stimulus for ``priority_encoder``."""

import numpy as np

from neuroloom.golden.arith.priority_encoder import First, PriorityEncoderSpec, Report
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick

EXHAUSTIVE_INPUTS = 9
EVERY_INPUT = 128
"""Most inputs of which each one is the first in some corner."""


class PriorityEncoderStimulus(Stimulus[PriorityEncoderSpec]):
    """Every word up to nine bits; above, each input alone, and with all behind and before it."""

    def corners(self) -> Traffic:
        inputs = self.spec.inputs
        if inputs <= EXHAUSTIVE_INPUTS:
            return _words(np.arange(1 << inputs)[:, np.newaxis] >> np.arange(inputs) & 1)
        chosen = np.unique(np.linspace(0, inputs - 1, min(inputs, EVERY_INPUT)).astype(int))
        positions = np.arange(inputs)
        alone = positions == chosen[:, np.newaxis]
        upward, downward = (positions >= chosen[:, np.newaxis], positions <= chosen[:, np.newaxis])
        none = np.zeros((1, inputs), bool)
        return _words(np.concatenate([none, alone, upward, downward]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        inputs = self.spec.inputs
        # few ones, so that the first of them lies anywhere
        density = 2.0 ** -rng.uniform(0, 1 + np.log2(inputs), (operations, 1))
        return _words(rng.random((operations, inputs)) < density)

    def coverage(self) -> list[Cover]:
        return [
            Cover("no bit set", lambda _, got: (got["found"]["none"] == 1).any()),
            Cover("both ends alone", self._ends),
        ]

    def _ends(self, sent: Traffic, _: Traffic) -> bool:
        bits = sent["word"]["bits"]
        alone = bits[bits.sum(axis=1) == 1]
        return bool(alone[:, 0].any() and alone[:, -1].any())

    @classmethod
    def random_spec(cls, rng: Rng) -> PriorityEncoderSpec:
        return PriorityEncoderSpec(
            inputs=int(rng.integers(1, 40)), first=pick(rng, First), report=pick(rng, Report)
        )


def _words(bits: np.ndarray) -> Traffic:
    return {"word": {"bits": bits.astype(np.int64)}}
