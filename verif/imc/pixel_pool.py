"""Stimulus for ``pixel_pool``."""

from collections.abc import Collection

import numpy as np

from neuroloom.golden.formats import Rounding
from neuroloom.golden.imc.pixel_pool import Operation, PixelPoolSpec
from neuroloom.golden.ports import Field, Integers, Traffic
from neuroloom.verif.landmarks import Landmark, told, values_at
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_values


class PixelPoolStimulus(Stimulus[PixelPoolSpec]):
    """Pools of one value, pools in which one pixel stands out, pools with averages at
    landmarks of the rounding, and random ones of every size."""

    def corners(self) -> Traffic:
        low, high = self._field.minimum, self._field.maximum
        count, channels = self.spec.count, self.spec.channels
        flat = [np.full((count, channels), value) for value in (low, high, 0, high)]
        alone = []
        for place in {0, count // 2, count - 1}:
            for value, others in ((high, low), (low, high)):
                pool = np.full((count, channels), others)
                pool[place] = value
                alone.append(pool)
        pools = np.concatenate([np.stack([*flat, *alone]), self._aimed])
        return self._tokens(pools)

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec, field = self.spec, self._field
        values = random_values(field, rng, operations * spec.tokens)
        pools = values.reshape(operations, spec.count, spec.channels)
        # a random number of leading bits removed: equal values, and ends of averages that differ
        return self._tokens(pools >> rng.integers(0, field.bits, (operations, 1, spec.channels)))

    def landmarks(self) -> Collection[Landmark]:
        return told(self.spec.model(), self.corners())

    @property
    def _aimed(self) -> Integers:
        """Pools whose sums are at landmarks, the same in all channels."""
        spec = self.spec
        multiplier, shift = spec.reciprocal
        sums = np.array(values_at(shift, *spec.kept_range, multiplier), np.int64)
        whole, more = np.divmod(sums, spec.count)
        pools = whole[:, np.newaxis] + (np.arange(spec.count) < more[:, np.newaxis])
        return np.repeat(pools[:, :, np.newaxis], spec.channels, axis=2)

    def coverage(self) -> list[Cover]:
        low, high = self.spec.pooled_range
        points = [
            Cover("least result", lambda _, got: got["pooled"]["values"].min() == low),
            Cover("greatest result", lambda _, got: got["pooled"]["values"].max() == high),
        ]
        if self.spec.operation is Operation.MAX and self.spec.count > 1:
            points += [
                Cover("the first pixel wins", lambda sent, _: (self._winners(sent) == 0).any()),
                Cover(
                    "the last pixel wins",
                    lambda sent, _: (self._winners(sent) == self.spec.count - 1).any(),
                ),
            ]
        return points

    @property
    def _field(self) -> Field:
        return self.spec.input_streams[0].fields[0]

    def _tokens(self, pools: Integers) -> Traffic:
        """Pools (operations, pixels of a pool, channels) as tokens."""
        return {"pixels": {"values": pools.reshape(len(pools) * self.spec.tokens, -1)}}

    def _winners(self, sent: Traffic) -> Integers:
        """Number of the pixel that has the maximum, by pool and channel."""
        pools = sent["pixels"]["values"].reshape(-1, self.spec.count, self.spec.channels)
        return np.asarray(pools.argmax(axis=1))

    @classmethod
    def random_spec(cls, rng: Rng) -> PixelPoolSpec:
        units = int(rng.integers(1, 4))
        rounding = pick(rng, [Rounding.FLOOR, Rounding.NEAREST_EVEN])
        # the floor of an average of single bits may be zero for all of them
        least = 2 if rounding is Rounding.FLOOR else 1
        return PixelPoolSpec(
            channels=units * int(rng.integers(1, 4)),
            units=units,
            bits=int(rng.integers(least, 10)),
            signed=bool(rng.integers(2)),
            pixels=int(rng.integers(1, 6)),
            tokens=int(rng.integers(1, 4)),
            operation=pick(rng, Operation),
            rounding=rounding,
            multiplier_bits=int(rng.integers(2, 17)),
        )
