"""Stimulus for ``popcount``."""

import numpy as np

from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

EXHAUSTIVE_WIDTH = 10


class PopcountStimulus(Stimulus[PopcountSpec]):
    """Every word up to ten bits; above, no bit, all, one, all but one, alternating."""

    def corners(self) -> Traffic:
        width = self.spec.width
        if width <= EXHAUSTIVE_WIDTH:
            return words_of(width, np.arange(1 << width))
        ends = np.unique(np.linspace(0, width - 1, 12).astype(int))
        single = np.zeros((len(ends), width), np.int64)
        single[np.arange(len(ends)), ends] = 1
        even = np.arange(width) % 2
        rows = np.vstack([np.zeros(width), np.ones(width), even, 1 - even]).astype(np.int64)
        return {"word": {"bits": np.concatenate([rows, single, 1 - single])}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        return {"word": random_tokens(self.spec.input_streams[0], rng, operations)}

    def coverage(self) -> list[Cover]:
        width = self.spec.width
        return [
            Cover("no bit set", lambda sent, _: (sent["word"]["bits"].sum(axis=1) == 0).any()),
            Cover("every bit set", lambda _, got: (got["count"]["ones"] == width).any()),
            Cover("every bit alone makes a difference", lambda sent, _: _toggled(sent)),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> PopcountSpec:
        return PopcountSpec(
            width=int(rng.integers(1, 100)),
            style=pick(rng, PopcountStyle),
            pipeline=int(rng.integers(0, 5)),
        )


def words_of(width: int, values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Traffic:
    """The words whose bits are those of ``values``."""
    return {"word": {"bits": (values[:, np.newaxis] >> np.arange(width)) & 1}}


def _toggled(sent: Traffic) -> bool:
    bits = sent["word"]["bits"]
    return bool((bits.min(axis=0) == 0).all() and (bits.max(axis=0) == 1).all())
