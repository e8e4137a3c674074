"""Stimulus for ``digital_processor``."""

from collections.abc import Collection
from itertools import count

import numpy as np

from neuroloom.golden.formats import Rounding
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.ports import Integers, Stream, Traffic
from neuroloom.verif.landmarks import Landmark, told, values_at
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_values


class DigitalProcessorStimulus(Stimulus[DigitalProcessorSpec]):
    """Sums of every size, and scales that bring them near the ends of a pixel's range; then a scale
    of one and offsets that bring sums to landmarks of the rounding.
    """

    loads_in_flight = True

    def __init__(self, spec: DigitalProcessorSpec) -> None:
        super().__init__(spec)
        self._loads = count()

    def setup(self, rng: Rng) -> Traffic | None:
        spec = self.spec
        number = next(self._loads)
        load: dict[str, Integers] = {}
        for field in spec.input_streams[-1].fields:
            wide = random_values(field, rng, spec.folds)
            load[field.name] = wide >> rng.integers(0, field.bits, wide.shape)
        if number == 0:
            load["scale"][0], load["offset"][0] = self._widest
        if number == 1:
            load = self.aiming
        none: Integers = np.zeros((0, spec.channels), np.int64)
        return {
            **{operand.name: {"values": none} for operand in self._operands},
            "coefficients": load,
        }

    def corners(self) -> Traffic:
        """Every pair of ends of all operands."""
        ends = [
            [
                operand.fields[0].minimum,
                -1 if operand.fields[0].signed else 1,
                0,
                operand.fields[0].maximum,
            ]
            for operand in self._operands
        ]
        grid = np.stack(np.meshgrid(*ends), axis=-1).reshape(-1, len(ends))
        tokens = np.repeat(grid[:, :, np.newaxis], self.spec.channels, axis=2)
        return {
            operand.name: {"values": np.concatenate([tokens[:, place], self._aimed(operand)])}
            for place, operand in enumerate(self._operands)
        }

    def landmarks(self) -> Collection[Landmark]:
        return told(self.spec.model(), {**self.corners(), "coefficients": self.aiming})

    @property
    def aiming(self) -> dict[str, Integers]:
        """A scale of one everywhere, and no offset, or one at a landmark where sums are small."""
        spec = self.spec
        offset = spec.input_streams[-1].fields[1]
        landmarks = values_at(spec.shift, offset.minimum, offset.maximum)
        shape = (spec.folds, spec.units)
        return {
            "scale": np.ones(shape, np.int64),
            "offset": np.resize(np.array([0, *landmarks], np.int64), shape),
        }

    def _aimed(self, operand: Stream) -> Integers:
        """Sums at landmarks, none of another core, and pixels that bring negative sums to light."""
        spec = self.spec
        field = self._operands[0].fields[0]
        landmarks = [0, *values_at(spec.shift, field.minimum, field.maximum)]
        values = {
            "sums": [*landmarks, *landmarks],
            "partials": [0] * 2 * len(landmarks),
            "residuals": [0] * len(landmarks)
            + [min(4, spec.pixel_format.maximum)] * len(landmarks),
        }[operand.name]
        return np.repeat(np.array(values, np.int64)[:, np.newaxis], spec.channels, axis=1)

    def random(self, rng: Rng, operations: int) -> Traffic:
        traffic = {}
        for operand in self._operands:
            field = operand.fields[0]
            wide = random_values(field, rng, operations)
            # a random number of leading bits removed: every scale meets sums that suit it
            traffic[operand.name] = {"values": wide >> rng.integers(0, field.bits, wide.shape)}
        return traffic

    def coverage(self) -> list[Cover]:
        field, (low, high) = self._operands[0].fields[0], self._seen
        return [
            Cover("least sum", lambda sent, _: sent["sums"]["values"].min() == field.minimum),
            Cover("greatest sum", lambda sent, _: sent["sums"]["values"].max() == field.maximum),
            Cover("as small a pixel", lambda _, got: got["pixels"]["values"].min() <= low),
            Cover("as great a pixel", lambda _, got: got["pixels"]["values"].max() >= high),
        ]

    @property
    def _operands(self) -> tuple[Stream, ...]:
        return self.spec.input_streams[:-1]

    @property
    def _widest(self) -> tuple[int, int]:
        """Scale and offset of the first channel of each unit."""
        return self.spec.input_streams[-1].fields[0].maximum, 0

    @property
    def _seen(self) -> tuple[int, int]:
        """Least and greatest pixel of the corners in the first channel."""
        spec = self.spec
        shape = (spec.folds, spec.units)
        scale, offset = (np.full(shape, value) for value in self._widest)
        load = {"coefficients": {"scale": scale, "offset": offset}}
        pixels = spec.model().run({**self.corners(), **load})["pixels"]["values"]
        return int(pixels.min()), int(pixels.max())

    @classmethod
    def random_spec(cls, rng: Rng) -> DigitalProcessorSpec:
        units = int(rng.integers(1, 4))
        relu = bool(rng.integers(2))
        return DigitalProcessorSpec(
            channels=units * int(rng.integers(1, 4)),
            units=units,
            sum_bits=int(rng.integers(3, 9)),
            partial=bool(rng.integers(2)),
            residual=bool(rng.integers(2)),
            scale_bits=int(rng.integers(3, 7)),
            offset_bits=int(rng.integers(1, 9)),
            shift=int(rng.integers(0, 4)),
            relu=relu,
            rounding=pick(rng, [Rounding.FLOOR, Rounding.NEAREST_EVEN]),
            bits=int(rng.integers(2, 9)),
            signed=not relu and bool(rng.integers(2)),
        )
