"""Stimulus for ``zero_skip``."""

import numpy as np

from neuroloom.golden.cim.zero_skip import PlaneOrder, SelectStyle, ZeroSkipSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick

EXHAUSTIVE_BITS = 8


class ZeroSkipStimulus(Stimulus[ZeroSkipSpec]):
    """Every vector up to eight bits; above, full, empty, and around one and two groups of ones at
    either end; random vectors of every density, so that last groups of every size appear."""

    def corners(self) -> Traffic:
        spec = self.spec
        bits = spec.rows * spec.input_bits
        if bits <= EXHAUSTIVE_BITS:
            planes = np.arange(1 << bits)[:, np.newaxis] >> np.arange(bits) & 1
            return self._vectors(planes.reshape(-1, spec.input_bits, spec.rows))
        row = np.arange(spec.rows)
        sizes = [spec.rows, 0, *(k * spec.group + d for k in (1, 2) for d in (-1, 0, 1)), spec.rows]
        low = [row < size for size in sizes]
        high = [row >= spec.rows - size for size in sizes]
        patterns = np.array([*low, *high], np.int64)
        planes = np.repeat(patterns[:, np.newaxis], spec.input_bits, axis=1)
        alone = np.zeros((spec.input_bits, *planes.shape[1:]), np.int64)
        alone[np.arange(spec.input_bits), np.arange(spec.input_bits)] = 1
        return self._vectors(np.concatenate([planes, alone]))

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        density = rng.choice([0.0, 0.02, 0.1, 0.5, 0.9, 1.0], (operations, spec.input_bits, 1))
        bits = rng.random((operations, spec.input_bits, spec.rows)) < density
        return self._vectors(bits.astype(np.int64))

    def _vectors(self, planes: Integers) -> Traffic:
        """Vectors of bit planes (vectors, planes, rows), the lowest plane first."""
        spec = self.spec
        weights = 1 << np.arange(spec.input_bits)
        if spec.input_signed:
            weights[-1] *= -1
        values = np.einsum("vpr,p->vr", planes, weights)
        tags = np.arange(len(planes)) % (1 << spec.tag_bits)
        return {"vector": {"values": values, **({"tag": tags} if spec.tag_bits else {})}}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        rows = spec.rows

        def ones(got: Traffic) -> Integers:
            return np.asarray(got["word_lines"]["rows"].sum(axis=1), np.int64)

        def inner(got: Traffic) -> bool:
            lines = got["word_lines"]
            return bool((lines["last_group"] == 0).any())

        points = [
            Cover("a group without rows", lambda _, got: (ones(got) == 0).any()),
            Cover("a full group", lambda _, got: (ones(got) == min(spec.group, rows)).any()),
            Cover("every row raised", lambda _, got: got["word_lines"]["rows"].any(axis=0).all()),
        ]
        if spec.group < rows:
            points.append(Cover("a group that is not the last", lambda _, got: inner(got)))
        if spec.skip_empty_planes:
            points.append(Cover("a plane skipped", self._skipped))
        return points

    def _skipped(self, sent: Traffic, _: Traffic) -> bool:
        return bool((self.spec.groups(self.spec.planes(sent)) == 0).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> ZeroSkipSpec:
        style = pick(rng, SelectStyle)
        input_bits = int(rng.choice([1, 1, 2, 3, 5]))
        return ZeroSkipSpec(
            rows=int(rng.integers(1, 40)),
            group=int(rng.integers(1, 12)),
            input_bits=input_bits,
            input_signed=bool(rng.integers(2)),
            order=pick(rng, PlaneOrder),
            skip_empty_planes=input_bits > 1 and bool(rng.integers(2)),
            style=style,
            segment=int(rng.integers(1, 12)),
            pipeline=int(rng.integers(0, 5)) if style is SelectStyle.MARKED else 0,
            tag_bits=int(rng.choice([0, 0, 1, 3])),
        )
