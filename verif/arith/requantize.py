"""Stimulus for ``requantize``."""

from collections.abc import Collection

import numpy as np

from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.formats import Overflow, Rounding
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.landmarks import Landmark, told, values_at
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class RequantizeStimulus(Stimulus[RequantizeSpec]):
    """Both ends of the input, landmarks of the rounding near zero, both sides of the clamps."""

    def corners(self) -> Traffic:
        spec = self.spec
        fmt, out = spec.input_format, spec.output_format
        unit = 1 << spec.shift
        ties = values_at(spec.shift, fmt.minimum, fmt.maximum)
        clamps = [end * unit + d for end in (out.minimum, out.maximum) for d in (-unit, -1, 0, 1)]
        halves = [value + unit // 2 for value in clamps]
        ends = [fmt.minimum, fmt.minimum + 1, -1, 0, 1, fmt.maximum - 1, fmt.maximum]
        inside = [v for v in (*ends, *ties, *clamps, *halves) if fmt.minimum <= v <= fmt.maximum]
        return {"value": {"data": np.array(inside, np.int64)}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        fmt = self.spec.input_format
        wide = rng.integers(fmt.minimum, fmt.maximum, operations, np.int64, endpoint=True)
        # a random number of leading bits removed: results inside the output are reached too
        return {"value": {"data": wide >> rng.integers(0, fmt.bits, operations)}}

    def landmarks(self) -> Collection[Landmark]:
        if self.spec.rounding is Rounding.STOCHASTIC:
            return ()
        return told(self.spec.model(), self.corners())

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [
            Cover("least input", lambda sent, _: _has(sent, spec.input_format.minimum)),
            Cover("greatest input", lambda sent, _: _has(sent, spec.input_format.maximum)),
        ]
        if spec.result_maximum > spec.output_format.maximum:
            points.append(Cover("too great for the output", self._above))
        if spec.result_minimum < spec.output_format.minimum:
            points.append(Cover("too small for the output", self._below))
        return points

    def _above(self, sent: Traffic, _: Traffic) -> bool:
        return bool((self._floor(sent) > self.spec.output_format.maximum - 1).any())

    def _below(self, sent: Traffic, _: Traffic) -> bool:
        return bool((self._floor(sent) < self.spec.output_format.minimum).any())

    def _floor(self, sent: Traffic) -> Integers:
        return sent["value"]["data"] >> self.spec.shift

    @classmethod
    def random_spec(cls, rng: Rng) -> RequantizeSpec:
        return RequantizeSpec(
            input_bits=int(rng.integers(1, 24)),
            input_signed=bool(rng.integers(2)),
            shift=int(rng.integers(0, 10)),
            rounding=pick(rng, Rounding),
            output_bits=int(rng.integers(1, 16)),
            output_signed=bool(rng.integers(2)),
            overflow=pick(rng, [Overflow.WRAP, Overflow.SATURATE]),
            seed=int(rng.integers(1, 1 << 32)),
        )


def _has(sent: Traffic, value: int) -> bool:
    return bool((sent["value"]["data"] == value).any())
