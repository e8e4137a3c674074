"""Stimulus for ``comparator``."""

import numpy as np

from neuroloom.golden.arith.comparator import ComparatorSpec, ComparatorStyle
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

EXHAUSTIVE_BITS = 5


class ComparatorStimulus(Stimulus[ComparatorSpec]):
    """Every pair up to five bits; above, both ends, and pairs that differ in one bit only."""

    def corners(self) -> Traffic:
        field = self.spec.input_streams[0].fields[0]
        low, high, bits = field.minimum, field.maximum, self.spec.bits
        if bits <= EXHAUSTIVE_BITS:
            numbers = np.arange(low, high + 1)
            a, b = (axis.ravel() for axis in np.meshgrid(numbers, numbers))
            return _pairs(a, b)
        ends = [low, low + 1, *({-1} if self.spec.signed else set()), 0, 1, high - 1, high]
        a, b = (axis.ravel() for axis in np.meshgrid(ends, ends))
        powers = np.int64(1) << np.arange(bits - 1, dtype=np.int64)
        base = np.full(bits - 1, high // 3)
        return _pairs(
            np.concatenate([a, base, base ^ powers]), np.concatenate([b, base ^ powers, base])
        )

    def random(self, rng: Rng, operations: int) -> Traffic:
        pairs = random_tokens(self.spec.input_streams[0], rng, operations)
        # some equal, most alike in their upper bits: the lower ones decide
        distance = rng.integers(0, self.spec.bits + 1, operations)
        differing = np.where(distance == self.spec.bits, -1, (np.int64(1) << distance) - 1)
        near = pairs["a"] ^ ((pairs["a"] ^ pairs["b"]) & differing)
        return _pairs(pairs["a"], near)

    def coverage(self) -> list[Cover]:
        return [
            Cover("a less than b", lambda _, got: got["order"]["less"].any()),
            Cover("a equal to b", lambda _, got: got["order"]["equal"].any()),
            Cover("a greater than b", lambda _, got: got["order"]["greater"].any()),
        ]

    @classmethod
    def random_spec(cls, rng: Rng) -> ComparatorSpec:
        return ComparatorSpec(
            bits=int(rng.integers(1, 64)),
            signed=bool(rng.integers(2)),
            style=pick(rng, ComparatorStyle),
        )


def _pairs(a: Integers, b: Integers) -> Traffic:
    return {"pair": {"a": a.astype(np.int64), "b": b.astype(np.int64)}}
